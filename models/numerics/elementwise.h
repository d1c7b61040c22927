// SPDX-License-Identifier: Apache-2.0
// Elementwise vector operations (docs/vector-numerics.md): out[r][c] = f(a[r][c], b[r][c],
// c[r][c]).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "numerics/vector_operand.h"

namespace athena::numerics {

/// Values are those of the vector descriptor (models/command/descriptor.regs.toml).
enum class Elementwise : std::uint8_t {
    // Bits are kept but for the conversion to the output's format.
    Copy = 0,    ///< a
    Negate = 1,  ///< a with its sign bit turned
    Abs = 2,     ///< a without its sign bit
    Select = 3,  ///< a == 0 ? c : b; a NaN is not 0
    // FP32 arithmetic, one rounding each.
    Add = 4,
    Subtract = 5,
    Multiply = 6,
    Divide = 7,
    Fma = 8,  ///< a * b + c
    SquareRoot = 9,
    Maximum = 10,  ///< NaN if either is; -0 is less than +0
    Minimum = 11,
    Less = 12,   ///< 1 or +0
    Equal = 13,  ///< 1 or +0
    // Functions (elementary.h).
    Reciprocal = 14,
    ReciprocalSquareRoot = 15,
    Exp = 16,
    Log = 17,
    Tanh = 18,
    Gelu = 19,
    GeluBackward = 20,  ///< a * gelu'(b)
    // From and to integers.
    FromInteger = 21,  ///< FP32 of the Int32 a, rounded to nearest even
    ToInteger = 22,    ///< nearest Int32, ties to even, clamped to its range; NaN gives 0
    // On Int32, modulo 2^32.
    IntegerAdd = 23,
    IntegerSubtract = 24,
    IntegerMultiply = 25,
    And = 26,
    Or = 27,
    Xor = 28,
    ShiftLeft = 29,    ///< by b modulo 32
    ShiftRight = 30,   ///< zeros come in
    IntegerLess = 31,  ///< signed; Int32 1 or 0
};
inline constexpr unsigned kElementwiseOperations = 32;

/// Inputs that an operation takes: 1 to 3.
[[nodiscard]] constexpr unsigned inputs_of(Elementwise operation) {
    switch (operation) {
        case Elementwise::Select:
        case Elementwise::Fma:
            return 3;
        case Elementwise::Copy:
        case Elementwise::Negate:
        case Elementwise::Abs:
        case Elementwise::SquareRoot:
        case Elementwise::Reciprocal:
        case Elementwise::ReciprocalSquareRoot:
        case Elementwise::Exp:
        case Elementwise::Log:
        case Elementwise::Tanh:
        case Elementwise::Gelu:
        case Elementwise::FromInteger:
        case Elementwise::ToInteger:
            return 1;
        default:
            return 2;
    }
}

/// Whether inputs, or the output, are Int32; otherwise they are not. Copy takes both, from one to
/// the same.
[[nodiscard]] constexpr bool takes_integers(Elementwise operation) {
    return operation == Elementwise::FromInteger || operation >= Elementwise::IntegerAdd;
}
[[nodiscard]] constexpr bool gives_integers(Elementwise operation) {
    return operation >= Elementwise::ToInteger;
}
/// Whether the formats are what the operation takes.
[[nodiscard]] bool has_legal_formats(Elementwise operation,
                                     const std::array<VectorInput, 3>& inputs,
                                     const VectorOutput& output);

/// The output may be exactly an input.
struct ElementwiseArgs {
    Elementwise operation = Elementwise::Copy;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::array<VectorInput, 3> inputs{};  ///< a, b, c; those that the operation takes
    VectorOutput output{};
};

/// Throws std::invalid_argument if an operand does not fit or formats are illegal.
void check_elementwise(const ElementwiseArgs& args);

/// Both throw as check_elementwise(), with nothing written. The same bits whatever the rounding
/// mode, flush-to-zero setting and flags in force, which are put back.
void elementwise(const ElementwiseArgs& args);
void elementwise_reference(const ElementwiseArgs& args);

}  // namespace athena::numerics
