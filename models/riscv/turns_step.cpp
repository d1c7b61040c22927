// SPDX-License-Identifier: Apache-2.0
// What one instruction of a turn does, as long as it changes nothing but registers.
#include <cstring>

#include "riscv/arithmetic.h"
#include "riscv/atomic.h"
#include "riscv/csr_numbers.h"
#include "riscv/turns.h"

namespace athena::riscv {

namespace {

using Kind = Course::Kind;

bool in(Operation operation, Operation first, Operation last) {
    return operation >= first && operation <= last;
}

// Of the instructions without a memory access, branch or side effect.
std::uint64_t compute(const DecodedOp& op, std::uint64_t a, std::uint64_t rs2, std::uint64_t base) {
    const auto immediate = as_unsigned(std::int64_t{op.immediate});
    switch (static_cast<Operation>(op.operation)) {
#define RV_IMMEDIATE(name, expression)                      \
    case Operation::name: {                                 \
        [[maybe_unused]] const std::uint64_t b = immediate; \
        return expression;                                  \
    }
#define RV_ALU(name, expression)                      \
    case Operation::name: {                           \
        [[maybe_unused]] const std::uint64_t b = rs2; \
        return expression;                            \
    }
#include "riscv/arithmetic.inc"
#undef RV_IMMEDIATE
#undef RV_ALU
        default:
            return 0;
    }
}

std::uint64_t load_value(Operation operation, const unsigned char* cell) {
    const auto as = [cell](auto value) {
        std::memcpy(&value, cell, sizeof value);
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    };
    switch (operation) {
        case Operation::Lb:
            return as(std::int8_t{});
        case Operation::Lh:
            return as(std::int16_t{});
        case Operation::Lw:
            return as(std::int32_t{});
        case Operation::Lbu:
            return as(std::uint8_t{});
        case Operation::Lhu:
            return as(std::uint16_t{});
        case Operation::Lwu:
            return as(std::uint32_t{});
        default:
            return as(std::uint64_t{});
    }
}

// Lb, Lh, Lw, Ld, Lbu, Lhu, Lwu, and Sb, Sh, Sw, Sd.
unsigned size_of(Operation operation) {
    const Operation first = operation >= Operation::Sb ? Operation::Sb : Operation::Lb;
    return 1U << ((static_cast<unsigned>(operation) - static_cast<unsigned>(first)) & 3);
}

}  // namespace

bool Turns::step(const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    if (in(operation, Operation::Beq, Operation::Bgeu)) {
        return branch(op);
    }
    if (in(operation, Operation::Lb, Operation::Lwu)) {
        return load(op);
    }
    if (in(operation, Operation::Sb, Operation::Sd)) {
        return store(op);
    }
    switch (operation) {
        case Operation::Jal:
            write_fixed(op.rd, next_);
            next_ = base_ + as_unsigned(std::int64_t{op.immediate});
            return true;
        case Operation::Jalr: {
            const Course target = read(op.rs1);
            write_fixed(op.rd, next_);
            next_ = (target.at + as_unsigned(std::int64_t{op.immediate})) & ~1ULL;
            return target.is_fixed();
        }
        case Operation::Fence:
        case Operation::FenceI:
            return true;
        case Operation::Wfi:
            return wait();
        case Operation::Csrrs:
        case Operation::Csrrc:
        case Operation::Csrrsi:
        case Operation::Csrrci:
            return op.rs1 == 0 && csr(op);
        case Operation::LrW:
            return load_reserved(op, 4);
        case Operation::LrD:
            return load_reserved(op, 8);
        case Operation::ScW:
            return store_conditional(op, 4);
        case Operation::ScD:
            return store_conditional(op, 8);
        default:
            break;
    }
    if (in(operation, Operation::LrW, Operation::AmomaxuD)) {
        return atomic(op, operation >= Operation::LrD ? 8 : 4);
    }
    const bool computes = in(operation, Operation::Lui, Operation::Auipc) ||
                          in(operation, Operation::Addi, Operation::Sraw) ||
                          in(operation, Operation::Mul, Operation::Remuw);
    return computes && arithmetic(op);
}

// ---- registers only

bool Turns::branch(const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    const bool equal = in(operation, Operation::Beq, Operation::Bne);
    const bool is_signed = in(operation, Operation::Blt, Operation::Bge);
    const Relation relation =
        equal ? Relation::Equal : (is_signed ? Relation::Less : Relation::LessUnsigned);
    const bool if_holds =
        operation == Operation::Beq || operation == Operation::Blt || operation == Operation::Bltu;
    bool holds = false;
    if (!relate(relation, read(op.rs1), read(op.rs2), holds)) {
        return false;
    }
    if (holds == if_holds) {
        next_ = base_ + as_unsigned(std::int64_t{op.immediate});
    }
    return true;
}

// A course whose low words are looked at as signed numbers.
Course Turns::word(const Course& course) {
    if (course.kind != Kind::Linear) {
        return {0, 0, Kind::Unknown};
    }
    const Course result{extend_word(course.at), extend_word(course.step)};
    if (result.step != 0) {
        constexpr std::uint64_t kHalf = 1ULL << 31;
        const bool up = as_signed(result.step) > 0;
        const std::uint64_t room = up ? kHalf - 1 - result.at : result.at + kHalf;
        limit(room / (up ? result.step : 0 - result.step) + 1);
    }
    return result;
}

// What is known of sums and the like of registers that move.
Course Turns::moving(Operation operation, const Course& a, const Course& b) {
    const bool linear = a.kind == Kind::Linear && b.kind == Kind::Linear;
    switch (operation) {
        case Operation::Addi:
        case Operation::Add:
            if (a.kind == Kind::Time && b.is_fixed()) {
                return {a.at + b.at, 0, Kind::Time, a.cycle};
            }
            if (b.kind == Kind::Time && a.is_fixed()) {
                return {a.at + b.at, 0, Kind::Time, b.cycle};
            }
            return linear ? Course{a.at + b.at, a.step + b.step} : Course{0, 0, Kind::Unknown};
        case Operation::Sub:
            if (a.kind == Kind::Time && b.is_fixed()) {
                return {a.at - b.at, 0, Kind::Time, a.cycle};
            }
            return linear ? Course{a.at - b.at, a.step - b.step} : Course{0, 0, Kind::Unknown};
        case Operation::Slli:
            return linear && b.is_fixed() ? Course{a.at << (b.at & 63), a.step << (b.at & 63)}
                                          : Course{0, 0, Kind::Unknown};
        case Operation::Addiw:
        case Operation::Addw:
            return linear ? word({a.at + b.at, a.step + b.step}) : Course{0, 0, Kind::Unknown};
        case Operation::Subw:
            return linear ? word({a.at - b.at, a.step - b.step}) : Course{0, 0, Kind::Unknown};
        default:
            return {0, 0, Kind::Unknown};
    }
}

bool Turns::compare(const DecodedOp& op, Relation relation, const Course& a, const Course& b) {
    bool holds = false;
    if (!relate(relation, a, b, holds)) {
        return false;
    }
    write_fixed(op.rd, holds ? 1 : 0);
    return true;
}

bool Turns::arithmetic(const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    const bool immediate = in(operation, Operation::Lui, Operation::Auipc) ||
                           in(operation, Operation::Addi, Operation::Srai) ||
                           in(operation, Operation::Addiw, Operation::Sraiw);
    const bool by_zero =
        op.rs2 == 0 && (operation == Operation::Div || operation == Operation::Divu ||
                        operation == Operation::Divw || operation == Operation::Divuw);
    // Division by zero gives all ones, whatever is divided: Linux passes time with it.
    const bool constant = by_zero || in(operation, Operation::Lui, Operation::Auipc);
    const Course a = constant ? Course{} : read(op.rs1);
    const Course b = immediate ? Course{as_unsigned(std::int64_t{op.immediate})} : read(op.rs2);
    if (a.is_fixed() && b.is_fixed()) {
        write_fixed(op.rd, compute(op, a.at, b.at, base_));
        return true;
    }
    switch (operation) {
        case Operation::Slt:
        case Operation::Slti:
            return compare(op, Relation::Less, a, b);
        case Operation::Sltu:
        case Operation::Sltiu:
            return compare(op, Relation::LessUnsigned, a, b);
        default:
            write(op.rd, moving(operation, a, b));
            return true;
    }
}

bool Turns::csr(const DecodedOp& op) {
    const unsigned number = static_cast<unsigned>(op.immediate) & 0xFFF;
    std::uint64_t value = 0;
    if (number <= csr::kFcsr || !core_.csr_allowed(number, false) ||
        !core_.read_csr(number, value)) {
        return false;
    }
    const HartState& state = core_.state_;
    const bool cycles = number == csr::kCycle || number == csr::kMcycle;
    const bool instructions = number == csr::kInstret || number == csr::kMinstret;
    if (number == csr::kTime) {
        counts_ = true;
        const std::uint64_t cycle = state.cycles + count_;
        write(op.rd, {core_.bus_.time(cycle), 0, Kind::Time, cycle});
    } else if (cycles || instructions) {
        counts_ = true;
        const std::uint64_t stopped =
            state.mcountinhibit & (cycles ? csr::kCycleBit : csr::kInstretBit);
        write(op.rd, {value + (stopped != 0 ? 0 : count_), stopped != 0 ? 0 : period_});
    } else {
        write_fixed(op.rd, value);
    }
    return true;
}

// With an interrupt pending that may not be taken, WFI goes on at once.
bool Turns::wait() {
    const HartState& state = core_.state_;
    const bool may =
        state.privilege == Privilege::Machine ||
        (state.privilege == Privilege::Supervisor && (state.mstatus & mstatus::kTw) == 0);
    return may && core_.has_wakeup();
}

// ---- memory

unsigned char* Turns::cell(std::uint64_t address, unsigned size, Access access,
                           std::uint64_t& physical) {
    const Tlb& tlb = access == Access::Write ? core_.stores_ : core_.loads_;
    const TlbEntry& entry = tlb.entry(address);
    if (tlb.hits(entry, address, size)) {
        physical = tlb.physical(address);
        // NOLINTNEXTLINE(performance-no-int-to-ptr)
        return reinterpret_cast<unsigned char*>(address + entry.addend);
    }
    if ((address & ~kPageMask) + size > kPageSize || core_.watches_page(address & kPageMask)) {
        return nullptr;
    }
    return core_.plain_cell(address, size, access, physical);
}

bool Turns::load(const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    const Course base = read(op.rs1);
    std::uint64_t physical = 0;
    const unsigned char* host = base.is_fixed()
                                    ? cell(base.at + as_unsigned(std::int64_t{op.immediate}),
                                           size_of(operation), Access::Read, physical)
                                    : nullptr;
    if (host == nullptr) {
        return false;
    }
    write_fixed(op.rd, load_value(operation, host));
    return true;
}

bool Turns::store(const DecodedOp& op) {
    const unsigned size = size_of(static_cast<Operation>(op.operation));
    const Course base = read(op.rs1);
    const Course value = read(op.rs2);
    if (!base.is_fixed() || !value.is_fixed()) {
        return false;
    }
    std::uint64_t physical = 0;
    const unsigned char* host =
        cell(base.at + as_unsigned(std::int64_t{op.immediate}), size, Access::Write, physical);
    return host != nullptr && std::memcmp(host, &value.at, size) == 0;
}

bool Turns::load_reserved(const DecodedOp& op, unsigned size) {
    const Course address = read(op.rs1);
    std::uint64_t physical = 0;
    const unsigned char* host = address.is_fixed() && (address.at & (size - 1)) == 0
                                    ? cell(address.at, size, Access::Read, physical)
                                    : nullptr;
    if (host == nullptr) {
        return false;
    }
    reservation_ = {true, static_cast<std::uint8_t>(size), physical};
    reservation_set_ = true;
    write_fixed(op.rd, load_value(size == 4 ? Operation::Lw : Operation::Ld, host));
    return true;
}

// One that fails as there is no reservation, or stores what is there.
bool Turns::store_conditional(const DecodedOp& op, unsigned size) {
    const Course address = read(op.rs1);
    const Course value = read(op.rs2);
    reservation_seen_ = reservation_seen_ || !reservation_set_;
    if (!address.is_fixed() || !value.is_fixed() || (address.at & (size - 1)) != 0) {
        return false;
    }
    if (!reservation_.held) {
        write_fixed(op.rd, 1);
        return !core_.watches_page(address.at & kPageMask);
    }
    std::uint64_t physical = 0;
    const unsigned char* host = cell(address.at, size, Access::Write, physical);
    if (host == nullptr || reservation_.address != physical || reservation_.size != size ||
        std::memcmp(host, &value.at, size) != 0) {
        return false;
    }
    reservation_.held = false;
    reservation_set_ = true;
    write_fixed(op.rd, 0);
    return true;
}

bool Turns::atomic(const DecodedOp& op, unsigned size) {
    const auto operation = static_cast<Operation>(op.operation);
    const Course address = read(op.rs1);
    const Course operand = read(op.rs2);
    std::uint64_t physical = 0;
    const bool fixed = address.is_fixed() && operand.is_fixed() && (address.at & (size - 1)) == 0;
    const unsigned char* host = fixed ? cell(address.at, size, Access::Write, physical) : nullptr;
    if (host == nullptr) {
        return false;
    }
    const std::uint64_t old = load_value(size == 4 ? Operation::Lw : Operation::Ld, host);
    const bool same =
        size == 4 ? combine<std::uint32_t, std::int32_t>(operation, static_cast<std::uint32_t>(old),
                                                         static_cast<std::uint32_t>(operand.at)) ==
                        static_cast<std::uint32_t>(old)
                  : combine<std::uint64_t, std::int64_t>(operation, old, operand.at) == old;
    write_fixed(op.rd, old);
    return same;
}

}  // namespace athena::riscv
