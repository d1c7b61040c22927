// SPDX-License-Identifier: Apache-2.0
// The VECTOR command without SystemC: decoding, checks, the bytes of shared SRAM that it touches,
// its cycles and its execution (docs/vector-numerics.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "numerics/vector_operand.h"
#include "numerics/workspace.h"
#include "regs/descriptor_regs.h"

namespace athena::vector {

using Operation = regs::descriptor::VectorOperation;
using Status = regs::descriptor::Status;
using CommandLines = std::span<const std::byte, 128>;

/// Bytes of SRAM from `begin` to before `end`.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    [[nodiscard]] constexpr bool empty() const { return begin == end; }
    [[nodiscard]] constexpr bool meets(Range other) const {
        return begin < other.end && other.begin < end;
    }
    bool operator==(const Range&) const = default;
};

/// A row-major matrix in SRAM, as it lies there: of a row for all `rows` is 1, of an immediate 0.
struct Operand {
    bool used = false;
    numerics::VectorFormat format = numerics::VectorFormat::Fp32;
    numerics::Spread spread = numerics::Spread::Matrix;
    std::uint32_t address = 0;  ///< or the immediate's bits
    std::uint32_t ld = 0;
    std::uint64_t rows = 0;
    std::uint64_t row_bytes = 0;

    /// From the first byte to the last, gaps between rows included.
    [[nodiscard]] Range range() const {
        const bool has_bytes =
            used && spread != numerics::Spread::Immediate && rows != 0 && row_bytes != 0;
        return has_bytes ? Range{address, address + (rows - 1) * ld + row_bytes} : Range{};
    }
};

enum Place : std::size_t { kA, kB, kC, kD, kOut, kOut1, kOut2, kPlaces };

/// More is BadRange.
inline constexpr std::uint32_t kMostRows = 1 << 22;
inline constexpr std::uint32_t kMostColumns = 1 << 22;
inline constexpr std::uint64_t kMostElements = std::uint64_t{1} << 32;

/// A command that decode() accepted, with its operands.
struct VectorCommand {
    std::array<std::byte, 128> lines{};
    std::uint32_t tag = 0;
    Operation operation = Operation::Copy;
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    std::array<Operand, kPlaces> operands{};
};

struct DecodedVector {
    Status status = Status::Ok;
    VectorCommand command;  ///< only the tag unless the status is Ok
};

/// Checks in the order of README.md: BadOpcode, Reserved, UnsupportedFormat, BadFlags,
/// BadAlignment, BadRange, Overlap.
void decode_vector(CommandLines lines, std::uint64_t sram_bytes, DecodedVector& decoded);
[[nodiscard]] inline DecodedVector decode_vector(CommandLines lines, std::uint64_t sram_bytes) {
    DecodedVector decoded;
    decode_vector(lines, sram_bytes, decoded);
    return decoded;
}

/// Whether what a row gives depends on no other row.
[[nodiscard]] bool rows_are_apart(Operation operation);
/// `rows` rows from `first` on, of an operation whose rows are apart.
[[nodiscard]] VectorCommand rows_of(const VectorCommand& command, std::uint32_t first,
                                    std::uint32_t rows);

/// Runs it. Bytes between the rows of results are untouched.
void run_vector(const VectorCommand& command, std::span<std::byte> sram,
                numerics::Workspace& workspace);

/// Cycles on a core with so many FP32 lanes (README.md).
[[nodiscard]] std::uint64_t vector_cycles(const VectorCommand& command, std::uint32_t lanes);

}  // namespace athena::vector
