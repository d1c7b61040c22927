// SPDX-License-Identifier: Apache-2.0
#include "riscv/decode.h"

#include <array>
#include <vector>

#include "riscv/format.h"

namespace athena::riscv {

namespace {

struct Encoding {
    Operation operation;
    std::uint32_t mask;
    std::uint32_t match;
    Format format;
};

constexpr Encoding kEncodings[] = {
#define RV_OPERATION(name, mask, match, format) {Operation::name, mask, match, Format::format},
#include "riscv/operations.inc"
#undef RV_OPERATION
};

constexpr unsigned major_opcode(std::uint32_t bits) {
    return (bits >> 2) & 31;
}

// The encodings of each of the 32 major opcodes, in the list's order.
const std::array<std::vector<Encoding>, 32>& encodings_by_opcode() {
    static const auto table = [] {
        std::array<std::vector<Encoding>, 32> result;
        for (const Encoding& encoding : kEncodings) {
            result[major_opcode(encoding.match)].push_back(encoding);
        }
        return result;
    }();
    return table;
}

constexpr std::uint32_t field(std::uint32_t bits, unsigned high, unsigned low) {
    return (bits >> low) & ((1U << (high - low + 1)) - 1);
}

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
    return static_cast<std::int32_t>(value << (32 - width)) >> (32 - width);
}

// Immediates of the formats: Volume I, 2.3.
std::int32_t immediate_of(Format format, std::uint32_t bits) {
    switch (format) {
        case Format::I:
        case Format::FpI:
            return sign_extend(field(bits, 31, 20), 12);
        case Format::S:
        case Format::FpS:
            return sign_extend(field(bits, 31, 25) << 5 | field(bits, 11, 7), 12);
        case Format::B:
            return sign_extend(field(bits, 31, 31) << 12 | field(bits, 7, 7) << 11 |
                                   field(bits, 30, 25) << 5 | field(bits, 11, 8) << 1,
                               13);
        case Format::U:
            return static_cast<std::int32_t>(bits & 0xFFFF'F000);
        case Format::J:
            return sign_extend(field(bits, 31, 31) << 20 | field(bits, 19, 12) << 12 |
                                   field(bits, 20, 20) << 11 | field(bits, 30, 21) << 1,
                               21);
        case Format::Shift:
            return static_cast<std::int32_t>(field(bits, 25, 20));
        default:
            return 0;
    }
}

bool is_fp(Format format) {
    return format >= Format::FpI;
}

bool is_rounded(Format format) {
    return format == Format::FpR4 || format == Format::FpRound || format == Format::FpToIntRound;
}

bool writes_integer(Format format) {
    return !is_fp(format) || format == Format::FpToInt || format == Format::FpToIntRound;
}

Instruction fill(const Encoding& encoding, std::uint32_t bits) {
    Instruction result;
    result.operation = encoding.operation;
    result.rd = static_cast<std::uint8_t>(field(bits, 11, 7));
    result.rs1 = static_cast<std::uint8_t>(field(bits, 19, 15));
    result.rs2 = static_cast<std::uint8_t>(field(bits, 24, 20));
    result.rs3 = static_cast<std::uint8_t>(field(bits, 31, 27));
    result.uses_fp = is_fp(encoding.format);
    result.rounds = is_rounded(encoding.format);
    result.writes_integer = writes_integer(encoding.format);
    result.rounding = static_cast<RoundingMode>(field(bits, 14, 12));
    result.immediate = immediate_of(encoding.format, bits);
    return result;
}

Instruction decode_full(std::uint32_t bits) {
    for (const Encoding& encoding : encodings_by_opcode()[major_opcode(bits)]) {
        if ((bits & encoding.mask) == encoding.match) {
            Instruction result = fill(encoding, bits);
            const std::uint32_t rounding = field(bits, 14, 12);
            // Rounding modes 5 and 6 are reserved (Volume I, 11.2).
            if (result.rounds && (rounding == 5 || rounding == 6)) {
                return {};
            }
            return result;
        }
    }
    return {};
}

}  // namespace

Instruction decode(std::uint32_t bits) {
    if (is_full_length(bits)) {
        Instruction result = decode_full(bits);
        result.bits = bits;
        return result;
    }
    const std::uint32_t half = bits & 0xFFFF;
    const std::uint32_t full = expand_compressed(half);
    Instruction result = full != 0 ? decode_full(full) : Instruction{};
    result.length = 2;
    result.bits = half;
    return result;
}

}  // namespace athena::riscv
