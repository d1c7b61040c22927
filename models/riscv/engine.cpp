// SPDX-License-Identifier: Apache-2.0
// Threaded code: each record holds the address of its handler, each handler jumps to the next
// record's. Blocks of one page are linked to each other; the budget is charged once a block.
#if defined(__GNUC__) && !defined(__clang__)
// Each handler keeps its own indirect jump, which is what the host's branch prediction feeds on.
#pragma GCC optimize("no-gcse", "no-crossjumping")
#endif

#include "riscv/engine.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "riscv/arithmetic.h"
#include "riscv/atomic.h"
#include "riscv/csr_numbers.h"
#include "riscv/nan_box.h"
#include "riscv/turns.h"

namespace athena::riscv {

namespace {

// Of the conditional branches, and of a jump.
bool is_taken(Operation operation, std::uint64_t a, std::uint64_t b) {
    switch (operation) {
        case Operation::Beq:
            return a == b;
        case Operation::Bne:
            return a != b;
        case Operation::Blt:
            return as_signed(a) < as_signed(b);
        case Operation::Bge:
            return as_signed(a) >= as_signed(b);
        case Operation::Bltu:
            return a < b;
        case Operation::Bgeu:
            return a >= b;
        default:
            return true;
    }
}

template <typename Bits>
Bits read_bits(const HartState& state, unsigned index) {
    return unbox<Bits>(state.f[index]);
}
template <typename Float, typename Bits>
Float read_float(const HartState& state, unsigned index) {
    return std::bit_cast<Float>(read_bits<Bits>(state, index));
}
void write_float(HartState& state, unsigned index, std::uint32_t bits) {
    state.f[index] = box(bits);
    state.fp_dirty = true;
}
void write_float(HartState& state, unsigned index, std::uint64_t bits) {
    state.f[index] = bits;
    state.fp_dirty = true;
}
std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}
std::uint64_t bits_of(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

}  // namespace

void Engine::reckon(HartCore& core, Run& run, std::uint64_t left) {
    const std::uint64_t passed = run.reckoned - left;
    core.state_.cycles += passed;
    core.state_.instructions += passed - run.traps;
    run.traps = 0;
    run.total += passed;
    run.reckoned = left;
    run.instant = run.instant && passed == 0;
}

unsigned Engine::before_stop(const HartCore& core, const Block& block) {
    for (unsigned i = 1; i < block.count; ++i) {
        if (core.is_code_stop(core.state_.pc + 2ULL * block.ops[i].offset)) {
            return i;
        }
    }
    return block.count;
}

HartCore::MemoryStatus Engine::find(HartCore& core, const Run& run, std::uint64_t left,
                                    Block*& block, std::uint64_t most) {
    // Building blocks and asking the board is the host's work, in the host's rounding mode.
    fp::FpuSession* session = std::exchange(core.fpu_, nullptr);
    if (session != nullptr) {
        session->suspend();
    }
    core.at_instant_ = run.instant && left == run.reckoned;
    auto status = HartCore::MemoryStatus::Ok;
    const std::uint64_t pc = core.state_.pc;
    block = most == kWhole ? core.find_block(pc, status)
                           : core.short_block(pc, static_cast<unsigned>(most), status);
    if (session != nullptr) {
        session->resume();
        core.fpu_ = session;
    }
    return status;
}

std::uint64_t Engine::hold_back(const HartCore& core, Run& run, std::uint64_t left) {
    if (!core.options_.takes_turns || left < kWorthLooking) {
        return left;
    }
    const std::uint64_t cycles = core.state_.cycles;
    const std::uint64_t until = core.look_at_ > cycles ? core.look_at_ - cycles : 1;
    run.held = left - std::min(left, until);
    run.reckoned -= run.held;
    return left - run.held;
}

std::uint64_t Engine::look(HartCore& core, Run& run, std::uint64_t left) {
    left += run.held;
    run.reckoned += run.held;
    run.held = 0;
    reckon(core, run, left);
    const std::uint64_t taken = Turns(core).take(left);
    const bool pays = taken >= kSoonest || taken > left / 2;
    left -= taken;
    reckon(core, run, left);
    core.cycles_taken_ += taken;
    core.look_pause_ = pays ? kSoonest : std::clamp(2 * core.look_pause_, kSoonest, kLatest);
    core.look_at_ =
        core.state_.cycles + (pays ? std::min(left, core.look_pause_) : core.look_pause_);
    run.hints = pays ? kHints : run.hints;
    return hold_back(core, run, left);
}

RunResult Engine::run(HartCore& core, std::uint64_t budget, bool at_instant) {
    if (budget == 0) {
        return {StopReason::BudgetEnd, 0};
    }
    core.blocks_.collect();
    core.bus_used_ = false;
    Run run;
    run.reckoned = budget;
    run.instant = at_instant;
    run.hints = core.options_.takes_turns ? kHints : 0;
    budget = hold_back(core, run, budget);
    std::optional<fp::FpuSession> session;
    if (core.host_fpu_) {
        session.emplace(core.native_rounding() ? core.state_.frm : 0);
        core.fpu_ = &*session;
    }
    execute(&core, budget, run);
    if (session) {
        core.state_.fflags |= session->take_flags();
        core.fpu_ = nullptr;
    }
    run.result.cycles = run.total;
    return run.result;
}

const void* const* Engine::handlers() {
    Run run;
    return execute(nullptr, 0, run);
}

#define RV_LIKELY(condition) __builtin_expect(static_cast<bool>(condition), 1)
#define RV_NEXT()                        \
    do {                                 \
        ++op;                            \
        goto * op->handler; /* NOLINT */ \
    } while (false)
// Into `block`, whose first instruction is at `address`.
#define RV_ENTER(address)                      \
    do {                                       \
        base = (address);                      \
        if (RV_LIKELY(left >= block->count)) { \
            left -= block->count;              \
            op = block->ops.data();            \
            goto * op->handler; /* NOLINT */   \
        }                                      \
        goto overdrawn;                        \
    } while (false)
// Out of `block` by one of its two ways.
#define RV_FOLLOW(way, address)                       \
    do {                                              \
        target = (address);                           \
        if (RV_LIKELY(block->next[way] != nullptr)) { \
            block = block->next[way];                 \
            RV_ENTER(target);                         \
        }                                             \
        from = block;                                 \
        edge = (way);                                 \
        goto dispatch;                                \
    } while (false)
#define RV_PREPARE_ACCESS()                                                                \
    do {                                                                                   \
        s.pc = op_address();                                                               \
        core.at_instant_ = run.instant && left + block->count - op->index == run.reckoned; \
    } while (false)
// At an instruction as waits have them: the next block begins with a look for turns to take.
#define RV_MAY_WAIT()                                  \
    do {                                               \
        if (run.hints != 0 && left >= kWorthLooking) { \
            --run.hints;                               \
            run.held += left;                          \
            run.reckoned -= left;                      \
            left = 0;                                  \
        }                                              \
    } while (false)

// Run::reckoned etc. are in memory; the variables here are what the compiler is to keep in
// registers. `hart` is null when only the labels are asked for.
const void* const* Engine::execute(HartCore* hart, std::uint64_t budget, Run& run) {
    using Status = HartCore::MemoryStatus;
    static const void* const kLabels[] = {
        &&Illegal,
#define RV_OPERATION(name, mask, match, format) &&name,  // NOLINT(bugprone-macro-parentheses)
#include "riscv/operations.inc"
#undef RV_OPERATION
        &&EndBlock,   &&FpSoft,      &&TruncateWS, &&TruncateWuS, &&TruncateLS, &&TruncateLuS,
        &&TruncateWD, &&TruncateWuD, &&TruncateLD, &&TruncateLuD, &&LeaveSpin,  &&Spin,
    };
    static_assert(std::size(kLabels) == static_cast<unsigned>(Handler::Count));
    if (hart == nullptr) {
        return kLabels;
    }
    HartCore& core = *hart;
    HartState& s = core.state_;
    const DecodedOp* op = nullptr;
    Block* block = nullptr;
    Block* from = nullptr;  // to be linked to what `target` leads to, by its way `edge`
    unsigned edge = 0;
    std::uint64_t base = 0;  // address of the block
    std::uint64_t left = budget;
    std::uint64_t target = s.pc;
    Status status = Status::Ok;
    const auto op_address = [&] { return base + 2ULL * op->offset; };
    const auto op_next = [&] { return base + 2ULL * op->offset + op->length; };
    const auto op_target = [&] { return base + as_unsigned(op->immediate); };
    goto interruptible;

#include "riscv/handlers_float.inc"
#include "riscv/handlers_integer.inc"
#include "riscv/handlers_memory.inc"
#include "riscv/handlers_system.inc"

changed:  // an instruction may have changed what interrupts or blocks depend on
    from = nullptr;
    // The state's program counter is the next instruction's from here on.
interruptible:
    s.pc = target;
    if (core.options_.tells_traps) {
        reckon(core, run, left);
    }
    core.take_pending_interrupt();
    target = s.pc;
    if (core.cut_run_) {
        goto budget_end;
    }

dispatch : {
    s.pc = target;
    if (left == 0) {
        if (run.held == 0) {
            goto budget_end;
        }
        left = look(core, run, left);
        from = nullptr;
    }
    Block* const source = from != nullptr && from->linkable ? from : nullptr;
    const HartCore::FrontEntry& front = core.front_entry(target);
    if (front.tag == (target ^ core.front_key_) && HartCore::is_taggable(target)) {
        block = front.block;
    } else {
        status = core.has_code_stops() ? core.check_code_stops(target) : Status::Ok;
        if (status == Status::Ok) {
            status = find(core, run, left, block);
        }
        if (status != Status::Ok) {
            goto not_found;
        }
        if (core.bus_used_) {
            // Fetched at the board's instant, where nothing but this instruction may run.
            run.reckoned -= left - 1;
            run.held = 0;
            left = 1;
        }
        if (core.has_code_stops()) {
            const unsigned before = before_stop(core, *block);
            if (before < block->count) {
                status = find(core, run, left, block, std::min<std::uint64_t>(before, left));
                if (status != Status::Ok) {
                    goto not_found;
                }
            }
            RV_ENTER(target);
        }
    }
    if (source != nullptr && block->linkable &&
        ((source->physical ^ block->physical) >> kPageShift) == 0 &&
        ((base ^ target) >> kPageShift) == 0) {
        source->next[edge] = block;
    }
    RV_ENTER(target);
}

overdrawn:  // the budget ends within the block
    s.pc = base;
    target = base;
    if (run.held != 0) {
        left = look(core, run, left);
        from = nullptr;
        goto dispatch;
    }
    if (left == 0) {
        goto budget_end;
    }
    status = find(core, run, left, block, left);
    if (status == Status::Ok) {
        RV_ENTER(target);
    }

not_found:
    if (status != Status::Trap) {
        run.result.reason =
            status == Status::Defer ? StopReason::BusNeeded : StopReason::Breakpoint;
        goto finish;
    }

raise:  // s.pc, and `left` without what did not run, are right
    if (core.options_.tells_traps) {
        reckon(core, run, left);
    }
    core.take_exception(core.trap_.cause, core.trap_.value);
    left -= 1;
    run.traps += 1;
    from = nullptr;
    target = s.pc;
    if (core.state_.vector_faults >= HartCore::kFaultsToDie) {
        run.result.reason = StopReason::Dead;
        goto finish;
    }
    if (!core.bus_used_) {
        goto dispatch;
    }

budget_end:
    run.result.reason = core.bus_used_ ? StopReason::BusDone : StopReason::BudgetEnd;

finish:  // `target` is the next instruction
    s.pc = target;
    reckon(core, run, left);
    return kLabels;
}

#undef RV_LIKELY
#undef RV_NEXT
#undef RV_ENTER
#undef RV_FOLLOW
#undef RV_PREPARE_ACCESS
#undef RV_MAY_WAIT

}  // namespace athena::riscv
