// SPDX-License-Identifier: Apache-2.0
#include "sim/session.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sim/tell.h"

namespace athena::sim {

namespace {

using base::ExitStatus;
using base::kNever;
using base::Picoseconds;

constexpr double kPicosecondsPerSecond = 1e12;
constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;
constexpr auto kFirstProgress = std::chrono::seconds(2);
constexpr auto kProgressInterval = std::chrono::milliseconds(500);
/// Waiting is cut into pieces so that a signal between check and wait is seen.
constexpr auto kLongestWait = std::chrono::milliseconds(100);

Picoseconds grid_after(Picoseconds time) {
    return {(time.value / kStep.value + 1) * kStep.value};
}

Picoseconds grid_at_or_before(Picoseconds time) {
    return {time.value / kStep.value * kStep.value};
}

}  // namespace

Session::Session(platform::Board& board, OutsidePort& outside, int console, const Limits& limits,
                 const Pace& pace, Holder* holder)
    : board_(board),
      outside_(outside),
      console_(console),
      limits_(limits),
      pace_(pace),
      holder_(holder),
      start_(std::chrono::steady_clock::now()),
      progress_(isatty(STDERR_FILENO) != 0),
      shared_(isatty(console) != 0),
      next_progress_(start_ + kFirstProgress) {}

void Session::run() {
    board_.run_until(board_.now());
    while (!board_.stopped()) {
        if (holder_ != nullptr) {
            holder_->between_steps();
        }
        serve_input();
        if (check_limits() || check_dead()) {
            break;
        }
        Picoseconds target = next_stop();
        keep_pace(target);
        if (target > board_.now()) {
            run_to(target);
        }
        note_work();
        serve_console();
        serve_network();
        show_progress();
    }
    serve_console();
    erase_progress();
}

void Session::run_to(Picoseconds target) {
    board_.run_until(target);
    while (holder_ != nullptr && board_.now() < target && !board_.stopped()) {
        serve_console();
        erase_progress();
        holder_->paused();
        board_.run_until(target);
    }
}

void Session::serve_console() {
    const std::vector<std::byte> output = board_.take_console_output();
    if (output.empty()) {
        return;
    }
    if (shared_) {
        erase_progress();
        at_line_start_ = output.back() == std::byte{'\n'};
        next_progress_ = std::chrono::steady_clock::now() + kFirstProgress;
    }
    if (!write_all(console_, output)) {
        board_.stop(ExitStatus::Usage, "the console's output cannot be written");
    }
}

void Session::serve_network() {
    for (const std::vector<std::byte>& frame : board_.take_sent_frames()) {
        outside_.send(frame, board_.now());
    }
}

void Session::serve_input() {
    const Input input = outside_.poll(board_.now(), {board_.console_room(), board_.network_room()});
    if (!input.console.empty()) {
        board_.console_input(input.console);
    }
    for (const std::vector<std::byte>& frame : input.frames) {
        board_.network_input(frame);
    }
    if (input.interrupt) {
        board_.stop(ExitStatus::Interrupted, "interrupted");
    }
}

bool Session::check_limits() {
    if (limits_.max_time && board_.now() >= *limits_.max_time) {
        board_.stop(ExitStatus::Limit,
                    fmt::format("--max-time: board time is {} ps", board_.now().value));
    } else if (limits_.max_instructions && board_.instructions() >= *limits_.max_instructions) {
        board_.stop(ExitStatus::Limit, fmt::format("--max-instructions: {} have been executed",
                                                   board_.instructions()));
    }
    return board_.stopped().has_value();
}

bool Session::check_dead() {
    if (!board_.idle() || board_.next_event() != kNever || outside_.next() != kNever) {
        return false;
    }
    if ((console_may_wake() && board_.console_room() != 0) || network_may_wake()) {
        return false;
    }
    erase_progress();
    for (const std::string& line : board_.engine_waits()) {
        tell("athena: {}\n", line);
    }
    board_.stop(ExitStatus::GuestFailed, "nothing can wake the harts any more: " + board_.waits());
    return true;
}

Picoseconds Session::next_stop() const {
    const Picoseconds now = board_.now();
    Picoseconds target = grid_after(now);
    if (board_.idle()) {
        const Picoseconds event = std::min(board_.next_event(), outside_.next());
        if (event != kNever) {
            target = std::max(target, event);
        }
        // A run that ended asleep ended between two steps; any other within one, in which harts may
        // have been ahead of the one that ended it.
        if (outside_.next() < board_.next_event()) {
            target = std::min(target, outside_.next());
        }
    }
    if (limits_.max_time) {
        target = std::min(target, *limits_.max_time);
    }
    if (limits_.max_instructions) {
        // As many instructions as are left take at least so long.
        const std::uint64_t left = *limits_.max_instructions - board_.instructions();
        const double seconds = static_cast<double>(left) / static_cast<double>(limits_.harts) /
                               static_cast<double>(limits_.clock_hz);
        const double picoseconds = std::min(seconds * kPicosecondsPerSecond, 1e18);
        target = std::min(target, now + Picoseconds{static_cast<std::uint64_t>(picoseconds) + 1});
    }
    return std::min(target, outside_.next_input());
}

void Session::keep_pace(Picoseconds& target) {
    if (pace_.kind == Pace::Kind::Factor) {
        const double wall = static_cast<double>(target.value) / pace_.factor;
        if (!wait_until({static_cast<std::uint64_t>(wall)})) {
            target = board_.now();
        }
        return;
    }
    const bool online = board_.idle() && network_may_wake();
    if (pace_.kind == Pace::Kind::Off || !board_.idle() || (!online && !console_may_wake())) {
        idle_online_ = false;
        return;
    }
    // Idle, and somebody may send what the guest waits for: board time waits for wall time, and
    // input that comes before the next event gets the time at which it came.
    const Picoseconds event = board_.next_event();
    if (online) {
        forgive_lag();
        if (event != kNever && event <= wall_time() + kStep) {
            return;  // not worth a wait
        }
    }
    if (wait_until(std::min(event, limits_.max_time.value_or(kNever)))) {
        return;
    }
    const Picoseconds reached = std::max(grid_at_or_before(wall_time()), board_.now());
    target = event == kNever ? reached : std::min(target, reached);
}

bool Session::console_may_wake() const {
    return outside_.live() && board_.console_wakes();
}

bool Session::network_may_wake() const {
    return outside_.network_live() && board_.network_wakes();
}

// While harts work, board time falls behind wall time. A network's peer must not see that made good
// in one go when they sleep: time-outs of the guest would be over before any answer could come.
void Session::forgive_lag() {
    const Picoseconds wall = wall_time();
    if (!idle_online_ && wall > board_.now()) {
        lag_ = lag_ + (wall - board_.now());
    }
    idle_online_ = true;
}

bool Session::wait_until(Picoseconds wall) {
    const Picoseconds present = wall_time();
    if (wall <= present) {
        return true;
    }
    const std::chrono::nanoseconds longest = kLongestWait;
    const auto left = std::min((wall - present).value / kPicosecondsPerNanosecond,
                               static_cast<std::uint64_t>(longest.count()));
    outside_.wait(std::chrono::nanoseconds(static_cast<std::int64_t>(left)));
    return wall <= wall_time();
}

Picoseconds Session::wall_time() const {
    const auto passed = std::chrono::steady_clock::now() - start_;
    const Picoseconds elapsed{
        static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count()) *
        kPicosecondsPerNanosecond};
    return elapsed - lag_;
}

void Session::note_work() {
    const perf::Work& work = board_.work();
    if (work.amount != done_.work.amount) {
        const auto passed = std::chrono::steady_clock::now() - start_;
        done_ = {work, std::chrono::duration<double>(passed).count()};
    }
}

void Session::show_progress() {
    // A prompt is left alone.
    if (!progress_ || (shared_ && !at_line_start_)) {
        return;
    }
    const auto present = std::chrono::steady_clock::now();
    if (present < next_progress_) {
        return;
    }
    next_progress_ = present + kProgressInterval;
    progress_shown_ = true;
    const double wall = std::chrono::duration<double>(present - start_).count();
    const auto instructions = static_cast<double>(board_.instructions());
    const std::string speed =
        done_.work.amount != 0 ? fmt::format(", {:.0f} {}/s", done_.per_second(), done_.work.unit)
                               : "";
    fmt::print(
        stderr,
        "\rathena: {:.0f} s: board time {:.3f} s, {:.0f} M instructions, {:.0f} MIPS{}\033[K", wall,
        static_cast<double>(board_.now().value) / kPicosecondsPerSecond, instructions / 1e6,
        instructions / wall / 1e6, speed);
    std::fflush(stderr);
}

void Session::erase_progress() {
    if (progress_shown_) {
        tell("\r\033[K");
        std::fflush(stderr);
        progress_shown_ = false;
    }
}

}  // namespace athena::sim
