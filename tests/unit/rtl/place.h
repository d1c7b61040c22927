// SPDX-License-Identifier: Apache-2.0
// Matrices for commands: their places in L1 and random elements of every format.
#pragma once

#include <catch2/catch.hpp>
#include <tuple>
#include <utility>

#include "command.h"
#include "numerics/formats.h"
#include "regs/tile_regs.h"

namespace athena::rtl {

[[nodiscard]] constexpr numerics::OperandFormat format_of(OperandFormat format) {
    return static_cast<numerics::OperandFormat>(format);
}

/// A matrix as it lies in L1.
struct Stored {
    std::uint32_t rows = 0;
    std::uint32_t row_bytes = 0;
};

[[nodiscard]] inline Stored stored_a(const Command& command) {
    const auto [rows, columns] =
        command.transpose_a ? std::pair(command.k, command.m) : std::pair(command.m, command.k);
    return {rows,
            static_cast<std::uint32_t>(numerics::row_bytes(format_of(command.a_format), columns))};
}

[[nodiscard]] inline Stored stored_b(const Command& command) {
    const auto [rows, columns] =
        command.transpose_b ? std::pair(command.n, command.k) : std::pair(command.k, command.n);
    return {rows,
            static_cast<std::uint32_t>(numerics::row_bytes(format_of(command.b_format), columns))};
}

/// BF16 of all classes: mostly of moderate size, so that sums neither vanish nor overflow.
[[nodiscard]] inline std::uint16_t random_bf16(std::mt19937& random) {
    const auto bits = static_cast<std::uint16_t>(random());
    switch (random() % 32) {
        case 0:
            return static_cast<std::uint16_t>(bits & 0x8000);  // zero
        case 1:
            return static_cast<std::uint16_t>(bits & 0x807F);  // subnormal
        case 2:
            return bits;  // anything
        case 3:
            return static_cast<std::uint16_t>((bits & 0x8000) | 0x7F80 |  // infinite or NaN, rarely
                                              (random() % 64 == 0 ? bits & 0x7F : 0x7000));
        default:
            return static_cast<std::uint16_t>((bits & 0x807F) | (120 + random() % 16) << 7);
    }
}

/// A byte of elements: any, but of the 8-bit floating-point formats mostly finite ones.
[[nodiscard]] inline std::uint8_t random_elements(std::mt19937& random, OperandFormat format) {
    const auto byte = static_cast<std::uint8_t>(random());
    const bool has_specials = format <= OperandFormat::Mxfp8E5m2;
    return has_specials && random() % 256 != 0 ? static_cast<std::uint8_t>(byte & 0xBF) : byte;
}

/// Scales around 1, rarely any.
[[nodiscard]] inline std::uint8_t random_scale(std::mt19937& random) {
    return static_cast<std::uint8_t>(random() % 128 == 0 ? random() : 119 + random() % 16);
}

/// Places the matrices of a command with formats, flags, M, N and K one after another, with random
/// gaps and leading dimensions, and fills all of L1.
class Placer {
  public:
    Placer(TileBench& bench, Command& command) : bench_(bench), command_(command) {}

    void place() {
        for (std::size_t i = 0; i < kL1Bytes; i += 4) {
            const auto value = static_cast<std::uint32_t>(bench_.random());
            std::memcpy(&bench_.l1()[i], &value, 4);
        }
        const Stored a = stored_a(command_);
        const Stored b = stored_b(command_);
        const std::uint32_t blocks = (command_.k + 31) / 32;
        std::tie(command_.a, command_.a_ld) = next(a);
        std::tie(command_.b, command_.b_ld) = next(b);
        std::tie(command_.c, command_.c_ld) =
            next({command_.m, command_.n * result_bytes(command_.c_format)});
        fill(command_.a_format, command_.a, command_.a_ld, a);
        fill(command_.b_format, command_.b, command_.b_ld, b);
        if (is_mx(command_.a_format)) {
            std::tie(command_.a_scale, command_.a_scale_ld) = next({command_.m, blocks});
            fill_scales(command_.a_scale, command_.a_scale_ld, {command_.m, blocks});
        }
        if (is_mx(command_.b_format)) {
            std::tie(command_.b_scale, command_.b_scale_ld) = next({command_.n, blocks});
            fill_scales(command_.b_scale, command_.b_scale_ld, {command_.n, blocks});
        }
        if (command_.accumulate) {
            fill_c();
        }
        REQUIRE(end_ <= kL1Bytes);
    }

  private:
    [[nodiscard]] std::uint32_t gap() {
        return static_cast<std::uint32_t>(bench_.random() % 4) * 32;
    }

    // Address and leading dimension
    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> next(Stored stored) {
        const std::uint32_t address = end_ + gap();
        const std::uint32_t ld =
            (stored.row_bytes + 31) / 32 * 32 + (bench_.random() % 2 == 0 ? 0 : gap());
        end_ = address + ld * stored.rows;
        return {address, ld};
    }

    void fill(OperandFormat format, std::uint32_t address, std::uint32_t ld, Stored stored) {
        for (std::uint32_t row = 0; row < stored.rows; ++row) {
            const auto bytes = bench_.l1().subspan(address + std::size_t{row} * ld);
            if (format == OperandFormat::Bf16) {
                for (std::uint32_t i = 0; i < stored.row_bytes; i += 2) {
                    const std::uint16_t value = random_bf16(bench_.random);
                    std::memcpy(&bytes[i], &value, 2);
                }
                continue;
            }
            for (std::uint32_t i = 0; i < stored.row_bytes; ++i) {
                bytes[i] = std::byte{random_elements(bench_.random, format)};
            }
        }
    }

    void fill_scales(std::uint32_t address, std::uint32_t ld, Stored stored) {
        for (std::uint32_t row = 0; row < stored.rows; ++row) {
            for (std::uint32_t i = 0; i < stored.row_bytes; ++i) {
                bench_.l1()[address + std::size_t{row} * ld + i] =
                    std::byte{random_scale(bench_.random)};
            }
        }
    }

    void fill_c() {
        for (std::uint32_t row = 0; row < command_.m; ++row) {
            for (std::uint32_t i = 0; i < command_.n; ++i) {
                const std::uint32_t value =
                    std::uint32_t{random_bf16(bench_.random)} << 16 | (bench_.random() & 0xFFFF);
                std::memcpy(&bench_.l1()[command_.c + std::size_t{row} * command_.c_ld + i * 4],
                            &value, 4);
            }
        }
    }

    TileBench& bench_;
    Command& command_;
    std::uint32_t end_ = 0;  // of what is placed
};

inline Command placed(TileBench& bench, Command command) {
    command.tag = static_cast<std::uint32_t>(bench.random());
    Placer(bench, command).place();
    return command;
}

/// Runs the command: all of L1 against numerics::gemm_reference, the cycles against the formula of
/// docs/tile.md. Returns the cycles.
inline std::uint64_t check_product(TileBench& bench, const Command& command) {
    INFO("m " << command.m << " n " << command.n << " k " << command.k << " formats "
              << static_cast<int>(command.a_format) << " " << static_cast<int>(command.b_format)
              << " " << static_cast<int>(command.c_format) << " accumulate " << command.accumulate
              << " saturate " << command.saturate << " ta " << command.transpose_a << " tb "
              << command.transpose_b << " scale_ld " << command.a_scale_ld << " "
              << command.b_scale_ld);
    std::vector<std::byte> expected(bench.l1().begin(), bench.l1().end());
    multiply_by_reference(command, expected);
    bench.records.clear();
    REQUIRE(bench.push(line_of(command)));
    REQUIRE(bench.drain());
    REQUIRE(bench.records == std::vector<Record>{{command.tag, 0}});
    const auto difference = std::mismatch(expected.begin(), expected.end(), bench.l1().begin());
    if (difference.first != expected.end()) {
        FAIL("first difference at byte " << difference.first - expected.begin() << ", C at "
                                         << command.c << " ld " << command.c_ld);
    }
    const std::uint64_t cycles = bench.register_value(regs::tile::kCommandCyclesOffset);
    CHECK(cycles == expected_cycles(command));
    return cycles;
}

/// Multiply-accumulates of the array's capacity.
[[nodiscard]] inline double busy(const Command& command, std::uint64_t cycles) {
    return static_cast<double>(command.m) * command.n * command.k / (kRows * kCols) /
           static_cast<double>(cycles);
}

}  // namespace athena::rtl
