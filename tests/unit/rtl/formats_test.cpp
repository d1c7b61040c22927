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

// A format with a layout that it may have.
struct Kept {
    OperandFormat format;
    bool along_k;  // k runs along the rows as they lie in memory
};

std::vector<Kept> kept_formats() {
    std::vector<Kept> all;
    for (unsigned number = 0; number < kFormats; ++number) {
        const auto format = static_cast<OperandFormat>(number);
        all.push_back({format, true});
        if (!is_mx(format)) {
            all.push_back({format, false});
        }
    }
    return all;
}

// Every result, accumulating and saturating where it may.
struct Modes {
    ResultFormat format = ResultFormat::Fp32;
    bool accumulate = false;
    bool saturate = false;
};
constexpr std::array kModes{Modes{},
                            Modes{.accumulate = true},
                            Modes{.format = ResultFormat::Bf16},
                            Modes{.format = ResultFormat::E4m3},
                            Modes{.format = ResultFormat::E4m3, .saturate = true},
                            Modes{.format = ResultFormat::E5m2},
                            Modes{.format = ResultFormat::E5m2, .saturate = true}};

Command command_of(const Kept& a, const Kept& b, const Modes& modes) {
    return {.a_format = a.format,
            .b_format = b.format,
            .c_format = modes.format,
            .accumulate = modes.accumulate,
            .transpose_a = !a.along_k,
            .transpose_b = b.along_k,
            .saturate = modes.saturate};
}

TEST_CASE("rtl tile: products of all formats, layouts and results equal the reference") {
    std::cout << "replay: ATHENA_SEED=" << seed()
              << " unit_rtl_products… 'rtl tile: products of all formats*'\n";
    TileBench bench(seed());
    for (const Kept& a : kept_formats()) {
        for (const Kept& b : kept_formats()) {
            for (const Modes& modes : kModes) {
                const std::array most{20U, 40U, 3 * std::max(kRows, kCols)};
                const std::uint32_t limit = most[bench.draw(most.size())];
                Command command = command_of(a, b, modes);
                command.m = 1 + bench.draw(limit);
                command.n = 1 + bench.draw(limit);
                command.k = bench.draw(2 * limit);
                (void)check_product(bench, placed(bench, command));
            }
        }
    }
}

TEST_CASE("rtl tile: K of more than one pass of scales") {
    TileBench bench(seed());
    for (unsigned i = 0; i < 12; ++i) {
        const auto mx = [&] { return Kept{static_cast<OperandFormat>(3 + bench.draw(6)), true}; };
        const auto all = kept_formats();
        Command command =
            command_of(i % 3 == 1 ? all[bench.draw(6)] : mx(),
                       i % 3 == 0 ? all[bench.draw(6)] : mx(), kModes[bench.draw(kModes.size())]);
        command.m = 1 + bench.draw(3 * kRows);
        command.n = 1 + bench.draw(3 * kCols);
        command.k = 1020 + bench.draw(i < 6 ? 10 : 1100);
        (void)check_product(bench, placed(bench, command));
    }
}

// A product whose outputs are one decoded element each: `index` and up of all elements times all
// scales, at one place along k; -0 at the others, 1 in the other operand, and sums that start from
// -0, to which only +0 makes a difference.
struct Decode {
    OperandFormat format;
    bool of_b;
    bool transposed;
    std::uint32_t index;
    std::uint32_t count;
    std::uint32_t k;
    std::uint32_t position;
};

// Where the operands of a Decode lie in L1.
constexpr std::uint32_t kOnes = 0x4'0000;
constexpr std::uint32_t kScales = 0x4'1000;
constexpr std::uint32_t kResult = 0x8'2000;

void put_lane(TileBench& bench, const Decode& decode, std::uint32_t lane, std::uint32_t code) {
    const std::uint32_t bits = numerics::element_bits(format_of(decode.format));
    std::uint32_t row = 0;
    for (std::uint32_t k = 0; k < decode.k; ++k) {
        row |= (k == decode.position ? code : 1U << (bits - 1)) << k * bits;
    }
    // With one k, elements may lie along the lanes; else each lane has a row.
    const bool along_lanes = decode.of_b != decode.transposed;
    const std::uint32_t at = along_lanes ? lane * bits / 8 : lane * 32;
    std::memcpy(&bench.l1()[at], &row, (bits * decode.k + 7) / 8);
}

void check_decode(TileBench& bench, const Decode& decode) {
    const std::uint32_t elements = 1U << numerics::element_bits(format_of(decode.format));
    std::fill(bench.l1().begin(), bench.l1().end(), std::byte{0});
    for (std::uint32_t i = 0; i < decode.count; ++i) {
        put_lane(bench, decode, i, (decode.index + i) % elements);
        bench.l1()[kScales + i * 32] = static_cast<std::byte>((decode.index + i) / elements);
    }
    constexpr std::uint16_t kOne = 0x3F80;
    for (std::uint32_t k = 0; k < decode.k; ++k) {
        std::memcpy(&bench.l1()[kOnes + k * (decode.of_b ? 2 : 32)], &kOne, 2);
    }
    for (std::uint32_t at = kResult; at < kResult + decode.count * 32; at += 4) {
        bench.l1()[at + 3] = std::byte{0x80};
    }
    const bool along_lanes = decode.of_b != decode.transposed;
    Command command{.tag = 1,
                    .m = decode.of_b ? 1 : decode.count,
                    .n = decode.of_b ? decode.count : 1,
                    .k = decode.k,
                    .a = decode.of_b ? kOnes : 0,
                    .b = decode.of_b ? 0 : kOnes,
                    .c = kResult,
                    .c_ld = decode.of_b ? (decode.count * 4 + 31) / 32 * 32 : 32,
                    .accumulate = true};
    const std::uint32_t ld = along_lanes ? (decode.count * 2 + 31) / 32 * 32 : 32;
    (decode.of_b ? command.b_ld : command.a_ld) = ld;
    (decode.of_b ? command.a_ld : command.b_ld) = 32;
    (decode.of_b ? command.b_format : command.a_format) = decode.format;
    (decode.of_b ? command.transpose_b : command.transpose_a) = decode.transposed;
    if (is_mx(decode.format)) {
        (decode.of_b ? command.b_scale : command.a_scale) = kScales;
        (decode.of_b ? command.b_scale_ld : command.a_scale_ld) = 32;
    }
    INFO("elements from " << decode.index << " on at k = " << decode.position);
    (void)check_product(bench, command);
}

TEST_CASE("rtl tile: every element with every scale decodes as the reference does") {
    constexpr std::uint32_t kMost = 0x2000;
    TileBench bench;
    for (const Kept& kept : kept_formats()) {
        const std::uint32_t bits = numerics::element_bits(format_of(kept.format));
        const std::uint32_t all = (1U << bits) * (is_mx(kept.format) ? 256U : 1U);
        // Packed elements at each place of whole bytes
        const std::uint32_t places = bits == 6 ? 4 : bits == 4 ? 2 : 1;
        for (std::uint32_t place = 0; place < places; ++place) {
            for (const bool of_b : {false, true}) {
                for (std::uint32_t index = 0; index < all; index += kMost) {
                    check_decode(bench, {kept.format, of_b, kept.along_k == of_b, index,
                                         std::min(kMost, all - index), places, place});
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

TEST_CASE("rtl tile: NaNs of C become the canonical one even without a product") {
    TileBench bench;
    constexpr std::array<std::uint32_t, 8> kValues{0x7F80'0000, 0x7F80'0001, 0xFF80'0000,
                                                   0xFF80'0001, 0x7FBF'FFFF, 0x7FC0'0000,
                                                   0xFFFF'FFFF, 0x0000'0001};
    std::memcpy(&bench.l1()[0], kValues.data(), sizeof kValues);
    (void)check_product(bench, {.m = 1, .n = kValues.size(), .c_ld = 32, .accumulate = true});
}

}  // namespace
}  // namespace athena::rtl
