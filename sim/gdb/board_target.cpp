// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/board_target.h"

#include <algorithm>

#include "riscv/disassemble.h"
#include "sim/gdb/monitor.h"
#include "sim/gdb/registers.h"

namespace athena::sim::gdb {

namespace {

constexpr std::uint64_t kPageSize = 4096;

bool is_breakpoint(const Point& point) {
    return point.kind <= PointKind::Hardware;
}

/// A software and a hardware breakpoint may be at one address.
std::set<std::uint64_t> breakpoints_of(const std::set<Point>& points) {
    std::set<std::uint64_t> addresses;
    for (const Point& point : points) {
        if (is_breakpoint(point)) {
            addresses.insert(point.address);
        }
    }
    return addresses;
}

riscv::Watchpoint watchpoint_of(const Point& point) {
    using riscv::WatchKind;
    const WatchKind kind = point.kind == PointKind::Write  ? WatchKind::Write
                           : point.kind == PointKind::Read ? WatchKind::Read
                                                           : WatchKind::ReadWrite;
    return {point.address, point.address + point.length - 1, kind};
}

platform::DebugPort::Motion motion_of(Motion motion) {
    using Of = platform::DebugPort::Motion;
    switch (motion) {
        case Motion::Held:
            return Of::Held;
        case Motion::Step:
            return Of::Step;
        default:
            return Of::Run;
    }
}

}  // namespace

BoardTarget::BoardTarget(platform::Board& board, std::string frozen)
    : board_(board), port_(board.debug()), frozen_(std::move(frozen)), harts_(port_.harts()) {}

std::uint64_t BoardTarget::pc(std::size_t hart) const {
    return port_.state(hart).pc;
}

// ---- going on and stopping

std::optional<std::size_t> BoardTarget::alone(const Resumption& resumption) const {
    const auto& motions = resumption.motions;
    const auto found = std::ranges::find(motions, Motion::Step);
    const auto held = std::ranges::count(motions, Motion::Held);
    if (harts() == 1 || found == motions.end() || static_cast<std::size_t>(held) + 1 != harts()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - motions.begin());
}

bool BoardTarget::steps_off_point(std::size_t hart, const std::set<Point>& points) const {
    const bool lifted = breakpoints_of(harts_[hart].set).contains(pc(hart)) &&
                        !breakpoints_of(points).contains(pc(hart));
    return lifted || harts_[hart].stopped == pc(hart);
}

void BoardTarget::resume(const Resumption& resumption, const std::set<Point>& points) {
    resumption_ = resumption;
    points_ = points;
    interrupted_.reset();
    if (const auto step = std::ranges::find(resumption.motions, Motion::Step);
        step != resumption.motions.end()) {
        place_ = place_of(static_cast<std::size_t>(step - resumption.motions.begin()));
    }
    passing_ = alone(resumption);
    const bool exact = !frozen_.empty();
    if (passing_ && !exact && !steps_off_point(*passing_, points)) {
        passing_.reset();
    }
    for (std::size_t hart = 0; hart < harts(); ++hart) {
        const bool runs_on = resumption.motions[hart] == Motion::Held && (passing_ || exact);
        // It still has the points that were lifted, unless stopping there would hold it.
        if (!runs_on) {
            set_points(hart, points);
        } else if (exact) {
            set_points(hart, {});
        }
        port_.set_motion(hart, motion_of(runs_on ? Motion::Run : resumption.motions[hart]));
        harts_[hart].stopped.reset();
    }
}

std::size_t BoardTarget::running_hart() const {
    const auto found = std::ranges::find_if(resumption_.motions,
                                            [](Motion motion) { return motion != Motion::Held; });
    return found == resumption_.motions.end()
               ? 0
               : static_cast<std::size_t>(found - resumption_.motions.begin());
}

void BoardTarget::release() {
    for (std::size_t hart = 0; hart < harts(); ++hart) {
        set_points(hart, {});
        port_.set_motion(hart, platform::DebugPort::Motion::Run);
    }
    passing_.reset();
}

void BoardTarget::set_points(std::size_t hart, const std::set<Point>& points) {
    const std::set<Point>& present = harts_[hart].set;
    for (const Point& point : present) {
        if (!is_breakpoint(point) && !points.contains(point)) {
            port_.remove_watchpoint(hart, watchpoint_of(point));
        }
    }
    for (const Point& point : points) {
        if (!is_breakpoint(point) && !present.contains(point)) {
            port_.add_watchpoint(hart, watchpoint_of(point));
        }
    }
    const auto before = breakpoints_of(present);
    const auto after = breakpoints_of(points);
    for (const std::uint64_t address : before) {
        if (!after.contains(address)) {
            port_.remove_breakpoint(hart, address);
        }
    }
    for (const std::uint64_t address : after) {
        if (!before.contains(address)) {
            port_.add_breakpoint(hart, address);
        }
    }
    harts_[hart].set = points;
}

Stop BoardTarget::breakpoint_stop(std::size_t hart) const {
    const bool software = harts_[hart].set.contains({PointKind::Software, pc(hart), 0});
    return {hart, software ? Stop::Reason::Software : Stop::Reason::Hardware};
}

Stop BoardTarget::watchpoint_stop(std::size_t hart, const riscv::WatchHit& hit) const {
    for (const Point& point : harts_[hart].set) {
        if (!is_breakpoint(point) && watchpoint_of(point) == hit.watchpoint) {
            const auto reason = point.kind == PointKind::Write  ? Stop::Reason::Write
                                : point.kind == PointKind::Read ? Stop::Reason::Read
                                                                : Stop::Reason::Access;
            return {hart, reason, hit.address};
        }
    }
    return {hart, Stop::Reason::Trap};
}

void BoardTarget::hold(std::size_t hart) {
    port_.set_motion(hart, platform::DebugPort::Motion::Held);
}

BoardTarget::Place BoardTarget::place_of(std::size_t hart) const {
    constexpr unsigned kStackPointer = 2;
    const riscv::HartState& state = port_.state(hart);
    return {state.pc, state.x[kStackPointer], state.privilege, state.interrupts};
}

// A range is left by what its instructions do, not by an interrupt: the hart serves that at full
// speed and comes back.
std::optional<Stop> BoardTarget::stop_of_step(std::size_t hart) {
    const Place now = place_of(hart);
    if (ranges() && now.interrupts != place_.interrupts) {
        interrupted_ = place_;
        std::set<Point> points = points_;
        points.insert({PointKind::Hardware, place_.pc, 0});
        set_points(hart, points);
        port_.set_motion(hart, platform::DebugPort::Motion::Run);
        return std::nullopt;
    }
    place_ = now;
    const bool goes_on = now.pc >= resumption_.first && now.pc < resumption_.end;
    return goes_on ? std::nullopt : std::optional(Stop{hart, Stop::Reason::Trap});
}

// At the instruction before which an interrupt has taken it away: not if a handler runs it.
bool BoardTarget::comes_back(std::size_t hart) {
    const Place now = place_of(hart);
    if (now.sp != interrupted_->sp || now.privilege != interrupted_->privilege) {
        return false;
    }
    interrupted_.reset();
    place_ = now;
    set_points(hart, points_);
    port_.set_motion(hart, platform::DebugPort::Motion::Step);
    return true;
}

std::optional<Stop> BoardTarget::stop_of_pause() {
    const auto pause = port_.take_pause();
    if (!pause) {
        return std::nullopt;
    }
    const std::size_t hart = pause->hart;
    if (passing_ && *passing_ != hart) {
        hold(hart);  // it comes to its point again as soon as it may run
        return std::nullopt;
    }
    if (pause->reason == riscv::StopReason::BudgetEnd) {
        return stop_of_step(hart);
    }
    const bool on_the_way = interrupted_ && resumption_.motions[hart] == Motion::Step &&
                            pause->reason == riscv::StopReason::Breakpoint &&
                            pc(hart) == interrupted_->pc;
    if (on_the_way && (comes_back(hart) || !breakpoints_of(points_).contains(pc(hart)))) {
        port_.pass_stop(hart);
        return std::nullopt;
    }
    harts_[hart].stopped = pc(hart);
    return pause->reason == riscv::StopReason::Watchpoint ? watchpoint_stop(hart, pause->hit)
                                                          : breakpoint_stop(hart);
}

// ---- what there is to see

std::string BoardTarget::describe(std::size_t hart) const {
    const riscv::HartState& state = port_.state(hart);
    std::string text = "hart" + std::to_string(hart) + ", ";
    switch (state.privilege) {
        case riscv::Privilege::User:
            text += "user";
            break;
        case riscv::Privilege::Supervisor:
            text += "supervisor";
            break;
        case riscv::Privilege::Machine:
            text += "machine";
            break;
    }
    return text + " mode" + (port_.sleeps(hart) ? ", sleeps in wfi" : "");
}

std::vector<Csr> BoardTarget::csrs() {
    std::vector<Csr> found;
    for (unsigned number = 1; number < kCsrs; ++number) {
        const std::string_view name = riscv::csr_name(number);
        if (!name.empty() && port_.csr(0, number)) {
            found.push_back({number, name});
        }
    }
    return found;
}

std::optional<std::uint64_t> BoardTarget::read_register(std::size_t hart, std::uint64_t number) {
    const riscv::HartState& state = port_.state(hart);
    if (number < kPc) {
        return state.x[number];
    }
    if (number == kPc) {
        return state.pc;
    }
    if (number < kFirstCsr) {
        return state.f[number - kFirstFloat];
    }
    if (number < kPrivilege) {
        return port_.csr(hart, static_cast<unsigned>(number - kFirstCsr));
    }
    if (number == kPrivilege) {
        return static_cast<std::uint64_t>(state.privilege);
    }
    return std::nullopt;
}

bool BoardTarget::write_register(std::size_t hart, std::uint64_t number, std::uint64_t value) {
    if (number == 0) {
        return true;  // as an instruction's write to x0
    }
    if (number < kPc) {
        port_.set_integer(hart, static_cast<unsigned>(number), value);
        return true;
    }
    if (number == kPc) {
        port_.set_pc(hart, value);
        return true;
    }
    if (number < kFirstCsr) {
        port_.set_float(hart, static_cast<unsigned>(number - kFirstFloat), value);
        return true;
    }
    if (number < kPrivilege) {
        return port_.set_csr(hart, static_cast<unsigned>(number - kFirstCsr), value);
    }
    if (number != kPrivilege || value == 2 || value > 3) {
        return false;
    }
    port_.set_privilege(hart, static_cast<riscv::Privilege>(value));
    return true;
}

std::size_t BoardTarget::read_memory(std::size_t hart, bool physical, std::uint64_t address,
                                     std::span<std::byte> bytes) {
    return physical ? port_.read(address, bytes) : port_.read_virtual(hart, address, bytes);
}

bool BoardTarget::write_memory(std::size_t hart, bool physical, std::uint64_t address,
                               std::span<const std::byte> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::uint64_t next = address + done;
        const auto piece =
            bytes.subspan(done, std::min(bytes.size() - done, kPageSize - next % kPageSize));
        const auto place = physical ? std::optional(next) : port_.physical(hart, next);
        if (!place || port_.write(*place, piece) != piece.size()) {
            return false;
        }
        done += piece.size();
    }
    return true;
}

std::optional<std::string> BoardTarget::monitor(std::span<const std::string_view> words) {
    return run_monitor(board_, frozen_, words);
}

}  // namespace athena::sim::gdb
