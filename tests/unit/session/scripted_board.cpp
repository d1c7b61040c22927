// SPDX-License-Identifier: Apache-2.0
#include "scripted_board.h"

#include <algorithm>
#include <utility>

namespace athena::test {

namespace {
Guest* present_guest = nullptr;
}

void set_guest(Guest& guest) {
    present_guest = &guest;
}

}  // namespace athena::test

namespace athena::platform {

class BoardModules {
  public:
    explicit BoardModules(test::Guest& board_guest) : guest(board_guest) {}

    void advance(std::uint64_t time) {
        guest.busy += guest.idle ? 0 : time - guest.now;
        guest.now = time;
    }

    test::Guest& guest;
    std::optional<base::Diagnostics::Stop> stopped;
};

Board::Board(const BoardConfig& /*config*/, BoardOptions /*options*/, std::ostream& /*log*/)
    : modules_(std::make_unique<BoardModules>(*test::present_guest)) {}
Board::~Board() = default;

void Board::run_until(base::Picoseconds time) {
    test::Guest& guest = modules_->guest;
    guest.targets.push_back(time.value);
    while (!guest.stopped && !guest.events.empty() && guest.events.begin()->first <= time.value) {
        const auto event = guest.events.extract(guest.events.begin());
        modules_->advance(event.key());
        event.mapped()(guest);
    }
    if (!guest.stopped) {
        modules_->advance(std::max(guest.now, time.value));
    }
}

base::Picoseconds Board::now() const {
    return {modules_->guest.now};
}
const std::optional<base::Diagnostics::Stop>& Board::stopped() const {
    return modules_->guest.stopped;
}
void Board::stop(base::ExitStatus status, const std::string& reason) {
    if (!modules_->guest.stopped) {
        modules_->guest.stopped = {status, reason};
    }
}
bool Board::idle() const {
    return modules_->guest.idle;
}
base::Picoseconds Board::next_event() const {
    const auto& events = modules_->guest.events;
    return events.empty() ? base::kNever : base::Picoseconds{events.begin()->first};
}
std::string Board::waits() const {
    return "hart0 waits for nothing";
}
std::vector<std::string> Board::engine_waits() const {
    return {};
}
std::uint64_t Board::instructions() const {
    return modules_->guest.instructions();
}
const perf::Work& Board::work() const {
    return modules_->guest.work;
}
std::vector<std::byte> Board::take_console_output() {
    const std::string text = std::exchange(modules_->guest.output, "");
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}
std::size_t Board::console_room() const {
    return modules_->guest.closed ? 0 : 16;
}
void Board::console_input(std::span<const std::byte> bytes) {
    test::Guest& guest = modules_->guest;
    guest.received.emplace_back(
        guest.now, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    if (guest.on_input) {
        guest.on_input(guest);
    }
}
bool Board::console_wakes() const {
    return modules_->guest.listens;
}
std::vector<virtio::Frame> Board::take_sent_frames() {
    return std::exchange(modules_->guest.sent, {});
}
std::size_t Board::network_room() const {
    return modules_->guest.online ? 4 : 0;
}
void Board::network_input(std::span<const std::byte> frame) {
    test::Guest& guest = modules_->guest;
    guest.frames.emplace_back(guest.now, virtio::Frame(frame.begin(), frame.end()));
    if (guest.on_frame) {
        guest.on_frame(guest);
    }
}
bool Board::network_wakes() const {
    return modules_->guest.online;
}
void Board::report(base::StatisticsVisitor& /*visitor*/) const {}

}  // namespace athena::platform
