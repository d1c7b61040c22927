// SPDX-License-Identifier: Apache-2.0
// What a debugger sees of a board that stands still, and may do to it (docs/debugger.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "riscv/hart.h"

namespace athena::platform {

class BoardModules;
class Simulation;

class DebugPort {
  public:
    using Motion = riscv::Hart::Motion;

    /// Why the board is paused.
    struct Pause {
        std::size_t hart = 0;
        riscv::StopReason reason{};  ///< Breakpoint, Watchpoint, or BudgetEnd: the step is done
        riscv::WatchHit hit{};       ///< of a watchpoint
    };

    DebugPort(Simulation& simulation, BoardModules& modules)
        : simulation_(simulation), modules_(modules) {}

    [[nodiscard]] std::size_t harts() const;
    [[nodiscard]] const riscv::HartState& state(std::size_t hart) const;
    /// Asleep in WFI.
    [[nodiscard]] bool sleeps(std::size_t hart) const;
    [[nodiscard]] std::optional<std::uint64_t> csr(std::size_t hart, unsigned number);

    /// index 1 to 31.
    void set_integer(std::size_t hart, unsigned index, std::uint64_t value);
    void set_float(std::size_t hart, unsigned index, std::uint64_t bits);
    /// Ends WFI too.
    void set_pc(std::size_t hart, std::uint64_t pc);
    void set_privilege(std::size_t hart, riscv::Privilege privilege);
    /// As HartCore::debug_set_csr().
    bool set_csr(std::size_t hart, unsigned number, std::uint64_t value);

    /// Where the hart's virtual address lies now, as HartCore::debug_view().
    [[nodiscard]] std::optional<std::uint64_t> physical(std::size_t hart, std::uint64_t address);
    /// Physical memory by debug transport: no time, no side effects. How many bytes there were, up
    /// to the first that cannot be looked at.
    [[nodiscard]] std::size_t read(std::uint64_t address, std::span<std::byte> bytes);
    /// The same at the hart's virtual addresses, as physical() finds them.
    [[nodiscard]] std::size_t read_virtual(std::size_t hart, std::uint64_t address,
                                           std::span<std::byte> bytes);
    /// As far as memory goes; device registers refuse it.
    [[nodiscard]] std::size_t write(std::uint64_t address, std::span<const std::byte> bytes);

    /// At virtual addresses, as HartCore's.
    void add_breakpoint(std::size_t hart, std::uint64_t pc);
    void remove_breakpoint(std::size_t hart, std::uint64_t pc);

    void add_watchpoint(std::size_t hart, const riscv::Watchpoint& watchpoint);
    void remove_watchpoint(std::size_t hart, const riscv::Watchpoint& watchpoint);

    /// HartCore::pass_stop()
    void pass_stop(std::size_t hart);

    void set_motion(std::size_t hart, Motion motion);
    /// Of Board::run_until(), told once.
    [[nodiscard]] std::optional<Pause> take_pause();

    /// Resets the board in place.
    void reset();

  private:
    [[nodiscard]] riscv::HartCore& core(std::size_t hart) const;

    Simulation& simulation_;
    BoardModules& modules_;
};

}  // namespace athena::platform
