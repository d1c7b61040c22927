// SPDX-License-Identifier: Apache-2.0
#include "numerics/quantise.h"

#include <cmath>

#include "matrices.h"

using namespace athena;
using namespace athena::numerics;
using test::Matrix;
using test::Mix;

namespace {

constexpr std::array kFormats = {OperandFormat::Mxfp8E4m3, OperandFormat::Mxfp8E5m2,
                                 OperandFormat::Mxfp6E3m2, OperandFormat::Mxfp6E2m3,
                                 OperandFormat::Mxfp4,     OperandFormat::Mxint8};

// All numbers of a format by its decoder, which unit_numerics holds against the OCP texts; MXINT8
// without -2.
std::vector<std::pair<double, std::uint8_t>> numbers_of(OperandFormat format) {
    std::vector<std::pair<double, std::uint8_t>> numbers;
    for (unsigned code = 0; code < 1U << element_bits(format); ++code) {
        const double value = fp32_from_element(format, static_cast<std::uint16_t>(code));
        if (std::isfinite(value) && !(format == OperandFormat::Mxint8 && code == 0x80)) {
            numbers.emplace_back(value, static_cast<std::uint8_t>(code));
        }
    }
    return numbers;
}

double largest_of(OperandFormat format) {
    double largest = 0;
    for (const auto& [value, code] : numbers_of(format)) {
        largest = std::max(largest, value);
    }
    return largest;
}

// The nearest number by search; of two, the one whose code is even.
double nearest(OperandFormat format, double value) {
    double best = 0;
    double distance = INFINITY;
    bool even = false;
    for (const auto& [number, code] : numbers_of(format)) {
        const double d = std::abs(number - value);
        if (d < distance || (d == distance && !even && code % 2 == 0)) {
            best = number;
            distance = d;
            even = code % 2 == 0;
        }
    }
    return best;
}

std::uint32_t element_at(const std::vector<std::uint8_t>& bytes, std::size_t index, unsigned bits) {
    std::uint32_t code = 0;
    for (unsigned bit = 0; bit < bits; ++bit) {
        const std::size_t place = index * bits + bit;
        code |= (std::uint32_t{bytes[place / 8]} >> place % 8 & 1) << bit;
    }
    return code;
}

struct Quantised {
    std::vector<std::uint8_t> elements;
    std::vector<std::uint8_t> scales;
};

using Quantise = void (*)(const QuantiseArgs&);

Quantised quantised(OperandFormat format, const Matrix& x, std::size_t rows, std::size_t columns,
                    bool along_columns, Quantise run = &quantise) {
    const std::size_t outer = along_columns ? columns : rows;
    const std::size_t inner = along_columns ? rows : columns;
    const std::size_t ld = row_bytes(format, inner);
    const std::size_t blocks = (inner + 31) / 32;
    Quantised result{std::vector<std::uint8_t>(outer * ld),
                     std::vector<std::uint8_t>(outer * blocks)};
    run({format, rows, columns, along_columns, x.input(),
         std::as_writable_bytes(std::span(result.elements)), ld,
         std::as_writable_bytes(std::span(result.scales)), blocks});
    return result;
}

// Calls check(the reference), and check(the kernel) for each kernel of this CPU.
template <class Check>
void for_all(const Check& check) {
    check(&quantise_reference);
    for (const std::int64_t target : test::kernel_targets()) {
        const test::KernelScope scope(target);
        INFO("kernel " << gemm_kernel_name());
        check(&quantise);
    }
}

// The code of a number, without its sign.
struct Step {
    double value;
    std::uint32_t code;
};

// What is not negative, in ascending order.
std::vector<Step> steps_of(OperandFormat format) {
    std::vector<Step> steps;
    for (const auto& [value, code] : numbers_of(format)) {
        if (!std::signbit(value)) {
            steps.push_back({value, code});
        }
    }
    std::ranges::sort(steps, {}, &Step::value);
    return steps;
}

// A block with `anchor` at `place`, along rows or columns; the others are `values`, as many as fit.
void check_codes(OperandFormat format, const std::vector<std::pair<float, std::uint32_t>>& wanted,
                 float anchor, int scale) {
    const unsigned bits = element_bits(format);
    for (std::size_t first = 0; first < wanted.size(); first += kMxBlock - 1) {
        const std::size_t count = std::min(kMxBlock - 1, wanted.size() - first);
        const std::size_t place = first % (count + 1);
        for (const bool along_columns : {false, true}) {
            const std::size_t rows = along_columns ? count + 1 : 1;
            Matrix x(rows, along_columns ? 1 : count + 1, VectorFormat::Fp32, 0);
            const auto set = [&](std::size_t i, float value) {
                along_columns ? x.set(i, 0, value) : x.set(0, i, value);
            };
            for (std::size_t i = 0; i < count; ++i) {
                set(i < place ? i : i + 1, wanted[first + i].first);
            }
            set(place, anchor);
            for_all([&](Quantise run) {
                const Quantised result =
                    quantised(format, x, rows, along_columns ? 1 : count + 1, along_columns, run);
                REQUIRE(int{result.scales[0]} == scale);
                for (std::size_t i = 0; i < count; ++i) {
                    INFO("value " << wanted[first + i].first << ", scale " << scale);
                    REQUIRE(element_at(result.elements, i < place ? i : i + 1, bits) ==
                            wanted[first + i].second);
                }
            });
        }
    }
}

}  // namespace

TEST_CASE("quantise: each element is the nearest number, the scale the OCP rule's") {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (const OperandFormat format : kFormats) {
        const double largest = largest_of(format);
        const int emax = format == OperandFormat::Mxint8 ? 0 : std::ilogb(largest);
        for (int round = 0; round < 40; ++round) {
            INFO("format " << static_cast<int>(format) << ", round " << round);
            const std::size_t count = 1 + random() % 32;
            Matrix x(1, count, VectorFormat::Fp32, 0);
            x.fill(random, round % 2 == 0 ? Mix::Numbers : Mix::Finite);
            double m = 0;
            for (std::size_t i = 0; i < count; ++i) {
                m = std::max(m, std::abs(double{x.at(0, i)}));
            }
            if (m == 0) {
                continue;
            }
            const int e = std::clamp(static_cast<int>(std::floor(std::log2(m))) - emax, -127, 127);
            for_all([&](Quantise run) {
                const Quantised result = quantised(format, x, 1, count, false, run);
                REQUIRE(int{result.scales[0]} == e + 127);
                for (std::size_t i = 0; i < count; ++i) {
                    const double wanted =
                        std::clamp(std::ldexp(double{x.at(0, i)}, -e), -largest, largest);
                    const auto code = static_cast<std::uint16_t>(
                        element_at(result.elements, i, element_bits(format)));
                    REQUIRE(double{fp32_from_element(format, code)} == nearest(format, wanted));
                }
            });
        }
    }
}

TEST_CASE(
    "quantise: rounding changes where the numbers' middles are, ties to even, at all scales") {
    for (const OperandFormat format : kFormats) {
        INFO("format " << static_cast<int>(format));
        const std::vector<Step> steps = steps_of(format);
        const bool is_integer = format == OperandFormat::Mxint8;
        const int emax = is_integer ? 0 : std::ilogb(steps.back().value);
        const auto code = [&](std::uint32_t magnitude, bool negative) {
            return !negative    ? magnitude
                   : is_integer ? (256 - magnitude) & 0xFF
                                : magnitude | 1U << (element_bits(format) - 1);
        };
        for (const int scale : {0, 1, 2, 30, 126, 127, 128, 200, 253 - emax, 254 - emax}) {
            std::vector<std::pair<float, std::uint32_t>> wanted;
            const auto want = [&](double value, std::uint32_t magnitude) {
                const double placed = std::ldexp(value, scale - 127);
                if (double{static_cast<float>(placed)} == placed) {  // an FP32 number
                    wanted.emplace_back(static_cast<float>(placed), code(magnitude, false));
                    wanted.emplace_back(-static_cast<float>(placed), code(magnitude, true));
                }
            };
            for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
                const auto& [below, low] = steps[i];
                const auto& [above, high] = steps[i + 1];
                const auto middle = static_cast<float>((below + above) / 2);
                want(below, low);
                want(std::nextafter(middle, 0.0F), low);
                want(middle, low % 2 == 0 ? low : high);
                want(std::nextafter(middle, 1e9F), high);
            }
            const double end = std::ldexp(1.0, emax + 1);  // of what this scale can have
            want(steps.back().value, steps.back().code);
            want((steps.back().value + end) / 2, steps.back().code);
            want(std::nextafter(static_cast<float>(end), 0.0F), steps.back().code);
            const float anchor = std::ldexp(1.0F, emax + scale - 127);
            check_codes(format, wanted, anchor, scale);
        }
    }
}

TEST_CASE("quantise: kernels equal the reference") {
    constexpr std::array kInputs = {VectorFormat::Fp32, VectorFormat::Bf16, VectorFormat::E4m3,
                                    VectorFormat::E5m2};
    constexpr std::array kSpreads = {Spread::Matrix, Spread::Matrix, Spread::Column,
                                     Spread::Immediate};
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 600; ++round) {
        INFO("round " << round);
        const OperandFormat format = kFormats[random() % kFormats.size()];
        const auto mix = static_cast<Mix>(random() % test::kMixes);
        const bool along_columns = random() % 2 == 0;
        const std::size_t rows = random() % 80;
        const std::size_t columns = random() % 80;
        Matrix x(rows, columns, kInputs[random() % kInputs.size()], random() % 3);
        x.fill(random, mix);
        const std::size_t outer = along_columns ? columns : rows;
        const std::size_t inner = along_columns ? rows : columns;
        // E4M3 here stands for a byte.
        Matrix elements(outer, row_bytes(format, inner), VectorFormat::E4m3, random() % 9);
        Matrix scales(outer, (inner + kMxBlock - 1) / kMxBlock, VectorFormat::E4m3, random() % 3);
        elements.fill(random, mix);
        VectorInput input = random() % 4 == 0 ? x.row_for_all() : x.input();
        input.spread = kSpreads[random() % kSpreads.size()];
        input.immediate = test::random_fp32(random, mix);
        input.format = input.spread == Spread::Immediate ? VectorFormat::Fp32 : x.format();
        const QuantiseArgs args{format,        rows,
                                columns,       along_columns,
                                input,         elements.output().data,
                                elements.ld(), scales.output().data,
                                scales.ld()};
        test::check_equal(
            {&elements, &scales}, [&] { quantise_reference(args); }, [&] { quantise(args); });
    }
}

TEST_CASE("quantise: zeros, infinities and NaNs") {
    for (const OperandFormat format : kFormats) {
        INFO("format " << static_cast<int>(format));
        Matrix x(1, 34, VectorFormat::Fp32, 0);
        for (std::size_t i = 0; i < 34; ++i) {
            x.set(0, i, i % 2 == 0 ? -0.0F : 0.0F);
        }
        x.set(0, 33, INFINITY);
        const unsigned bits = element_bits(format);
        const std::uint32_t minus = format == OperandFormat::Mxint8 ? 0 : 1U << (bits - 1);
        for_all([&](Quantise run) {
            const Quantised result = quantised(format, x, 1, 34, false, run);
            CHECK(int{result.scales[0]} == 0);
            CHECK(int{result.scales[1]} == 0xFF);
            CHECK(element_at(result.elements, 0, bits) == minus);
            CHECK(element_at(result.elements, 1, bits) == 0);
            CHECK(element_at(result.elements, 32, bits) == 0);
            CHECK(element_at(result.elements, 33, bits) == 0);
        });
        x.set(0, 5, NAN);
        for_all([&](Quantise run) {
            CHECK(int{quantised(format, x, 1, 34, false, run).scales[0]} == 0xFF);
        });
    }
}

TEST_CASE("quantise: along columns is along the rows of the transpose") {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (const OperandFormat format : kFormats) {
        Matrix x(45, 37, VectorFormat::Fp32, 2);
        x.fill(random, Mix::Numbers);
        Matrix turned(37, 45, VectorFormat::Fp32, 0);
        for (std::size_t row = 0; row < 45; ++row) {
            for (std::size_t column = 0; column < 37; ++column) {
                turned.set(column, row, x.at(row, column));
            }
        }
        const Quantised a = quantised(format, x, 45, 37, true);
        const Quantised b = quantised(format, turned, 37, 45, false);
        CHECK((a.elements == b.elements));
        CHECK((a.scales == b.scales));
    }
}

TEST_CASE("quantise: the example of the E4M3 conversion in microxcaling's tests") {
    // test_fp8_e4m3_fix.py of microsoft/microxcaling, but for 400, a tie, which it rounds away from
    // zero to 416.
    const std::array<float, 8> values = {485, 475, 400, -485, -475, -450, 0.015625F, -0.015625F};
    const std::array<float, 8> expected = {448, 448, 384, -448, -448, -448, 0.015625F, -0.015625F};
    Matrix x(1, 8, VectorFormat::Fp32, 0);
    for (std::size_t i = 0; i < 8; ++i) {
        x.set(0, i, values[i]);
    }
    const Quantised result = quantised(OperandFormat::Mxfp8E4m3, x, 1, 8, false);
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(fp32_from_e4m3(result.elements[i]) * fp32_from_e8m0(result.scales[0]) == expected[i]);
    }
}
