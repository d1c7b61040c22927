// SPDX-License-Identifier: Apache-2.0
// An RV64GC hart, M/S/U, Sv39 and Sv48, without SystemC: "The RISC-V Instruction Set Manual" Volume
// I 20191213 and Volume II 20211203. Little-endian hosts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "riscv/block_cache.h"
#include "riscv/bus.h"
#include "riscv/decode.h"
#include "riscv/fp_host.h"
#include "riscv/pmp.h"
#include "riscv/state.h"
#include "riscv/tlb.h"
#include "riscv/trigger.h"
#include "riscv/watchpoint.h"

namespace athena::riscv {

enum class StopReason : std::uint8_t {
    BudgetEnd,   ///< as many cycles as were asked for
    Wfi,         ///< asleep until an enabled interrupt is pending
    BusNeeded,   ///< the next instruction accesses the bus: run again once time has come to it
    BusDone,     ///< the first instruction accessed the bus; its delay is the caller's to add
    Dead,        ///< traps on its own trap vector for ever
    Breakpoint,  ///< pc is at a breakpoint, nothing of it done
    Watchpoint,  ///< the instruction at pc would access watched bytes; nothing of it done
};

struct RunResult {
    StopReason reason;
    std::uint64_t cycles;  ///< passed in this run
};

class HartCore {
  public:
    struct Options {
        std::uint64_t hart_id = 0;
        std::uint64_t reset_pc = 0x1000;
        /// Off: floating point in integers on every host, the same results at lower speed.
        bool host_fpu = true;
        /// Kept before all are dropped; about 24 bytes of the host's memory each.
        std::uint64_t decoded_instructions = 4'000'000;
        bool tells_traps = false;  ///< Bus::trapped(), Bus::returned()
        /// Off: loops that wait are run instruction by instruction, with the same results.
        bool takes_turns = true;
    };

    HartCore(const Options& options, Bus& bus);

    /// The state after power-on; caches are dropped.
    void reset();

    /// Runs at most `budget` cycles: one an instruction, one for an instruction that traps instead.
    /// `at_instant`: board time stands where this hart does, so that the first instruction may
    /// access the bus.
    RunResult run(std::uint64_t budget, bool at_instant);

    /// Options::tells_traps from now on.
    void tell_traps() { options_.tells_traps = true; }

    /// Takes the interrupt that the next run() would begin with; false if there is none. For who
    /// wants to see the two apart.
    bool enter_interrupt();

    /// An interrupt input, as its bit of mip. Between runs, or from within Bus::access.
    void set_interrupt(Interrupt line, bool level);
    /// mtime has changed otherwise than by counting.
    void set_time_changed() { timer_cycle_ = 0; }
    /// While asleep: the cycle in which the supervisor's timer (Sstc) changes what is pending, ~0
    /// if never.
    [[nodiscard]] std::uint64_t timer_cycle() const { return timer_cycle_; }
    /// mip & mie is not 0: what ends WFI.
    [[nodiscard]] bool has_wakeup() const { return (pending_interrupts() & state_.mie) != 0; }

    /// Clock cycles that pass without an instruction: bus delay, sleep.
    void add_idle_cycles(std::uint64_t cycles) { state_.cycles += cycles; }

    [[nodiscard]] const HartState& state() const { return state_; }
    /// Replaces the state, between runs; caches are dropped.
    void set_state(const HartState& state);
    void set_pc(std::uint64_t pc) { state_.pc = pc & ~1ULL; }
    /// index 1 to 31.
    void set_register(unsigned index, std::uint64_t value) { state_.x[index] = value; }

    /// Where a data access (a fetch, with Access::Execute) to `address` would go now; no side
    /// effects, nothing if it would trap.
    [[nodiscard]] std::optional<std::uint64_t> debug_translate(std::uint64_t address,
                                                               Access access);

    // ---- for a debugger, between runs (debug_access.cpp): privilege and permissions do not matter

    /// Nothing if there is no such register. No side effects.
    [[nodiscard]] std::optional<std::uint64_t> debug_csr(unsigned number);
    /// As a CSRRW in M-mode, between two instructions. False: there is none, or it is read-only.
    bool debug_set_csr(unsigned number, std::uint64_t value);
    void debug_set_float(unsigned index, std::uint64_t bits);
    void debug_set_privilege(Privilege privilege);
    /// Ends WFI.
    void debug_wake() { state_.waiting = false; }
    /// Where `address` lies for data accesses or fetches of the present privilege, whatever they
    /// may do there; nothing if it is not mapped. No side effects.
    [[nodiscard]] std::optional<std::uint64_t> debug_view(std::uint64_t address);

    // ---- debugging (debug.cpp): of the debugger, not of the machine; never saved

    void add_breakpoint(std::uint64_t pc);
    void remove_breakpoint(std::uint64_t pc);

    /// Loads, stores and atomics that touch a byte of [first, last], virtual addresses as the
    /// instruction computes them, stop the run before they have any effect, also where they would
    /// trap. An atomic reads and writes, LR reads, SC writes (whether it would succeed or not).
    void add_watchpoint(const Watchpoint& watchpoint);
    /// Removes one that is equal to it.
    void remove_watchpoint(const Watchpoint& watchpoint);
    /// Of the last StopReason::Watchpoint.
    [[nodiscard]] const WatchHit& watch_hit() const { return watch_hit_; }
    /// The next instruction to run looks at no breakpoint and no watchpoint: how to go on from
    /// either without removing it. The next instruction is a handler's if an interrupt is due.
    void pass_stop() { passing_ = true; }

    /// Board-side changes of what caches hold.
    void invalidate_dmi();
    void drop_code_page(std::uint64_t page);
    /// A page has become code: stores to it must be seen from now on.
    void guard_code_page(std::uint64_t page);
    /// Another initiator wrote to these lines of the page (base::CodePages): a reservation there is
    /// lost.
    void break_reservation(std::uint64_t page, std::uint64_t lines);

    /// Of this process, not of the machine: for diagnostics, never in machine statistics.
    [[nodiscard]] std::uint64_t blocks_decoded() const { return blocks_.blocks_decoded(); }
    /// In turns of loops that were taken at once (turns.h).
    [[nodiscard]] std::uint64_t cycles_taken() const { return cycles_taken_; }

  private:
    friend struct Engine;
    friend class Turns;

    RunResult run_past_stop(std::uint64_t budget, bool at_instant);

    // ---- memory (memory.cpp, mmu.cpp)
    enum class MemoryStatus : std::uint8_t {
        Ok,
        Leave,  // done; the block must be left after this instruction
        Trap,   // trap_ says why
        Defer,  // must wait for board time; nothing done
        Watch,  // watched by the debugger; nothing done
    };
    struct Trap {
        Exception cause;
        std::uint64_t value;
    };
    struct Translation {
        MemoryStatus status = MemoryStatus::Ok;
        std::uint64_t physical = 0;
        bool updates = false;  // A or D of the entry has been set, or is to be set
    };

    [[nodiscard]] Privilege data_privilege() const;
    Translation translate(std::uint64_t address, Access access, Privilege privilege,
                          bool side_effects);
    MemoryStatus fault(Access access, bool page_fault, std::uint64_t address);
    /// A piece of memory within a page, after translation and protection.
    MemoryStatus physical_access(std::uint64_t physical, unsigned size, Access access, void* data,
                                 std::uint64_t address);
    MemoryStatus bus_access(std::uint64_t physical, unsigned size, bool write, void* data);
    MemoryStatus read_entry(std::uint64_t physical, std::uint64_t& entry);
    MemoryStatus write_entry(std::uint64_t physical, std::uint64_t entry);
    bool crosses_to_bus(std::uint64_t physical);
    static constexpr std::size_t kBusPages = 16;
    const DmiRegion* region_of(std::uint64_t physical);
    void fill_data_tlb(std::uint64_t address, const Translation& translation, Access access,
                       Privilege privilege);
    MemoryStatus access_slow(std::uint64_t address, unsigned size, Access access, void* data);
    MemoryStatus load_slow(std::uint64_t address, unsigned size, std::uint64_t& value);
    MemoryStatus store_slow(std::uint64_t address, unsigned size, std::uint64_t value);
    MemoryStatus load_reserved(std::uint64_t address, unsigned size, std::uint64_t& value);
    /// value: in the register's value, out 0 for success and 1 for failure.
    MemoryStatus store_conditional(std::uint64_t address, unsigned size, std::uint64_t& value);
    MemoryStatus atomic(Operation operation, std::uint64_t address, std::uint64_t operand,
                        std::uint64_t& old);
    /// The memory of an atomic: host pointer, or nothing if it is on the bus.
    MemoryStatus locate_atomic(std::uint64_t address, unsigned size, Access access,
                               std::uint64_t& physical, unsigned char*& host);
    void note_store(std::uint64_t physical, std::uint64_t length);
    /// The host's bytes at a virtual address, within a page; nothing if an access there traps, is
    /// the bus's, or changes a page table. No side effects.
    unsigned char* plain_cell(std::uint64_t address, unsigned size, Access access,
                              std::uint64_t& physical);

    // ---- breakpoints, watchpoints, the trigger (debug.cpp, trigger.cpp)
    /// Watch with `watch_hit_` set, Trap with `trap_`, or Ok; to be asked before anything else of
    /// an access.
    MemoryStatus check_data_stops(std::uint64_t address, unsigned size, WatchKind kind);
    [[nodiscard]] bool watches_page(std::uint64_t page_address) const;
    /// While this holds, blocks are neither linked nor found but where stops are looked for.
    [[nodiscard]] bool has_code_stops() const {
        return !breakpoints_.empty() || (state_.tdata1 & trigger::kExecute) != 0;
    }
    /// Before an instruction is fetched: as check_data_stops().
    MemoryStatus check_code_stops(std::uint64_t pc);
    [[nodiscard]] bool is_code_stop(std::uint64_t pc) const;
    [[nodiscard]] bool trigger_enabled(std::uint64_t accesses) const;
    bool write_trigger(unsigned number, std::uint64_t value);
    bool read_trigger(unsigned number, std::uint64_t& value) const;

    // ---- control and status registers (csr.cpp): false if the access is illegal
    bool read_csr(unsigned number, std::uint64_t& value);
    bool write_csr(unsigned number, std::uint64_t value);
    bool execute_csr(const DecodedOp& op);
    [[nodiscard]] bool csr_allowed(unsigned number, bool write) const;
    bool read_counter(unsigned number, std::uint64_t& value);
    bool read_machine_csr(unsigned number, std::uint64_t& value);
    bool read_supervisor_csr(unsigned number, std::uint64_t& value);
    bool write_machine_csr(unsigned number, std::uint64_t value);
    bool write_supervisor_csr(unsigned number, std::uint64_t value);
    bool write_pmp(unsigned number, std::uint64_t value);
    void write_mstatus(std::uint64_t value, std::uint64_t mask);
    void write_satp(std::uint64_t value);
    void write_mip(std::uint64_t value);
    void write_mcountinhibit(std::uint64_t value);
    [[nodiscard]] std::uint64_t read_mstatus() const;
    /// With Sstc on, STIP is a line.
    [[nodiscard]] bool has_timer() const { return (state_.menvcfg & kStce) != 0; }
    [[nodiscard]] std::uint64_t pending_interrupts() const {
        return (has_timer() ? state_.mip & ~kTimerBit : state_.mip) | state_.lines;
    }
    void update_timer();
    /// What the timer is set to has changed in this instruction: the run is cut behind it.
    void write_timer();
    /// A run in which the timer changes nothing.
    RunResult run_engine(std::uint64_t budget, bool at_instant);

    // ---- traps (trap.cpp)
    static constexpr std::uint64_t kStce = 1ULL << 63;  // of menvcfg
    static constexpr std::uint64_t kTimerBit = 1ULL
                                               << static_cast<unsigned>(Interrupt::SupervisorTimer);
    static constexpr std::uint64_t kNoCycle = ~0ULL;
    /// Consecutive exceptions on the trap vector after which nothing will change any more.
    static constexpr std::uint8_t kFaultsToDie = 2;

    void take_exception(Exception cause, std::uint64_t value);
    bool take_pending_interrupt();
    void enter_trap(std::uint64_t cause, bool interrupt, std::uint64_t value);
    bool return_from_machine();
    bool return_from_supervisor();
    void tell_return(Privilege from);
    bool wait_for_interrupt();
    bool fence_translation();
    [[nodiscard]] Exception ecall_cause() const;

    // ---- code (fetch.cpp)
    struct FrontEntry {
        std::uint64_t tag = ~0ULL;
        Block* block = nullptr;
    };
    struct FetchEntry {
        std::uint64_t tag = ~0ULL;
        std::uint64_t physical = 0;  // of the page
        const unsigned char* host = nullptr;
    };
    struct FetchPage {
        MemoryStatus status = MemoryStatus::Ok;
        std::uint64_t physical = 0;           // of the address asked for
        const unsigned char* host = nullptr;  // of the page, if all of it is fetchable
    };
    static constexpr unsigned kFrontEntries = 4096;
    static constexpr unsigned kFetchEntries = 256;
    /// Bits of the tags of front and fetch entries above which `front_key_` stands.
    static constexpr unsigned kKeyShift = 48;

    /// Whether a tag can tell this pc: the lowest and highest 2^47 bytes, which are all of Sv39 and
    /// Sv48. The bit below the key says which.
    [[nodiscard]] static bool is_taggable(std::uint64_t pc) {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(pc) >> (kKeyShift - 1)) + 1 <=
               1;
    }

    [[nodiscard]] FrontEntry& front_entry(std::uint64_t pc) {
        return front_[(pc >> 1) & (kFrontEntries - 1)];
    }
    /// The block at pc, decoded if it is not known, or nothing with `status` set.
    Block* find_block(std::uint64_t pc, MemoryStatus& status);
    FetchPage fetch_page(std::uint64_t pc);
    std::unique_ptr<Block> build_block(std::uint64_t pc, const FetchPage& page,
                                       unsigned most_instructions);
    Block* build_single(std::uint64_t pc, const FetchPage& page, MemoryStatus& status);
    MemoryStatus fetch_bytes(std::uint64_t pc, const FetchPage& page, std::uint16_t& half);
    void append(Block& block, const Instruction& instruction, unsigned offset);
    /// A block of at most `most` instructions for the end of a budget; valid until the next call.
    Block* short_block(std::uint64_t pc, unsigned most, MemoryStatus& status);
    [[nodiscard]] const void* handler_of(const Instruction& instruction) const;

    // ---- modes that caches depend on
    void update_context();
    void flush_translations();
    [[nodiscard]] FpMode fp_mode() const;
    [[nodiscard]] bool native_rounding() const { return state_.frm <= 3; }

    HartState state_;  // first, so that registers have small offsets
    Options options_;
    Bus& bus_;

    std::uint64_t front_key_ = 0;
    std::uint64_t front_epoch_ = 0;
    std::uint64_t front_generation_ = 0;  // of blocks_ when front_ was last flushed
    bool at_instant_ = false;             // the present instruction may access the bus
    bool bus_used_ = false;
    bool code_changed_ = false;
    bool in_block_ = false;
    Trap trap_{};
    fp::FpuSession* fpu_ = nullptr;  // while running
    bool host_fpu_ = false;
    const void* const* handlers_ = nullptr;

    BlockCache blocks_;
    std::unique_ptr<Block> single_;
    std::unique_ptr<Block> short_;
    std::vector<DmiRegion> regions_;
    std::array<std::uint64_t, kBusPages> bus_pages_;  // numbers of pages without host memory
    std::vector<std::uint64_t> breakpoints_;
    std::vector<Watchpoint> watchpoints_;
    WatchHit watch_hit_{};
    std::uint64_t timer_cycle_ = kNoCycle;  // when STIP is to be looked at
    bool cut_run_ = false;                  // behind the present instruction
    bool passing_ = false;                  // the next instruction, for pass_stop()

    // When the engine looks for turns to take.
    std::uint64_t look_at_ = 0;     // clock cycle
    std::uint64_t look_pause_ = 0;  // cycles
    std::uint64_t cycles_taken_ = 0;
    Tlb loads_;
    Tlb stores_;
    std::array<FrontEntry, kFrontEntries> front_{};
    std::array<FetchEntry, kFetchEntries> fetch_{};
};

}  // namespace athena::riscv
