// SPDX-License-Identifier: Apache-2.0
// An RV64GC hart on the board: HartCore with a socket, a clock and interrupt lines (README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <systemc>
#include <utility>

#include "base/clock_domain.h"
#include "base/code_pages.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/origin.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "base/time_counter.h"
#include "riscv/hart_core.h"
#include "riscv/trace.h"

namespace athena::riscv {

/// Runs as actions of the event queue: each slice begins at its own instant and runs ahead of board
/// time, to the next event of a block that does not run ahead itself, or the end of the quantum. An
/// access to anything but DMI memory is made when board time has reached its instant.
class Hart : public sc_core::sc_module,
             public base::IrqSink,
             public base::StatisticsSource,
             private base::EventTarget,
             private base::Initiator,
             private base::CodePageListener,
             private base::TimeCounterListener,
             private Bus {
  public:
    struct Config {
        std::uint64_t hart_id = 0;
        std::uint64_t clock_hz = 200'000'000;  ///< one instruction a cycle
        std::uint64_t reset_pc = 0x1000;
        base::Picoseconds quantum{100'000'000};  ///< at least a cycle
        std::uint32_t initiator_id = 0;          ///< for Origin
        bool host_fpu = true;                    ///< HartCore::Options
    };

    base::InitiatorSocket socket;  ///< physical addresses of the board

    /// The hart starts at board time 0. `mtime` is what the time register reads.
    Hart(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
         base::Diagnostics& diagnostics, base::CodePages& code_pages, base::TimeCounter& mtime);
    ~Hart() override;

    /// Starts anew at the next clock edge; may come from within an access of this hart.
    void reset();

    /// `line`: Interrupt, the code of the cause. Seen by the hart's next slice.
    void set_irq(unsigned line, bool level) override;

    /// What a debugger lets the hart do. Held: board time passes without it.
    enum class Motion : std::uint8_t { Run, Step, Held };
    /// Between slices, or while the board is paused by this or another hart.
    void set_motion(Motion motion);
    /// Goes on at the present instant: a debugger has changed what it waits for.
    void resume();
    /// Why this hart has paused the board (EventQueue::pause) since the last call: a breakpoint, a
    /// watchpoint, or BudgetEnd for a step that is done. Its slice goes on where it was as soon as
    /// the board runs again, so that a pause changes nothing.
    [[nodiscard]] std::optional<StopReason> take_pause() { return std::exchange(pause_, {}); }

    /// Tells `sink` of all that this hart does within the window of board time, from the next slice
    /// on. What the hart does, and when, is the same.
    void trace(TraceSink& sink, const TraceWindow& window);

    /// Tells it from now on; it lives as long as the hart runs. Nothing else changes.
    void observe(HartObserver& observer);

    /// Asleep in WFI, with no enabled interrupt pending.
    [[nodiscard]] bool idle() const { return core_.state().waiting && !core_.has_wakeup(); }
    /// Retired since power-on; as all statistics, a reset does not clear it.
    [[nodiscard]] std::uint64_t instructions() const {
        return before_reset_.instructions + core_.state().instructions;
    }
    [[nodiscard]] const Config& config() const { return config_; }
    /// Not while the hart is in an access of its own.
    [[nodiscard]] HartCore& core() { return core_; }
    [[nodiscard]] const HartCore& core() const { return core_; }

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    enum Kind : std::uint32_t { kResume };

    struct Counters {
        std::uint64_t instructions = 0;
        std::uint64_t cycles = 0;
        std::uint64_t exceptions = 0;
        std::uint64_t interrupts = 0;
    };

    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    void on_code_written(std::uint64_t page, std::uint64_t lines) override;
    void on_code_marked(std::uint64_t page) override;
    void on_counter_set() override;
    void invalidate_direct_mem_ptr(unsigned port, sc_dt::uint64 first, sc_dt::uint64 last) override;

    std::optional<DmiRegion> dmi(std::uint64_t address) override;
    BusStatus access(std::uint64_t address, unsigned size, bool write, void* data) override;
    std::uint64_t time(std::uint64_t cycle) override;
    std::uint64_t cycle_after(std::uint64_t cycle, std::uint64_t ticks) override;
    bool has_code(std::uint64_t page) override;
    void mark_code(std::uint64_t address, std::uint64_t length) override;
    void code_written(std::uint64_t address, std::uint64_t length) override;
    void trapped(Privilege from) override;
    void returned(Privilege from) override;

    void run_slice();
    void pause(StopReason reason);
    void tell_sleep(const RunResult& result, std::uint64_t edge_before);
    RunResult run_traced(std::uint64_t budget, bool at_instant);
    RunResult step_traced(bool at_instant);
    [[nodiscard]] TracedTrap last_trap(base::Picoseconds time, Privilege from) const;
    [[nodiscard]] Privilege privilege_before_trap() const;
    [[nodiscard]] Instruction instruction_at(std::uint64_t pc);
    void schedule_resumption();
    /// Asleep: to look again when the timer may wake it.
    void schedule_timer();
    /// Cycles that may run before something else happens on the board.
    [[nodiscard]] std::uint64_t cycles_ahead() const;
    void pass_access_time(std::uint64_t edge_before);
    /// Lets the hart's time pass until board time.
    void catch_up();
    void watch_reservation();
    void start();
    [[nodiscard]] Counters counters() const;
    void die();
    /// Number of the clock edge at which the next instruction runs.
    [[nodiscard]] std::uint64_t edge() const { return first_edge_ + core_.state().cycles; }

    Config config_;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::CodePages& code_pages_;
    const base::TimeCounter& mtime_;
    HartCore core_;
    std::uint64_t first_edge_ = 0;  // of the clock, at the last reset
    Counters before_reset_;         // sums of the lives before the last reset
    bool running_ = false;          // within a slice
    bool reset_pending_ = false;    // asked for by an access of the present slice
    Motion motion_ = Motion::Run;
    bool put_off_ = false;  // a slice was due while the hart was held
    std::optional<StopReason> pause_;
    TraceSink* trace_ = nullptr;  // nobody wants to see what the hart does
    TraceWindow window_;
    HartObserver* observer_ = nullptr;
    bool told_asleep_ = false;
    bool storing_ = false;  // this hart's own store is being told to the code pages
    base::Origin origin_;
    tlm::tlm_generic_payload payload_;
    sc_core::sc_time delay_;  // of the present slice's accesses
};

}  // namespace athena::riscv
