// SPDX-License-Identifier: Apache-2.0
// The array's multiply-accumulate unit against the C library's fma(), over all classes of
// exponents, of distances between product and addend, and of roundings. The sum of a product of two
// BF16 numbers and an FP32 number in FP32: fmaf() itself is the definition.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>

#include "fma_unit.h"

namespace athena::rtl {
namespace {

constexpr std::uint32_t kNan = 0x7FC0'0000;

struct Vector {
    std::uint16_t a;
    std::uint16_t b;
    std::uint32_t c;
};

float from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

std::uint32_t expected(const Vector& vector) {
    const float sum =
        std::fma(from_bf16(vector.a), from_bf16(vector.b), std::bit_cast<float>(vector.c));
    return std::isnan(sum) ? kNan : std::bit_cast<std::uint32_t>(sum);
}

class Generator {
  public:
    explicit Generator(std::uint32_t seed) : random_(seed) {}

    // Addend at a chosen distance from the product, mantissas with long runs of zeros or ones:
    // ties, sticky bits and cancellation are frequent, not one in a million.
    Vector next() {
        const auto a = operand();
        const auto b = operand();
        const int product = exponent(a) + exponent(b) - 127;
        int addend = 0;
        switch (draw(8)) {
            case 0:
                addend = static_cast<int>(draw(256));
                break;
            case 1:
                addend = static_cast<int>(draw(3));
                break;
            case 2:
                addend = 252 + static_cast<int>(draw(4));
                break;
            default:
                addend = product + static_cast<int>(draw(58)) - 30;
                break;
        }
        addend = std::min(std::max(addend, 0), 255);
        return {a, b, draw(2) << 31 | static_cast<std::uint32_t>(addend) << 23 | mantissa(23)};
    }

    // Cancellation: c is -(a * b) but for a few units in the last place.
    Vector cancel() {
        Vector vector = next();
        const float product = from_bf16(vector.a) * from_bf16(vector.b);
        vector.c = (std::bit_cast<std::uint32_t>(product) ^ 0x8000'0000) + draw(9) - 4;
        return vector;
    }

    std::uint32_t draw(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random_() % limit);
    }

  private:
    static int exponent(std::uint16_t bits) { return bits >> 7 & 0xFF; }

    std::uint32_t mantissa(unsigned bits) {
        const std::uint32_t all = (1U << bits) - 1;
        const auto any = static_cast<std::uint32_t>(random_()) & all;
        switch (draw(6)) {
            case 0:
                return 0;
            case 1:
                return draw(4);
            case 2:
                return all - draw(4);
            case 3:
                return 1U << draw(bits);
            case 4:
                return any & (all << draw(bits));
            default:
                return any;
        }
    }

    std::uint16_t operand() {
        std::uint32_t exponent = 0;
        switch (draw(8)) {
            case 0:
                exponent = draw(256);
                break;
            case 1:
                exponent = 0;
                break;
            case 2:
                exponent = 250 + draw(6);
                break;
            case 3:
                exponent = 40 + draw(40);
                break;  // products around the smallest numbers
            case 4:
                exponent = 170 + draw(40);
                break;  // and around the largest
            default:
                exponent = 100 + draw(56);
                break;
        }
        return static_cast<std::uint16_t>(draw(2) << 15 | exponent << 7 | mantissa(7));
    }

    std::mt19937 random_;
};

void check(FmaUnit& unit, const Vector& vector) {
    unit.check({vector.a, vector.b, vector.c, expected(vector)});
}

TEST_CASE("rtl fma: specials, zeros and the edges of each class in all combinations") {
    // Zero, subnormals, normals, the largest, infinity, NaNs.
    const std::array<std::uint32_t, 22> edges = {
        0x0000'0000, 0x0000'0001, 0x0000'FFFF, 0x0001'0000, 0x0040'0000, 0x007F'0000,
        0x007F'FFFF, 0x0080'0000, 0x0080'0001, 0x0081'0000, 0x3F00'0000, 0x3F7F'FFFF,
        0x3F80'0000, 0x3F80'0001, 0x3F81'0000, 0x4000'0000, 0x7F00'0000, 0x7F7F'0000,
        0x7F7F'FFFF, 0x7F80'0000, 0x7F80'0001, 0x7FC1'2345};
    FmaUnit unit;
    for (const std::uint32_t a : edges) {
        for (const std::uint32_t b : edges) {
            for (const std::uint32_t c : edges) {
                for (std::uint32_t signs = 0; signs < 8; ++signs) {
                    check(unit, {static_cast<std::uint16_t>(a >> 16 | (signs & 1) << 15),
                                 static_cast<std::uint16_t>(b >> 16 | (signs & 2) << 14),
                                 c | (signs & 4) << 29});
                }
            }
        }
    }
    CHECK(unit.finish() == 0);
}

TEST_CASE("rtl fma: every exponent of a against every distance of the addend") {
    Generator generator(3);
    FmaUnit unit;
    for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
        for (int distance = -40; distance <= 40; ++distance) {
            for (const std::uint32_t significands :
                 {0x00'0000U, 0x01'0100U, 0x7F'7F00U, 0x01'7FFFU}) {
                const int addend = static_cast<int>(exponent) + distance;
                if (addend < 0 || addend > 255) {
                    continue;
                }
                const auto a =
                    static_cast<std::uint16_t>(exponent << 7 | (significands >> 16 & 0x7F));
                const auto b = static_cast<std::uint16_t>(127 << 7 | (significands >> 8 & 0x7F));
                const auto c = static_cast<std::uint32_t>(addend) << 23 |
                               ((significands & 1) != 0 ? 0x7F'FFFFU : generator.draw(4));
                check(unit, {a, b, c});
                check(unit, {a, b, c | 0x8000'0000});
            }
        }
    }
    CHECK(unit.finish() == 0);
}

TEST_CASE("rtl fma: random vectors near ties, cancellation, underflow and overflow") {
    const std::uint64_t vectors = fma_setting("ATHENA_FMA_VECTORS", 1'000'000);
    const auto seed = static_cast<std::uint32_t>(fma_setting("ATHENA_SEED", 1));
    std::cout << "replay: ATHENA_SEED=" << seed << " ATHENA_FMA_VECTORS=" << vectors
              << " unit_rtl_fma \"rtl fma: random*\"\n";
    Generator generator(seed);
    FmaUnit unit;
    for (std::uint64_t i = 0; i < vectors; ++i) {
        check(unit, i % 8 == 0 ? generator.cancel() : generator.next());
    }
    CHECK(unit.finish() == 0);
}

}  // namespace
}  // namespace athena::rtl
