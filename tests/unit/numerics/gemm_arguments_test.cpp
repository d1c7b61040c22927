// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <stdexcept>

#include "numerics/gemm.h"

namespace {

using namespace athena::numerics;

// 3 x 4 x 5 that just fits.
struct Fitting {
    alignas(64) std::array<std::byte, 2 * 12 + 10> a{};
    alignas(64) std::array<std::byte, 4 * 10 + 8> b{};
    alignas(64) std::array<std::byte, 2 * 20 + 16> c{};
    GemmArgs args{3, 4, 5, {a, 12}, {b, 10}, {c, 20}};
};

void check_rejected(const GemmArgs& args, const std::string& reason) {
    Workspace workspace;
    CHECK_THROWS_WITH(gemm_reference(args), Catch::Contains(reason));
    CHECK_THROWS_WITH(gemm(args, workspace), Catch::Contains(reason));
}

}  // namespace

TEST_CASE("gemm: arguments that just fit are taken") {
    Fitting fitting;
    Workspace workspace;
    CHECK_NOTHROW(gemm_reference(fitting.args));
    CHECK_NOTHROW(gemm(fitting.args, workspace));
}

TEST_CASE("gemm: an operand or C that does not fit its memory is refused") {
    Fitting fitting;
    GemmArgs args = fitting.args;
    args.a.data = args.a.data.first(args.a.data.size() - 1);
    check_rejected(args, "matrix A of 3 x 5: does not fit its 33 bytes");
    args = fitting.args;
    args.b.data = args.b.data.first(args.b.data.size() - 1);
    check_rejected(args, "matrix B of 5 x 4: does not fit its 47 bytes");
    args = fitting.args;
    args.c.data = args.c.data.first(args.c.data.size() - 1);
    check_rejected(args, "matrix C of 3 x 4: does not fit its 55 bytes");
    args.m = 1;
    args.c.data = args.c.data.first(15);
    check_rejected(args, "matrix C of 1 x 4: a row does not fit its 15 bytes");
}

TEST_CASE("gemm: sizes whose products overflow are refused") {
    Fitting fitting;
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    GemmArgs args = fitting.args;
    args.m = most;
    check_rejected(args, "does not fit");
    args = fitting.args;
    args.k = most / 2 + 2;
    check_rejected(args, "does not fit");
    args = fitting.args;
    args.a.ld = most - 1;
    check_rejected(args, "does not fit");
}

TEST_CASE("gemm: a leading dimension shorter than a row or off the elements is refused") {
    Fitting fitting;
    GemmArgs args = fitting.args;
    args.a.ld = 8;
    check_rejected(args, "matrix A of 3 x 5: ld 8 is shorter than a row");
    args.a.ld = 11;
    check_rejected(args, "matrix A of 3 x 5: ld 11 is not a multiple of the element size");
    args.m = 1;  // a single row has no ld
    Workspace workspace;
    CHECK_NOTHROW(gemm(args, workspace));
}

TEST_CASE("gemm: a base off the elements is refused") {
    Fitting fitting;
    GemmArgs args = fitting.args;
    args.k = 2;
    args.a.data = args.a.data.subspan(1);
    check_rejected(args, "matrix A of 3 x 2: the base is not aligned");
}

TEST_CASE("gemm: accumulation into BF16 is refused") {
    Fitting fitting;
    GemmArgs args = fitting.args;
    args.accumulate = true;
    args.c.format = ResultFormat::Bf16;
    check_rejected(args, "FP32 C only");
}
