// SPDX-License-Identifier: Apache-2.0
// Products of all pairs of operand formats, layouts and results against fmaf over rational values.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "operands.h"
#include "rational.h"
#include "side.h"

namespace {

using namespace athena::test;

// A format with a layout that it may have.
struct Stored {
    unsigned format;
    bool along_k;
};

std::vector<Stored> stored_formats() {
    std::vector<Stored> all;
    for (unsigned format = 0; format < kFormats; ++format) {
        all.push_back({format, true});
        if (!is_mx(format)) {
            all.push_back({format, false});
        }
    }
    return all;
}

// FP32 overwritten and accumulated, BF16, E4M3 and E5M2 with and without saturation.
constexpr Modes kModes[] = {{.result = 0},
                            {.result = 0, .accumulate = true},
                            {.result = 1},
                            {.result = 2},
                            {.result = 2, .saturate = true},
                            {.result = 3},
                            {.result = 3, .saturate = true}};

struct Sizes {
    std::size_t m;
    std::size_t n;
    std::size_t k;
};

void check(const Stored& left, const Stored& right, Modes modes, const Sizes& sizes,
           std::mt19937& random) {
    Side a(left.format, left.along_k, sizes.m, sizes.k, 2 * (random() % 3));
    Side b(right.format, right.along_k, sizes.n, sizes.k, 2 * (random() % 3));
    // BF16 and FP32 lie on their own boundaries.
    modes.gap = random() % 3;
    a.fill(random);
    b.fill(random);
    CAPTURE(a.format, b.format, a.along_k, b.along_k, sizes.m, sizes.n, sizes.k, modes.result,
            modes.accumulate, modes.saturate, a.ld, b.ld, a.scale_ld, b.scale_ld, modes.gap);
    check_product(a, b, modes, random);
}

}  // namespace

TEST_CASE("formats: products of all pairs, layouts and results equal fmaf over rational values") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'formats: products of*'");
    std::mt19937 random(seed);
    for (const Stored& left : stored_formats()) {
        for (const Stored& right : stored_formats()) {
            for (const Modes& modes : kModes) {
                check(left, right, modes, {1 + random() % 20, 1 + random() % 40, random() % 100},
                      random);
            }
        }
    }
}

// The kernels' cache blocks are 256 k deep and 512 columns wide.
TEST_CASE("formats: products over several cache blocks equal fmaf over rational values") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'formats: products over*'");
    std::mt19937 random(seed);
    const auto formats = stored_formats();
    for (std::size_t i = 0; i < formats.size(); ++i) {
        for (const std::size_t k : {255U, 256U, 257U, 288U, 289U, 513U, 700U}) {
            const Stored& other = formats[random() % formats.size()];
            const bool wide = random() % 2 == 0;
            const std::size_t m = 1 + random() % (wide ? 3 : 30);
            const std::size_t n = wide ? 505 + random() % 16 : 1 + random() % 40;
            check(formats[i], other, kModes[random() % std::size(kModes)], {m, n, k}, random);
            check(other, formats[i], kModes[random() % std::size(kModes)], {m, n, k}, random);
        }
    }
}
