// SPDX-License-Identifier: Apache-2.0
// Operand formats, layouts and results of the Verilated tile against numerics::gemm_reference:
// decoders exhaustively, all pairs, FP8 results around every rounding.
#include <bit>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "place.h"

namespace athena::rtl {
namespace {

constexpr unsigned kFormats = numerics::kOperandFormats;

// ATHENA_SEED replays a failing run.
std::uint32_t seed() {
    const char* text = std::getenv("ATHENA_SEED");
    return text != nullptr ? static_cast<std::uint32_t>(std::atoll(text)) : 1;
}

// Layout, result and flags that these operands allow
Command random_modes(TileBench& bench, OperandFormat a, OperandFormat b) {
    Command command{.a_format = a, .b_format = b};
    command.c_format = static_cast<ResultFormat>(bench.draw(numerics::kResultFormats));
    command.accumulate = command.c_format == ResultFormat::Fp32 && bench.draw(2) == 0;
    command.saturate = result_bytes(command.c_format) == 1 && bench.draw(2) == 0;
    command.transpose_a = !is_mx(a) && bench.draw(2) == 0;
    command.transpose_b = is_mx(b) || bench.draw(2) == 0;
    return command;
}

TEST_CASE("rtl tile: products of all pairs of formats equal the reference in bits and cycles") {
    std::cout << "replay: ATHENA_SEED=" << seed() << "\n";
    TileBench bench(seed());
    for (unsigned pair = 0; pair < kFormats * kFormats; ++pair) {
        for (const std::uint32_t most : {40U, 3 * std::max(kRows, kCols), 100U}) {
            Command command = random_modes(bench, static_cast<OperandFormat>(pair / kFormats),
                                           static_cast<OperandFormat>(pair % kFormats));
            command.m = 1 + bench.draw(most);
            command.n = 1 + bench.draw(most);
            command.k = bench.draw(2 * most);
            (void)check_product(bench, placed(bench, command));
        }
    }
}

TEST_CASE("rtl tile: K of more than one pass of scales") {
    TileBench bench(seed());
    for (unsigned i = 0; i < 12; ++i) {
        const bool both = i % 3 == 2;
        const auto mx = [&] { return static_cast<OperandFormat>(3 + bench.draw(6)); };
        Command command = random_modes(bench, both || i % 3 == 0 ? mx() : OperandFormat::E5m2,
                                       both || i % 3 == 1 ? mx() : OperandFormat::Bf16);
        command.m = 1 + bench.draw(3 * kRows);
        command.n = 1 + bench.draw(3 * kCols);
        command.k = 1020 + bench.draw(i < 6 ? 10 : 1100);
        (void)check_product(bench, placed(bench, command));
    }
}

// A product with one k and an operand of 1, so that each output is one decoded element: `index` and
// up of all elements times all scales.
struct Decode {
    OperandFormat format;
    bool of_b;
    bool transposed;
    std::uint32_t index;
    std::uint32_t count;
};

void put_element(TileBench& bench, const Decode& decode, std::uint32_t place, std::uint32_t code) {
    const std::uint32_t bits = numerics::element_bits(format_of(decode.format));
    // Along the lanes elements are packed, else each has a row.
    const bool packed = decode.of_b != decode.transposed;
    const std::uint32_t at = packed ? place * bits / 8 : place * 32;
    std::memcpy(&bench.l1()[at], &code, bits == 16 ? 2 : 1);
}

void check_decode(TileBench& bench, const Decode& decode) {
    constexpr std::uint32_t kOne = 0x4'0000;
    constexpr std::uint32_t kScales = 0x4'1000;
    constexpr std::uint32_t kResult = 0x8'2000;
    const std::uint32_t elements = 1U << numerics::element_bits(format_of(decode.format));
    std::fill(bench.l1().begin(), bench.l1().end(), std::byte{0});
    for (std::uint32_t i = 0; i < decode.count; ++i) {
        put_element(bench, decode, i, (decode.index + i) % elements);
        bench.l1()[kScales + i * 32] = static_cast<std::byte>((decode.index + i) / elements);
    }
    bench.l1()[kOne + 1] = std::byte{0x3F};
    bench.l1()[kOne] = std::byte{0x80};
    const bool packed = decode.of_b != decode.transposed;
    Command command{.tag = 1,
                    .m = decode.of_b ? 1 : decode.count,
                    .n = decode.of_b ? decode.count : 1,
                    .k = 1,
                    .a = decode.of_b ? kOne : 0,
                    .b = decode.of_b ? 0 : kOne,
                    .c = kResult,
                    .c_ld = decode.of_b ? (decode.count * 4 + 31) / 32 * 32 : 32};
    const std::uint32_t ld = packed ? (decode.count * 2 + 31) / 32 * 32 : 32;
    (decode.of_b ? command.b_ld : command.a_ld) = ld;
    (decode.of_b ? command.a_ld : command.b_ld) = 32;
    (decode.of_b ? command.b_format : command.a_format) = decode.format;
    (decode.of_b ? command.transpose_b : command.transpose_a) = decode.transposed;
    if (is_mx(decode.format)) {
        (decode.of_b ? command.b_scale : command.a_scale) = kScales;
        (decode.of_b ? command.b_scale_ld : command.a_scale_ld) = 32;
    }
    (void)check_product(bench, command);
}

TEST_CASE("rtl tile: every element with every scale decodes as the reference does") {
    constexpr std::uint32_t kMost = 0x2000;
    TileBench bench;
    for (unsigned number = 0; number < kFormats; ++number) {
        const auto format = static_cast<OperandFormat>(number);
        const std::uint32_t all =
            (1U << numerics::element_bits(format_of(format))) * (is_mx(format) ? 256U : 1U);
        for (const bool of_b : {false, true}) {
            for (const bool transposed : {false, true}) {
                if (is_mx(format) && transposed != of_b) {
                    continue;
                }
                for (std::uint32_t index = 0; index < all; index += kMost) {
                    check_decode(bench,
                                 {format, of_b, transposed, index, std::min(kMost, all - index)});
                }
            }
        }
    }
}

// Any finite FP32 number as three BF16 terms whose sum is exact.
std::array<std::uint16_t, 3> terms_of(float value) {
    std::array<std::uint16_t, 3> terms{};
    for (std::uint16_t& term : terms) {
        const auto bits = std::bit_cast<std::uint32_t>(value) & 0xFFFF'0000U;
        term = static_cast<std::uint16_t>(bits >> 16);
        value -= std::bit_cast<float>(bits);
    }
    return terms;
}

// Numbers around every boundary of FP8: the exact ones, the middle of two neighbours, and the FP32
// numbers next to each of them; and both sides of overflow.
std::vector<float> fp8_boundaries(numerics::OperandFormat format) {
    std::vector<float> exact{0.0F};
    for (unsigned code = 1; code < 128; ++code) {
        const float value = numerics::fp32_from_element(format, static_cast<std::uint16_t>(code));
        if (std::isfinite(value)) {
            exact.push_back(value);
        }
    }
    const float largest = exact.back();
    exact.push_back(largest + (largest - exact[exact.size() - 2]));
    std::vector<float> numbers;
    const auto around = [&](float value) {
        for (const float near :
             {std::nextafter(value, 0.0F), value, std::nextafter(value, 1e38F)}) {
            numbers.push_back(near);
            numbers.push_back(-near);
        }
    };
    for (std::size_t i = 0; i < exact.size(); ++i) {
        around(exact[i]);
        if (i > 0) {
            around(exact[i - 1] / 2 + exact[i] / 2);
        }
    }
    for (const float value : {1e6F, 3e38F, 1e-30F, 1e-40F, HUGE_VALF, -HUGE_VALF, NAN}) {
        around(value);
    }
    return numbers;
}

void check_results(TileBench& bench, std::span<const float> numbers, ResultFormat format,
                   bool saturate) {
    constexpr std::uint32_t kOnes = 0x4'0000;
    constexpr std::uint16_t kOne = 0x3F80;
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
        const auto terms = terms_of(numbers[i]);
        std::memcpy(&bench.l1()[i * 32], terms.data(), sizeof terms);
    }
    for (std::uint32_t k = 0; k < 3; ++k) {
        std::memcpy(&bench.l1()[kOnes + k * 32], &kOne, 2);
    }
    (void)check_product(bench, {.tag = 1,
                                .m = static_cast<std::uint32_t>(numbers.size()),
                                .n = 1,
                                .k = 3,
                                .a = 0,
                                .b = kOnes,
                                .c = 0x5'0000,
                                .a_ld = 32,
                                .b_ld = 32,
                                .c_ld = 32,
                                .c_format = format,
                                .saturate = saturate});
}

TEST_CASE("rtl tile: FP8 results are right around every rounding and at overflow") {
    TileBench bench;
    const auto e4m3 = fp8_boundaries(numerics::OperandFormat::E4m3);
    const auto e5m2 = fp8_boundaries(numerics::OperandFormat::E5m2);
    REQUIRE(e4m3.size() > 1500);
    for (const bool saturate : {false, true}) {
        check_results(bench, e4m3, ResultFormat::E4m3, saturate);
        check_results(bench, e5m2, ResultFormat::E5m2, saturate);
    }
}

TEST_CASE("rtl tile: BF16 results are right around roundings, among subnormals, and at overflow") {
    TileBench bench;
    std::vector<float> numbers;
    for (std::uint32_t i = 0; i < 4096; ++i) {
        // Exponents from subnormal to infinite; lower halves around the tie.
        const std::uint32_t upper = i < 2048 ? i * 16 + bench.draw(16) : bench.draw(0x8000);
        constexpr std::array<std::uint32_t, 6> kLower{0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
        const std::uint32_t bits = upper << 16 | kLower[i % 6] | bench.draw(2) << 31;
        numbers.push_back(std::bit_cast<float>(bits));
    }
    numbers.push_back(std::bit_cast<float>(0x7F7F'7FFFU));
    numbers.push_back(std::bit_cast<float>(0x7F7F'8000U));
    check_results(bench, numbers, ResultFormat::Bf16, false);
}

}  // namespace
}  // namespace athena::rtl
