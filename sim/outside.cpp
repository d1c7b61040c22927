// SPDX-License-Identifier: Apache-2.0
#include "sim/outside.h"

#include <algorithm>
#include <array>

namespace athena::sim {

namespace {
constexpr std::byte kEscape{0x01};  // Ctrl-A
constexpr std::byte kControlC{0x03};
}  // namespace

LiveInput::LiveInput(std::optional<int> descriptor, std::unique_ptr<HostNetwork> network)
    : network_(std::move(network)) {
    if (descriptor && may_read(*descriptor)) {
        descriptor_ = descriptor;
        terminal_ = std::make_unique<RawTerminal>(*descriptor_);
    }
}

void LiveInput::read_more() {
    if (!descriptor_ || !held_.empty()) {
        return;
    }
    std::array<std::byte, 256> buffer;
    const auto count = read_available(*descriptor_, buffer);
    if (!count) {
        descriptor_.reset();
        return;
    }
    for (const std::byte byte : std::span(buffer).first(*count)) {
        if (!terminal_->active()) {
            held_.push_back(byte);
        } else if (escaped_) {
            escaped_ = false;
            quit_ = quit_ || byte == std::byte{'x'};
            if (byte == std::byte{'c'} || byte == kEscape) {
                held_.push_back(byte == kEscape ? kEscape : kControlC);
            }
        } else if (byte == kEscape) {
            escaped_ = true;
        } else {
            held_.push_back(byte);
        }
    }
}

Input LiveInput::take(base::Picoseconds now, const Room& room) {
    now_ = now;
    read_more();
    Input input{now, quit_ || InterruptGuard::interrupted(), {}};
    const auto count = static_cast<std::ptrdiff_t>(std::min(room.console, held_.size()));
    input.console.assign(held_.begin(), held_.begin() + count);
    held_.erase(held_.begin(), held_.begin() + count);
    if (network_ != nullptr) {
        network_->serve(now, std::nullopt, {});
        input.frames = network_->take(room.frames);
    }
    return input;
}

void LiveInput::send(std::span<const std::byte> frame, base::Picoseconds now) {
    if (network_ != nullptr) {
        network_->send(frame, now);
    }
}

void LiveInput::wait(std::chrono::nanoseconds time) {
    const std::optional<int> console = held_.empty() ? descriptor_ : std::nullopt;
    if (network_ != nullptr) {
        network_->serve(now_, console, time);
    } else {
        wait_for_input(console, time);
    }
}

Input ReplayInput::take(base::Picoseconds now, const Room& /*room*/) {
    Input input{now, InterruptGuard::interrupted(), {}};
    while (taken_ < record_.inputs.size() && record_.inputs[taken_].at <= now) {
        const Input& due = record_.inputs[taken_++];
        input.interrupt = input.interrupt || due.interrupt;
        input.console.insert(input.console.end(), due.console.begin(), due.console.end());
        input.frames.insert(input.frames.end(), due.frames.begin(), due.frames.end());
    }
    ended_ = now >= record_.end.at;
    return input;
}

base::Picoseconds ReplayInput::next_input() const {
    return taken_ < record_.inputs.size() ? record_.inputs[taken_].at : base::kNever;
}

base::Picoseconds ReplayInput::next() const {
    return taken_ < record_.inputs.size() || ended_ ? next_input() : record_.end.at;
}

void ReplayInput::wait(std::chrono::nanoseconds time) {
    wait_for_input(std::nullopt, time);
}

Input OutsidePort::poll(base::Picoseconds now, const Room& room) {
    Input input = source_->take(now, room);
    input.interrupt = input.interrupt || interrupt_asked_;
    if (record_) {
        record_->input(input);
    }
    return input;
}

void OutsidePort::end(const RecordEnd& end) {
    if (record_) {
        record_->end(end);
    }
}

}  // namespace athena::sim
