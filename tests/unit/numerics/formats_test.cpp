// SPDX-License-Identifier: Apache-2.0
// Operand and result formats: every encoding with every scale, all pairs of formats in products,
// and FP8 around every rounding, against rational.h.
#include "numerics/formats.h"

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "exact_model.h"
#include "kernels.h"
#include "numerics/gemm.h"
#include "operands.h"
#include "rational.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

OperandFormat operand(unsigned number) {
    return static_cast<OperandFormat>(number);
}

std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

// Element `index` of packed ones, lowest bits first
std::uint32_t element_at(std::span<const std::byte> row, unsigned bits, std::size_t index) {
    std::uint32_t code = 0;
    for (unsigned bit = 0; bit < bits; ++bit) {
        const std::size_t place = index * bits + bit;
        code |= (std::to_integer<std::uint32_t>(row[place / 8]) >> place % 8 & 1U) << bit;
    }
    return code;
}

void put_element(std::span<std::byte> row, unsigned bits, std::size_t index, std::uint32_t code) {
    for (unsigned bit = 0; bit < bits; ++bit) {
        const std::size_t place = index * bits + bit;
        const auto mask = static_cast<std::byte>(1U << place % 8);
        row[place / 8] = (code >> bit & 1U) != 0 ? row[place / 8] | mask : row[place / 8] & ~mask;
    }
}

// An operand of `outer` rows of A or columns of B.
struct Side {
    unsigned format = 0;
    bool along_k = true;  // k runs along the rows as they lie in memory
    std::size_t outer = 0;
    std::size_t k = 0;
    std::size_t ld = 0;
    std::size_t scale_ld = 0;
    std::vector<std::byte> data;
    std::vector<std::byte> scales;

    Side(unsigned format_number, bool runs_along_k, std::size_t outer_size, std::size_t k_size,
         std::size_t more = 0)
        : format(format_number), along_k(runs_along_k), outer(outer_size), k(k_size) {
        const std::size_t rows = along_k ? outer : k;
        ld = row_bytes(operand(format), along_k ? k : outer) + more;
        ld += ld % 2;
        data.resize(rows * ld + 64);
        scale_ld = (k + 31) / 32 + more;
        scales.resize(has_scales(operand(format)) ? outer * scale_ld : 0);
    }

    [[nodiscard]] unsigned bits() const { return element_bits(operand(format)); }
    [[nodiscard]] std::size_t row_of(std::size_t lane, std::size_t step) const {
        return (along_k ? lane : step) * ld;
    }
    void put(std::size_t lane, std::size_t step, std::uint32_t code) {
        put_element(std::span(data).subspan(row_of(lane, step)), bits(), along_k ? step : lane,
                    code);
    }
    // FP32 by rational.h
    [[nodiscard]] std::uint32_t decoded(std::size_t lane, std::size_t step) const {
        const std::uint32_t code =
            element_at(std::span(data).subspan(row_of(lane, step)), bits(), along_k ? step : lane);
        const auto scale = scales.empty() ? std::byte{127} : scales[lane * scale_ld + step / 32];
        return fp32_of(rational_operand(format, code, std::to_integer<std::uint8_t>(scale)));
    }
    [[nodiscard]] Operand view(bool transposed) const {
        return {.data = data,
                .ld = ld,
                .format = operand(format),
                .transposed = transposed,
                .scales = scales,
                .scale_ld = scale_ld};
    }
};

GemmArgs args_of(const Side& a, const Side& b) {
    GemmArgs args;
    args.m = a.outer;
    args.n = b.outer;
    args.k = a.k;
    args.a = a.view(!a.along_k);
    args.b = b.view(b.along_k);
    return args;
}

// The reference and then each kernel
template <typename Check>
void for_each_gemm(const GemmArgs& args, Check check) {
    GemmWorkspace workspace;
    const std::vector<std::byte> before(args.c.data.begin(), args.c.data.end());
    gemm_reference(args);
    check("reference");
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        std::ranges::copy(before, args.c.data.begin());
        gemm(args, workspace);
        check(gemm_kernel_name());
    }
}

// One k, the other operand 1: each output is one decoded element.
void check_decode(unsigned format, bool of_b, bool along_k) {
    const std::uint32_t elements = 1U << element_bits(operand(format));
    const std::uint32_t count = elements * (has_scales(operand(format)) ? 256U : 1U);
    Side side(format, along_k, count, 1);
    Side one(0, true, 1, 1);
    one.put(0, 0, 0x3F80);
    for (std::uint32_t i = 0; i < count; ++i) {
        side.put(i, 0, i % elements);
        if (!side.scales.empty()) {
            side.scales[i * side.scale_ld] = static_cast<std::byte>(i / elements);
        }
    }
    GemmArgs args = of_b ? args_of(one, side) : args_of(side, one);
    std::vector<float> c(count);
    args.c = {std::as_writable_bytes(std::span(c)), of_b ? count * 4 : 4};
    for_each_gemm(args, [&](const char* by) {
        for (std::uint32_t i = 0; i < count; ++i) {
            // +0 + -0 = +0
            const std::uint32_t expected = side.decoded(i, 0);
            const std::uint32_t sum = expected == 0x8000'0000 ? 0 : expected;
            if (bits_of(c[i]) != sum) {
                FAIL(by << ": format " << format << " element " << i % elements << " scale "
                        << i / elements << " is " << std::hex << bits_of(c[i]) << ", not " << sum);
            }
        }
    });
}

TEST_CASE("formats: every element with every scale decodes to its rational value") {
    for (unsigned format = 0; format < kOperandFormats; ++format) {
        for (const bool of_b : {false, true}) {
            check_decode(format, of_b, true);
            if (!has_scales(operand(format))) {
                check_decode(format, of_b, false);
            }
        }
    }
}

TEST_CASE("formats: an element without its scale keeps the sign of zero") {
    for (unsigned format = 0; format < kOperandFormats; ++format) {
        for (std::uint32_t code = 0; code < 1U << element_bits(operand(format)); ++code) {
            CAPTURE(format, code);
            const std::uint32_t found =
                bits_of(fp32_from_element(operand(format), static_cast<std::uint16_t>(code)));
            const std::uint32_t expected = fp32_of(rational_element(format, code));
            // BF16 NaNs keep their bits until they are multiplied.
            const bool both_nan =
                format == 0 && (found & 0x7FFF'FFFF) > 0x7F80'0000 && expected == 0x7FC0'0000;
            REQUIRE((both_nan || found == expected));
        }
    }
}

void fill(Side& side, std::mt19937& random) {
    const bool specials = random() % 8 == 0;
    for (std::byte& byte : side.data) {
        byte = static_cast<std::byte>(random() & (specials || side.format > 4 ? 0xFF : 0xBF));
    }
    if (side.format == 0) {
        for (std::size_t lane = 0; lane < side.outer; ++lane) {
            for (std::size_t step = 0; step < side.k; ++step) {
                const auto last = specials ? kClasses : kFiniteClasses;
                const auto value_class =
                    random() % 4 == 0
                        ? static_cast<ValueClass>(random() % static_cast<unsigned>(last))
                        : ValueClass::Middle;
                side.put(lane, step, random_bf16(random, value_class));
            }
        }
    }
    for (std::byte& scale : side.scales) {
        scale = static_cast<std::byte>(random() % 32 == 0 ? random() : 119 + random() % 16);
    }
}

std::uint32_t converted(ResultFormat format, bool saturate, float sum) {
    const std::uint32_t bits = std::isnan(sum) ? 0x7FC0'0000 : bits_of(sum);
    switch (format) {
        case ResultFormat::Fp32:
            return bits;
        case ResultFormat::Bf16:
            return exact_bf16(bits);
        default:
            return nearest_fp8(static_cast<unsigned>(format), bits, saturate);
    }
}

struct Modes {
    ResultFormat format = ResultFormat::Fp32;
    bool accumulate = false;
    bool saturate = false;
};

// fmaf over the rational decodes
void check_product(const Side& a, const Side& b, const Modes& modes, std::mt19937& random) {
    GemmArgs args = args_of(a, b);
    const std::size_t bytes = element_bytes(modes.format);
    std::vector<std::byte> c(args.m * args.n * bytes);
    for (std::size_t i = 0; modes.accumulate && i < args.m * args.n; ++i) {
        const std::uint32_t value = random_fp32(random, ValueClass::Middle);
        std::memcpy(&c[4 * i], &value, 4);
    }
    std::vector<std::uint32_t> expected;
    for (std::size_t m = 0; m < args.m; ++m) {
        for (std::size_t n = 0; n < args.n; ++n) {
            float sum = 0;
            if (modes.accumulate) {
                std::memcpy(&sum, &c[4 * (m * args.n + n)], 4);
            }
            for (std::size_t k = 0; k < args.k; ++k) {
                sum = std::fmaf(std::bit_cast<float>(a.decoded(m, k)),
                                std::bit_cast<float>(b.decoded(n, k)), sum);
            }
            expected.push_back(converted(modes.format, modes.saturate, sum));
        }
    }
    args.c = {c, args.n * bytes, modes.format};
    args.accumulate = modes.accumulate;
    args.saturate = modes.saturate;
    for_each_gemm(args, [&](const char* by) {
        for (std::size_t i = 0; i < expected.size(); ++i) {
            std::uint32_t found = 0;
            std::memcpy(&found, &c[i * bytes], bytes);
            if (found != expected[i]) {
                FAIL(by << ": C[" << i / args.n << "][" << i % args.n << "] is " << std::hex
                        << found << ", not " << expected[i]);
            }
        }
    });
}

TEST_CASE("formats: products of all pairs equal fmaf over their rational values") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'formats: products*'");
    std::mt19937 random(seed);
    for (unsigned pair = 0; pair < kOperandFormats * kOperandFormats; ++pair) {
        const unsigned a_format = pair / kOperandFormats;
        const unsigned b_format = pair % kOperandFormats;
        for (unsigned layout = 0; layout < 4; ++layout) {
            const bool a_along_k = layout % 2 == 0;
            const bool b_along_k = layout / 2 == 0;
            if ((!a_along_k && has_scales(operand(a_format))) ||
                (!b_along_k && has_scales(operand(b_format)))) {
                continue;
            }
            Modes modes;
            modes.format = static_cast<ResultFormat>(random() % kResultFormats);
            modes.accumulate = modes.format == ResultFormat::Fp32 && random() % 2 == 0;
            modes.saturate = is_fp8(modes.format) && random() % 2 == 0;
            const std::size_t k = random() % 100;
            Side a(a_format, a_along_k, 1 + random() % 20, k, 2 * (random() % 3));
            Side b(b_format, b_along_k, 1 + random() % 40, k, 2 * (random() % 3));
            fill(a, random);
            fill(b, random);
            CAPTURE(a_format, b_format, a_along_k, b_along_k, a.outer, b.outer, k,
                    static_cast<int>(modes.format), modes.accumulate, modes.saturate);
            check_product(a, b, modes, random);
        }
    }
}

// Numbers around each boundary: exact ones, ties, and the FP32 numbers next to each; overflow.
std::vector<std::uint32_t> fp8_boundaries(unsigned format) {
    const unsigned element = format - 1;  // E4M3, E5M2 as an operand
    std::vector<double> numbers;
    for (std::uint32_t code = 0; code < 128; ++code) {
        const Rational number = rational_element(element, code);
        if (number.kind == Rational::Kind::Finite) {
            numbers.push_back(std::ldexp(static_cast<double>(number.significand), number.exponent));
        }
    }
    numbers.push_back(2 * numbers.back() - numbers[numbers.size() - 2]);
    const std::size_t exact = numbers.size();
    for (std::size_t i = 1; i < exact; ++i) {
        numbers.push_back((numbers[i - 1] + numbers[i]) / 2);
    }
    std::vector<std::uint32_t> encodings{0x7F80'0000, 0x7F7F'FFFF, 0x7FC0'0000, 0x7F80'0001,
                                         0x0000'0001, 0x007F'FFFF, 0x0080'0000};
    for (const double number : numbers) {
        const auto value = static_cast<float>(number);
        REQUIRE(static_cast<double>(value) == number);
        for (const std::uint32_t near : {bits_of(value) - 1, bits_of(value), bits_of(value) + 1}) {
            encodings.push_back(near);
        }
    }
    return encodings;
}

TEST_CASE("formats: FP8 is rounded once, to nearest even, with overflow judged after it") {
    // OFP8 1.0, table 3; DESIGN's 464
    CHECK(nearest_fp8(2, bits_of(464.0F), false) == 0x7E);
    CHECK(nearest_fp8(2, bits_of(464.0F) + 1, false) == 0x7F);
    CHECK(nearest_fp8(2, bits_of(464.0F) + 1, true) == 0x7E);
    CHECK(nearest_fp8(3, bits_of(61440.0F), false) == 0x7C);
    CHECK(nearest_fp8(3, bits_of(61440.0F) - 1, false) == 0x7B);
    for (const unsigned format : {2U, 3U}) {
        for (const std::uint32_t magnitude : fp8_boundaries(format)) {
            for (const std::uint32_t sign : {0U, 0x8000'0000U}) {
                for (const bool saturate : {false, true}) {
                    const std::uint32_t bits = magnitude ^ sign;
                    const auto value = std::bit_cast<float>(bits);
                    CAPTURE(format, bits, saturate);
                    const std::uint8_t found = format == 2 ? e4m3_from_fp32(value, saturate)
                                                           : e5m2_from_fp32(value, saturate);
                    REQUIRE(found == nearest_fp8(format, bits, saturate));
                }
            }
        }
    }
}

// BF16 terms whose sum is exactly the FP32 number
std::array<std::uint16_t, 3> terms_of(float value) {
    std::array<std::uint16_t, 3> terms{};
    for (std::uint16_t& term : terms) {
        term = static_cast<std::uint16_t>(bits_of(value) >> 16);
        value -= std::bit_cast<float>(std::uint32_t{term} << 16);
    }
    return terms;
}

TEST_CASE("formats: every kernel converts sums as the rounding says") {
    for (const unsigned format : {2U, 3U}) {
        auto encodings = fp8_boundaries(format);
        const std::size_t half = encodings.size();
        for (std::size_t i = 0; i < half; ++i) {
            encodings.push_back(encodings[i] | 0x8000'0000);
        }
        Side a(0, true, encodings.size(), 3);
        Side ones(0, false, 1, 3);
        for (std::size_t k = 0; k < 3; ++k) {
            ones.put(0, k, 0x3F80);
        }
        for (std::size_t m = 0; m < encodings.size(); ++m) {
            const auto terms = terms_of(std::bit_cast<float>(encodings[m]));
            for (std::size_t k = 0; k < 3; ++k) {
                a.put(m, k, terms[k]);
            }
        }
        std::mt19937 random(1);
        for (const bool saturate : {false, true}) {
            check_product(a, ones,
                          {.format = static_cast<ResultFormat>(format), .saturate = saturate},
                          random);
        }
    }
}

}  // namespace
