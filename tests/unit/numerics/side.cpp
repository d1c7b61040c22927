// SPDX-License-Identifier: Apache-2.0
#include "side.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "exact_model.h"
#include "operands.h"
#include "rational.h"

namespace athena::test {
namespace {

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

// What C has to be, and whether the other bytes stay.
std::uint32_t converted(unsigned result, bool saturate, float sum) {
    const std::uint32_t bits = std::isnan(sum) ? 0x7FC0'0000 : std::bit_cast<std::uint32_t>(sum);
    return result == 0   ? bits
           : result == 1 ? exact_bf16(bits)
                         : nearest_fp8(result, bits, saturate);
}

float float_at(std::span<const std::byte> bytes) {
    float value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

std::vector<std::byte> expected_c(const Side& a, const Side& b, const Modes& modes,
                                  std::vector<std::byte> c, std::size_t ld) {
    const std::vector<float> left = a.decoded();
    const std::vector<float> right = b.decoded();
    const std::size_t bytes = bytes_of_result(modes.result);
    for (std::size_t m = 0; m < a.outer; ++m) {
        for (std::size_t n = 0; n < b.outer; ++n) {
            const auto element = std::span(c).subspan(m * ld + n * bytes, bytes);
            float sum = modes.accumulate ? float_at(element) : 0.0F;
            for (std::size_t k = 0; k < a.k; ++k) {
                sum = std::fmaf(left[m * a.k + k], right[n * a.k + k], sum);
            }
            const std::uint32_t code = converted(modes.result, modes.saturate, sum);
            std::memcpy(element.data(), &code, bytes);
        }
    }
    return c;
}

}  // namespace

Side::Side(unsigned format_number, bool runs_along_k, std::size_t outer_size, std::size_t k_size,
           std::size_t gap)
    : format(format_number), along_k(runs_along_k), outer(outer_size), k(k_size) {
    const std::size_t rows = along_k ? outer : k;
    const std::size_t columns = along_k ? k : outer;
    ld = (columns * bits_of_format(format) + 7) / 8 + gap;
    // The last row ends with its last byte.
    data.resize(rows == 0 ? 0 : rows * ld - gap);
    scale_ld = (k + 31) / 32 + gap;
    scales.resize(is_mx(format) && outer > 0 ? outer * scale_ld - gap : 0);
}

void Side::put(std::size_t lane, std::size_t step, std::uint32_t code) {
    const auto row = std::span(data).subspan((along_k ? lane : step) * ld);
    put_element(row, bits_of_format(format), along_k ? step : lane, code);
}

void Side::fill(std::mt19937& random) {
    const bool specials = random() % 8 == 0;
    // Without the upper exponents of 8-bit numbers neither infinities nor NaNs
    const bool any = specials || bits_of_format(format) < 8 || format == 8;
    for (std::byte& byte : data) {
        byte = static_cast<std::byte>(random() & (any ? 0xFF : 0xBF));
    }
    for (std::size_t i = 0; format == 0 && i < outer * k; ++i) {
        const auto classes = static_cast<unsigned>(specials ? kClasses : kFiniteClasses);
        const auto value_class =
            random() % 4 == 0 ? static_cast<ValueClass>(random() % classes) : ValueClass::Middle;
        put(i / k, i % k, random_bf16(random, value_class));
    }
    for (std::byte& scale : scales) {
        scale = static_cast<std::byte>(random() % 32 == 0 ? random() : 119 + random() % 16);
    }
}

std::uint32_t Side::decoded(std::size_t lane, std::size_t step) const {
    const auto row = std::span(data).subspan((along_k ? lane : step) * ld);
    const std::uint32_t code = element_at(row, bits_of_format(format), along_k ? step : lane);
    const auto scale = is_mx(format) ? scales[lane * scale_ld + step / 32] : std::byte{};
    return fp32_of(rational_operand(format, code, std::to_integer<std::uint8_t>(scale)));
}

std::vector<float> Side::decoded() const {
    std::vector<float> values;
    for (std::size_t i = 0; i < outer * k; ++i) {
        values.push_back(std::bit_cast<float>(decoded(i / k, i % k)));
    }
    return values;
}

numerics::Operand Side::view(bool transposed) const {
    return {.data = data,
            .ld = ld,
            .format = static_cast<numerics::OperandFormat>(format),
            .transposed = transposed,
            .scales = scales,
            .scale_ld = scale_ld};
}

numerics::GemmArgs args_of(const Side& a, const Side& b) {
    numerics::GemmArgs args;
    args.m = a.outer;
    args.n = b.outer;
    args.k = a.k;
    args.a = a.view(!a.along_k);
    args.b = b.view(b.along_k);
    return args;
}

void check_product(const Side& a, const Side& b, const Modes& modes, std::mt19937& random) {
    numerics::GemmArgs args = args_of(a, b);
    const std::size_t bytes = bytes_of_result(modes.result);
    const std::size_t ld = (args.n + modes.gap) * bytes;
    constexpr std::size_t kGuard = 64;
    std::vector<std::byte> c(args.m * ld + kGuard);
    for (std::size_t at = 0; at + 4 <= c.size(); at += 4) {
        const auto value_class = random() % 8 == 0
                                     ? static_cast<ValueClass>(random() % kFiniteClasses)
                                     : ValueClass::Middle;
        const std::uint32_t value = random_fp32(random, value_class);
        std::memcpy(&c[at], &value, 4);
    }
    const std::vector<std::byte> expected = expected_c(a, b, modes, c, ld);
    args.c = {c, ld, static_cast<numerics::ResultFormat>(modes.result)};
    args.accumulate = modes.accumulate;
    args.saturate = modes.saturate;
    for_each_gemm(args, [&](const char* by) {
        const auto at =
            static_cast<std::size_t>(std::ranges::mismatch(c, expected).in1 - c.begin());
        if (at != c.size()) {
            FAIL(by << ": C[" << at / ld << "], byte " << at % ld << " of its " << ld << ", is "
                    << std::to_integer<int>(c[at]) << ", not "
                    << std::to_integer<int>(expected[at]));
        }
    });
}

}  // namespace athena::test
