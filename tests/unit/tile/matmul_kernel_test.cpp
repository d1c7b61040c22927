// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul_kernel.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "matmul_line.h"
#include "numerics/workspace.h"

using namespace athena;
using test::MatmulFields;

namespace {

constexpr std::uint64_t kL1 = 1 << 20;

// Some million multiply-accumulates of operands in any format and layout that goes with it.
MatmulFields random_product(std::mt19937& random) {
    const auto below = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % limit);
    };
    const unsigned format = below(numerics::kOperandFormats);
    const bool has_scales = numerics::has_scales(static_cast<numerics::OperandFormat>(format));
    const bool transposed = !has_scales && below(2) != 0;
    const bool accumulates = below(2) != 0;
    MatmulFields fields{.m = 1 + below(150),
                        .n = 1 + below(100),
                        .k = 32 + below(200),
                        .b = 0x4'0000,
                        .c = 0x8'0000,
                        .a_ld = 16,
                        .b_ld = 16,
                        .c_ld = 13,
                        .tag = 1};
    fields.mode = static_cast<std::uint16_t>(
        test::a_format(format) | test::b_format(format) | (transposed ? test::kTransposeA : 0) |
        (has_scales ? test::kTransposeB : 0) | (accumulates ? test::kAccumulate : 0));
    if (has_scales) {
        fields.a_scale = 0xC'0000, fields.b_scale = 0xD'0000;
        fields.a_scale_ld = 1, fields.b_scale_ld = 1;
    }
    return fields;
}

}  // namespace

TEST_CASE("matmul kernel: its parts write what the whole command writes") {
    std::mt19937 random(11);
    std::vector<std::byte> l1(kL1);
    for (std::byte& byte : l1) {
        byte = static_cast<std::byte>(random());
    }
    std::vector<std::byte> expected = l1;
    numerics::Workspace workspace;
    for (const unsigned count : {1U, 2U, 5U}) {
        base::HostThreads threads(count);
        tile::MatmulKernel kernel(threads, l1);
        for (int round = 0; round < 60; ++round) {
            const MatmulFields fields = random_product(random);
            CAPTURE(count, round, fields.m, fields.n, fields.k, fields.mode);
            const auto decoded = tile::decode_matmul(test::matmul_line(fields), kL1);
            REQUIRE(decoded.status == tile::Status::Ok);
            kernel.begin(decoded.matmul);
            tile::run_matmul(decoded.matmul, expected, workspace);
            REQUIRE(kernel.end());
            REQUIRE(l1 == expected);
        }
    }
}

TEST_CASE("matmul kernel: a product without rows writes nothing") {
    std::vector<std::byte> l1(4096, std::byte{7});
    base::HostThreads threads(2);
    tile::MatmulKernel kernel(threads, l1);
    const MatmulFields fields{.m = 0, .n = 3, .k = 4, .b = 1024, .c = 64, .b_ld = 1};
    kernel.begin(tile::decode_matmul(test::matmul_line(fields), l1.size()).matmul);
    CHECK(kernel.end());
    CHECK(l1 == std::vector<std::byte>(4096, std::byte{7}));
}
