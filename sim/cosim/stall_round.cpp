// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/stall_round.h"

#include <algorithm>
#include <array>

#include "regs/tile_regs.h"
#include "sim/cosim/free_space.h"

namespace athena::cosim {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kMostCycles = 4'000'000;  // of a round; more is a hang
constexpr std::size_t kMostAccesses = 4;

}  // namespace

RoundResult StallRound::run() {
    stalls_ = {.percent = options_.stall, .seed = random_.bits()};
    driver_.set_stalls(stalls_);
    if (options_.wave) {
        driver_.tile().rtl().wave(options_.wave->file, options_.wave->first, options_.wave->last);
    }
    driver_.reset();
    driver_.tile().poke(0, plan_.l1);
    reference_.write_l1(0, plan_.l1, {});
    if (options_.capture != nullptr) {
        *options_.capture = {.kind = Replay::Kind::Stall,
                             .stall = stalls_.percent,
                             .stall_seed = stalls_.seed,
                             .l1 = plan_.l1};
        driver_.record(&options_.capture->accesses);
    }
    make_mistake();
    while (going() && (next_ < plan_.commands.size() || !taken_.empty())) {
        if (accesses_.size() < kMostAccesses && random_.chance(chance_)) {
            start_access();
        }
        step();
        if (random_.chance(1)) {
            chance_ = static_cast<unsigned>(random_.log_uniform(64));
        }
    }
    settle();
    driver_.record(nullptr);
    check_all();
    result_.cycles = driver_.cycle();
    return result_;
}

bool StallRound::going() {
    if (driver_.failure()) {
        differ(failure_of(driver_));
    } else if (driver_.cycle() >= kMostCycles) {
        differ(never_completed(taken_.size(), driver_.tile().nearest_tag(), driver_.cycle()));
    }
    return !result_.difference;
}

void StallRound::differ(const tile::Difference& difference) {
    if (difference && !result_.difference) {
        result_.difference = difference;
    }
}

bool StallRound::flips() const {
    return options_.mistake == Mistake::Operand || options_.mistake == Mistake::Elsewhere;
}

// A bit of the RTL's L1.
void StallRound::make_mistake() {
    if (!flips() || plan_.touched.empty()) {
        return;
    }
    std::uint64_t place = plan_.first_kept();
    if (options_.mistake == Mistake::Elsewhere) {
        const auto range = find_free(random_, 1, plan_.l1.size(), plan_.touched);
        place = range ? range->begin : place;
    }
    mistake_ = place;
    const std::array byte{plan_.l1[place] ^ std::byte{0x40}};
    if (options_.capture != nullptr) {
        options_.capture->flips.push_back({static_cast<std::uint32_t>(place), std::byte{0x40}});
    }
    driver_.tile().rtl().poke(place, byte);  // the models are not told
}

void StallRound::step() {
    driver_.step();
    measure();
    for (const tile::TileRecord& record : driver_.records) {
        complete(record);
    }
    driver_.records.clear();
    for (const tile::AxiFinished& finished : driver_.finished) {
        finish(finished);
    }
    driver_.finished.clear();
}

// COMMAND_CYCLES of every command: records may be held up, and then show later than the next
// command's end.
void StallRound::measure() {
    const std::uint64_t commands = driver_.tile().register_value(regs::kCommandsOffset).value_or(0);
    if (commands != commands_) {
        commands_ = commands;
        cycles_.push_back(driver_.tile().register_value(regs::kCommandCyclesOffset).value_or(0));
    }
}

// Until nothing is on its way.
void StallRound::settle() {
    while (going() && !driver_.idle()) {
        step();
    }
}

bool StallRound::pending(Kind kind) const {
    return std::ranges::any_of(accesses_,
                               [&](const Access& access) { return access.kind == kind; });
}

void StallRound::start_access() {
    const std::uint64_t kind = random_.below(100);
    const bool ordered = pending(Kind::Push) || pending(Kind::Control);
    if (kind < 40) {
        if (next_ < plan_.commands.size() && !ordered && pacing_.wants(taken_.size()) &&
            !meets_pending(plan_.commands[next_])) {
            start_push();
        }
    } else if (kind < 80) {
        start_l1(kind < 60);
    } else if (kind < 88) {
        start_register_read();
    } else if (kind < 92) {
        if (!ordered) {
            start_control();
        }
    } else {
        start(make_illegal_access(random_, plan_.l1.size()));
    }
}

void StallRound::start(Access access) {
    access.transfer.ticket = ++last_ticket_;
    driver_.start(access.transfer);
    accesses_.push_back(std::move(access));
    ++result_.accesses;
}

void StallRound::start_push() {
    const std::uint64_t slot = random_.below(tile::kWindowSize / tile::kBeatBytes);
    Access access(Kind::Push, true, tile::kQueueWindow + slot * tile::kBeatBytes, tile::kBeatBytes);
    std::ranges::copy(plan_.commands[next_], access.data.begin());
    access.outstanding = taken_.size();
    const auto status = driver_.tile().register_value(regs::kStatusOffset).value_or(0);
    level_ = level_of(status, refused_, tile::VerilatedTile::config().queue_depth);
    start(std::move(access));
}

void StallRound::start_l1(bool write) {
    InFlight in_flight;
    for (const Taken& taken : taken_) {
        add_ranges(in_flight, taken.index);
    }
    if (pending(Kind::Push)) {
        add_ranges(in_flight, next_);
    }
    if (flips()) {
        in_flight.keep({mistake_, mistake_ + 1});
    }
    if (auto access = make_l1_access(random_, write, plan_, in_flight, accesses_)) {
        start(std::move(*access));
    }
}

void StallRound::add_ranges(InFlight& in_flight, std::size_t index) const {
    if (index < plan_.commands.size() &&
        plan_.planned[index].status.value_or(tile::Status::Ok) == tile::Status::Ok) {
        in_flight.add(plan_.commands[index], plan_.l1.size());
    }
}

// Whether an access on its way would be in flight once the command is there.
bool StallRound::meets_pending(const Line& line) const {
    InFlight in_flight;
    in_flight.add(line, plan_.l1.size());
    return std::ranges::any_of(accesses_, [&](const Access& access) {
        const std::uint64_t begin = access.transfer.address;
        return (access.kind == Kind::L1Read || access.kind == Kind::L1Write) &&
               in_flight.meets({begin, begin + access.data.size()}, access.kind == Kind::L1Write);
    });
}

void StallRound::start_register_read() {
    const bool counter = random_.chance(50);
    const std::array<std::uint64_t, 3> constants{regs::kIdOffset, regs::kCapsOffset,
                                                 regs::kCtrlOffset};
    const std::uint64_t offset =
        counter ? std::uint64_t{regs::kCommandsOffset} : constants[random_.below(3)];
    if (offset == regs::kCtrlOffset && pending(Kind::Control)) {
        return;
    }
    Access access(counter ? Kind::Counter : Kind::Constant, false, tile::kRegistersWindow + offset,
                  8);
    access.transfer.size = 3;
    access.expected = *reference_.core().read(offset, 8, 0);
    start(std::move(access));
}

void StallRound::start_control() {
    constexpr std::uint64_t kAddress = tile::kRegistersWindow + regs::kCtrlOffset;
    const bool is_read = std::ranges::any_of(
        accesses_, [](const Access& access) { return access.transfer.address == kAddress; });
    if (is_read) {
        return;
    }
    const bool abort = random_.chance(2);
    Access access(Kind::Control, true, kAddress + (abort ? 1 : 0), 1);
    access.transfer.size = 0;
    access.data[0] = static_cast<std::byte>(abort ? 1 : random_.below(4));
    for (Taken& taken : taken_) {
        taken.abortable |= abort;
    }
    start(std::move(access));
}

StallRounds::StallRounds() : driver_(std::make_unique<PairDriver>()) {}

StallRounds::~StallRounds() = default;

RoundResult StallRounds::run(const RoundOptions& options) {
    return StallRound(options, *driver_).run();
}

}  // namespace athena::cosim
