// SPDX-License-Identifier: Apache-2.0
// Rounding operations on the register file, in integers.
#include "riscv/engine.h"
#include "riscv/nan_box.h"

namespace athena::riscv {

namespace {

struct Operands {
    const DecodedOp& op;
    HartState& state;
    RoundingMode rounding;

    template <typename Bits>
    Bits f(unsigned index) const {
        return unbox<Bits>(state.f[index]);
    }
    std::uint64_t x() const { return state.x[op.rs1]; }
};

template <typename Bits>
bool soft_arithmetic(const Operands& in, Operation operation, Bits& result) {
    constexpr bool kDouble = sizeof(Bits) == 8;
    const auto is = [&](Operation single, Operation full) {
        return operation == (kDouble ? full : single);
    };
    constexpr Bits kSign = fp::Format<Bits>::kSign;
    std::uint64_t& flags = in.state.fflags;
    const RoundingMode mode = in.rounding;
    const Bits a = in.f<Bits>(in.op.rs1);
    const Bits b = in.f<Bits>(in.op.rs2);
    const Bits c = in.f<Bits>(in.op.rs3);
    if (is(Operation::FaddS, Operation::FaddD)) {
        result = fp::soft_add<Bits>(a, b, mode, flags);
    } else if (is(Operation::FsubS, Operation::FsubD)) {
        result = fp::soft_add<Bits>(a, b ^ kSign, mode, flags);
    } else if (is(Operation::FmulS, Operation::FmulD)) {
        result = fp::soft_multiply<Bits>(a, b, mode, flags);
    } else if (is(Operation::FdivS, Operation::FdivD)) {
        result = fp::soft_divide<Bits>(a, b, mode, flags);
    } else if (is(Operation::FsqrtS, Operation::FsqrtD)) {
        result = fp::soft_root<Bits>(a, mode, flags);
    } else if (is(Operation::FmaddS, Operation::FmaddD)) {
        result = fp::soft_fused<Bits>(a, b, c, mode, flags);
    } else if (is(Operation::FmsubS, Operation::FmsubD)) {
        result = fp::soft_fused<Bits>(a, b, c ^ kSign, mode, flags);
    } else if (is(Operation::FnmsubS, Operation::FnmsubD)) {
        result = fp::soft_fused<Bits>(a ^ kSign, b, c, mode, flags);
    } else if (is(Operation::FnmaddS, Operation::FnmaddD)) {
        result = fp::soft_fused<Bits>(a ^ kSign, b, c ^ kSign, mode, flags);
    } else {
        return false;
    }
    return true;
}

template <typename Bits>
bool soft_from(const Operands& in, Operation operation, Bits& result) {
    constexpr bool kDouble = sizeof(Bits) == 8;
    const auto is = [&](Operation single, Operation full) {
        return operation == (kDouble ? full : single);
    };
    std::uint64_t& flags = in.state.fflags;
    const std::uint64_t x = in.x();
    const auto word = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(x)});
    const std::uint64_t unsigned_word = x & 0xFFFF'FFFF;
    if (is(Operation::FcvtSW, Operation::FcvtDW)) {
        result = fp::soft_from_integer<Bits>(word, true, in.rounding, flags);
    } else if (is(Operation::FcvtSWu, Operation::FcvtDWu)) {
        result = fp::soft_from_integer<Bits>(unsigned_word, false, in.rounding, flags);
    } else if (is(Operation::FcvtSL, Operation::FcvtDL)) {
        result = fp::soft_from_integer<Bits>(x, true, in.rounding, flags);
    } else if (is(Operation::FcvtSLu, Operation::FcvtDLu)) {
        result = fp::soft_from_integer<Bits>(x, false, in.rounding, flags);
    } else {
        return false;
    }
    return true;
}

template <typename Bits>
bool soft_to(const Operands& in, Operation operation, std::uint64_t& result) {
    constexpr bool kDouble = sizeof(Bits) == 8;
    const auto is = [&](Operation single, Operation full) {
        return operation == (kDouble ? full : single);
    };
    bool is_signed = true;
    unsigned width = 64;
    if (is(Operation::FcvtWS, Operation::FcvtWD)) {
        width = 32;
    } else if (is(Operation::FcvtWuS, Operation::FcvtWuD)) {
        width = 32;
        is_signed = false;
    } else if (is(Operation::FcvtLuS, Operation::FcvtLuD)) {
        is_signed = false;
    } else if (!is(Operation::FcvtLS, Operation::FcvtLD)) {
        return false;
    }
    result = fp::soft_to_integer<Bits>(in.f<Bits>(in.op.rs1), is_signed, width, in.rounding,
                                       in.state.fflags);
    return true;
}

}  // namespace

void soft_execute(const DecodedOp& op, HartState& state) {
    const auto operation = static_cast<Operation>(op.operation);
    auto rounding = static_cast<RoundingMode>((op.bits >> 12) & 7);
    if (rounding == RoundingMode::Dynamic) {
        rounding = static_cast<RoundingMode>(state.frm);
    }
    const Operands in{op, state, rounding};
    state.fp_dirty = true;
    std::uint64_t integer = 0;
    if (soft_to<std::uint32_t>(in, operation, integer) ||
        soft_to<std::uint64_t>(in, operation, integer)) {
        state.x[op.rd] = integer;
        return;
    }
    std::uint32_t single = 0;
    std::uint64_t full = 0;
    if (soft_arithmetic(in, operation, single) || soft_from(in, operation, single)) {
        state.f[op.rd] = box(single);
    } else if (soft_arithmetic(in, operation, full) || soft_from(in, operation, full)) {
        state.f[op.rd] = full;
    } else if (operation == Operation::FcvtSD) {
        state.f[op.rd] = box(fp::soft_convert<std::uint32_t, std::uint64_t>(
            state.f[op.rs1], rounding, state.fflags));
    } else {
        state.f[op.rd] = fp::soft_convert<std::uint64_t, std::uint32_t>(in.f<std::uint32_t>(op.rs1),
                                                                        rounding, state.fflags);
    }
}

}  // namespace athena::riscv
