// SPDX-License-Identifier: Apache-2.0
#include "platform/debug_port.h"

#include <algorithm>

#include "platform/board_modules.h"
#include "platform/simulation.h"

namespace athena::platform {

namespace {

/// The longest aligned piece of 8, 4, 2 or 1 bytes that lies in [address, address + size).
std::size_t aligned_piece(std::uint64_t address, std::size_t size) {
    std::size_t piece = 8;
    while (piece > size || (address & (piece - 1)) != 0) {
        piece /= 2;
    }
    return piece;
}

}  // namespace

std::size_t DebugPort::harts() const {
    return modules_.harts.size();
}

riscv::HartCore& DebugPort::core(std::size_t hart) const {
    return modules_.harts.at(hart)->core();
}

const riscv::HartState& DebugPort::state(std::size_t hart) const {
    return core(hart).state();
}

bool DebugPort::sleeps(std::size_t hart) const {
    return modules_.harts.at(hart)->idle();
}

std::optional<std::uint64_t> DebugPort::csr(std::size_t hart, unsigned number) {
    const Simulation::Scope scope(simulation_);
    return core(hart).debug_csr(number);
}

void DebugPort::set_integer(std::size_t hart, unsigned index, std::uint64_t value) {
    core(hart).set_register(index, value);
}

void DebugPort::set_float(std::size_t hart, unsigned index, std::uint64_t bits) {
    core(hart).debug_set_float(index, bits);
}

void DebugPort::set_pc(std::size_t hart, std::uint64_t pc) {
    const Simulation::Scope scope(simulation_);
    const bool slept = sleeps(hart);
    core(hart).set_pc(pc);
    core(hart).debug_wake();
    if (slept) {
        modules_.harts[hart]->resume();
    }
}

void DebugPort::set_privilege(std::size_t hart, riscv::Privilege privilege) {
    core(hart).debug_set_privilege(privilege);
}

bool DebugPort::set_csr(std::size_t hart, unsigned number, std::uint64_t value) {
    const Simulation::Scope scope(simulation_);
    const bool slept = sleeps(hart);
    const bool written = core(hart).debug_set_csr(number, value);
    if (slept) {
        modules_.harts[hart]->resume();  // what wakes it may have changed
    }
    return written;
}

std::optional<std::uint64_t> DebugPort::physical(std::size_t hart, std::uint64_t address) {
    const Simulation::Scope scope(simulation_);
    return core(hart).debug_view(address);
}

std::size_t DebugPort::read(std::uint64_t address, std::span<std::byte> bytes) {
    const Simulation::Scope scope(simulation_);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto rest = bytes.subspan(done);
        std::size_t moved = modules_.debugger.read_some(address + done, rest);
        // Registers answer one at a time, in their own size.
        for (std::size_t piece = aligned_piece(address + done, rest.size());
             moved == 0 && piece != 0; piece /= 2) {
            moved = modules_.debugger.read_some(address + done, rest.first(piece));
        }
        if (moved == 0) {
            break;
        }
        done += moved;
    }
    return done;
}

std::size_t DebugPort::read_virtual(std::size_t hart, std::uint64_t address,
                                    std::span<std::byte> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::uint64_t next = address + done;
        const std::uint64_t to_page_end = riscv::kPageSize - next % riscv::kPageSize;
        const auto piece = bytes.subspan(done, std::min(bytes.size() - done, to_page_end));
        const auto place = physical(hart, next);
        const std::size_t moved = place ? read(*place, piece) : 0;
        done += moved;
        if (moved != piece.size()) {
            break;
        }
    }
    return done;
}

std::size_t DebugPort::write(std::uint64_t address, std::span<const std::byte> bytes) {
    const Simulation::Scope scope(simulation_);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t moved = modules_.debugger.write_some(address + done, bytes.subspan(done));
        if (moved == 0) {
            break;
        }
        done += moved;
    }
    return done;
}

void DebugPort::add_breakpoint(std::size_t hart, std::uint64_t pc) {
    core(hart).add_breakpoint(pc);
}

void DebugPort::remove_breakpoint(std::size_t hart, std::uint64_t pc) {
    core(hart).remove_breakpoint(pc);
}

void DebugPort::add_watchpoint(std::size_t hart, const riscv::Watchpoint& watchpoint) {
    core(hart).add_watchpoint(watchpoint);
}

void DebugPort::remove_watchpoint(std::size_t hart, const riscv::Watchpoint& watchpoint) {
    core(hart).remove_watchpoint(watchpoint);
}

void DebugPort::pass_stop(std::size_t hart) {
    core(hart).pass_stop();
}

void DebugPort::set_motion(std::size_t hart, Motion motion) {
    const Simulation::Scope scope(simulation_);
    modules_.harts.at(hart)->set_motion(motion);
}

std::optional<DebugPort::Pause> DebugPort::take_pause() {
    for (std::size_t hart = 0; hart < harts(); ++hart) {
        if (const auto reason = modules_.harts[hart]->take_pause()) {
            return Pause{hart, *reason, core(hart).watch_hit()};
        }
    }
    return std::nullopt;
}

void DebugPort::reset() {
    const Simulation::Scope scope(simulation_);
    modules_.reset();
}

}  // namespace athena::platform
