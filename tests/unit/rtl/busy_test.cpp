// SPDX-License-Identifier: Apache-2.0
// How busy one 256 x 256 x 256 command keeps the array, from its pop to its completion: measured
// for each format on each side, each layout, overwriting and accumulating.
#include <algorithm>
#include <cstdio>

#include "place.h"

namespace athena::rtl {
namespace {

constexpr std::uint32_t kSide = 256;

struct Row {
    OperandFormat a = OperandFormat::Bf16;
    OperandFormat b = OperandFormat::Bf16;
    bool transpose_a = false;
    bool transpose_b = false;
    std::uint32_t scale_ld = 32;
};

std::vector<Row> rows() {
    std::vector<Row> all;
    for (const bool ta : {false, true}) {
        for (const bool tb : {false, true}) {
            all.push_back({.transpose_a = ta, .transpose_b = tb});
        }
    }
    for (unsigned format = 1; format < numerics::kOperandFormats; ++format) {
        const auto a = static_cast<OperandFormat>(format);
        // Beside each other and beside the next one
        const auto b = static_cast<OperandFormat>(format % 8 + 1);
        all.push_back({.a = a, .b = a, .transpose_b = is_mx(a)});
        all.push_back({.a = a, .b = b, .transpose_a = !is_mx(a), .transpose_b = true});
    }
    constexpr auto kMx = OperandFormat::Mxfp4;
    all.push_back({.a = kMx, .b = kMx, .transpose_b = true, .scale_ld = 64});
    return all;
}

// Matrices without gaps but for scales: 8 bytes a row, 32 or more apart.
Command command_of(const Row& row, bool accumulate) {
    Command command{.tag = 3, .m = kSide, .n = kSide, .k = kSide};
    command.a_format = row.a;
    command.b_format = row.b;
    command.transpose_a = row.transpose_a;
    command.transpose_b = row.transpose_b;
    command.accumulate = accumulate;
    command.a_ld = stored_a(command).row_bytes;
    command.b_ld = stored_b(command).row_bytes;
    command.c_ld = kSide * 4;
    command.b = 0x2'0000;
    command.c = 0x4'0000;
    if (is_mx(row.a)) {
        command.a_scale = 0x8'0000;
        command.a_scale_ld = row.scale_ld;
    }
    if (is_mx(row.b)) {
        command.b_scale = 0x8'4000;
        command.b_scale_ld = row.scale_ld;
    }
    return command;
}

double least_busy(const Command& command) {
    return command.accumulate ? 0.97 : 0.98;
}

TEST_CASE("rtl tile: a large product keeps the array busy in every format and layout") {
    TileBench bench;
    for (std::byte& byte : bench.l1()) {
        byte = static_cast<std::byte>(bench.random() & 0x3F);
    }
    std::printf(
        "busy of %ux%u, 256 x 256 x 256: formats and transposed A, B; overwriting, "
        "accumulating\n",
        kRows, kCols);
    for (const Row& row : rows()) {
        const Command over = command_of(row, false);
        const double overwriting = busy(over, check_product(bench, over));
        const Command more = command_of(row, true);
        const double accumulating = busy(more, check_product(bench, more));
        std::printf("  %d %d  %d %d  %5.2f %%  %5.2f %%%s\n", static_cast<int>(row.a),
                    static_cast<int>(row.b), row.transpose_a ? 1 : 0, row.transpose_b ? 1 : 0,
                    100 * overwriting, 100 * accumulating,
                    row.scale_ld > 32 ? "  scales 64 bytes apart" : "");
        CHECK(overwriting >= least_busy(over));
        CHECK(accumulating >= least_busy(more));
    }
}

// Every measured command above and elsewhere takes the cycles of the formula; here is the formula
// for all the others.
TEST_CASE("rtl tile: by the formula no pair of formats and layouts keeps the array less busy") {
    for (const std::uint32_t scale_ld : {32U, 64U}) {
        double overwriting = 1;
        double accumulating = 1;
        for (unsigned i = 0; i < 4 * numerics::kOperandFormats * numerics::kOperandFormats; ++i) {
            const Row row{.a = static_cast<OperandFormat>(i / 4 % numerics::kOperandFormats),
                          .b = static_cast<OperandFormat>(i / 4 / numerics::kOperandFormats),
                          .transpose_a = i % 2 != 0,
                          .transpose_b = i / 2 % 2 != 0,
                          .scale_ld = scale_ld};
            if ((is_mx(row.a) && row.transpose_a) || (is_mx(row.b) && !row.transpose_b)) {
                continue;
            }
            for (const bool accumulate : {false, true}) {
                const Command command = command_of(row, accumulate);
                const double share = busy(command, expected_cycles(command));
                double& least = accumulate ? accumulating : overwriting;
                least = std::min(least, share);
                CAPTURE(static_cast<int>(row.a), static_cast<int>(row.b), row.transpose_a,
                        row.transpose_b, scale_ld, accumulate);
                CHECK(share >= least_busy(command));
            }
        }
        std::printf("  least of all, scales %u bytes apart: %5.2f %%  %5.2f %%\n", scale_ld,
                    100 * overwriting, 100 * accumulating);
    }
}

}  // namespace
}  // namespace athena::rtl
