// SPDX-License-Identifier: Apache-2.0
// MATMUL commands for the testbench: the line, the expected bits, the expected cycles.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "numerics/gemm.h"
#include "regs/descriptor_regs.h"
#include "tile_bench.h"

namespace athena::rtl {

using regs::descriptor::MatmulView;
using regs::descriptor::Opcode;
using regs::descriptor::OperandFormat;
using regs::descriptor::ResultFormat;
using regs::descriptor::Status;

/// Addresses and leading dimensions in bytes.
struct Command {
    std::uint32_t tag = 0;
    std::uint32_t m = 0, n = 0, k = 0;
    std::uint32_t a = 0, b = 0, c = 0;
    std::uint32_t a_ld = 0, b_ld = 0, c_ld = 0;
    OperandFormat a_format = OperandFormat::Bf16, b_format = OperandFormat::Bf16;
    ResultFormat c_format = ResultFormat::Fp32;
    bool accumulate = false, transpose_a = false, transpose_b = false, saturate = false;
    std::uint32_t a_scale = 0, b_scale = 0;
    std::uint32_t a_scale_ld = 0, b_scale_ld = 0;
};

[[nodiscard]] constexpr bool is_mx(OperandFormat format) {
    return format >= OperandFormat::Mxfp8E4m3;
}

[[nodiscard]] constexpr unsigned result_bytes(ResultFormat format) {
    return format == ResultFormat::Fp32 ? 4 : format == ResultFormat::Bf16 ? 2 : 1;
}

[[nodiscard]] inline Beat line_of(const Command& command) {
    Beat line{};
    MatmulView view(line);
    view.set_opcode(Opcode::Matmul);
    view.set_tag(command.tag);
    view.set_a_format(command.a_format);
    view.set_b_format(command.b_format);
    view.set_c_format(command.c_format);
    view.set_accumulate(command.accumulate ? 1 : 0);
    view.set_transpose_a(command.transpose_a ? 1 : 0);
    view.set_transpose_b(command.transpose_b ? 1 : 0);
    view.set_saturate(command.saturate ? 1 : 0);
    view.set_a_scale_addr(command.a_scale);
    view.set_b_scale_addr(command.b_scale);
    view.set_a_scale_ld(static_cast<std::uint16_t>(command.a_scale_ld / 32));
    view.set_b_scale_ld(static_cast<std::uint16_t>(command.b_scale_ld / 32));
    view.set_a_addr(command.a);
    view.set_b_addr(command.b);
    view.set_c_addr(command.c);
    view.set_m(command.m);
    view.set_n(command.n);
    view.set_k(command.k);
    view.set_a_ld(static_cast<std::uint16_t>(command.a_ld / 32));
    view.set_b_ld(static_cast<std::uint16_t>(command.b_ld / 32));
    view.set_c_ld(static_cast<std::uint16_t>(command.c_ld / 32));
    return line;
}

/// What the specification makes of L1.
inline void multiply_by_reference(const Command& command, std::span<std::byte> l1) {
    numerics::GemmArgs args;
    args.m = command.m;
    args.n = command.n;
    args.k = command.k;
    args.a = {.data = l1.subspan(command.a),
              .ld = command.a_ld,
              .format = static_cast<numerics::OperandFormat>(command.a_format),
              .transposed = command.transpose_a,
              .scales = l1.subspan(command.a_scale),
              .scale_ld = command.a_scale_ld};
    args.b = {.data = l1.subspan(command.b),
              .ld = command.b_ld,
              .format = static_cast<numerics::OperandFormat>(command.b_format),
              .transposed = command.transpose_b,
              .scales = l1.subspan(command.b_scale),
              .scale_ld = command.b_scale_ld};
    args.c = {l1.subspan(command.c), command.c_ld,
              static_cast<numerics::ResultFormat>(command.c_format)};
    args.accumulate = command.accumulate;
    args.saturate = command.saturate;
    numerics::gemm_reference(args);
}

/// From the pop to the record of a command that is refused, aborted or has no results.
inline constexpr std::uint64_t kRefusedCycles = 1;

/// The formula of docs/tile.md: from the pop to the completion record.
[[nodiscard]] inline std::uint64_t expected_cycles(const Command& command) {
    if (command.m == 0 || command.n == 0) {
        return kRefusedCycles;
    }
    const auto parts = [](std::uint64_t total, std::uint64_t part) {
        return (total + part - 1) / part;
    };
    const std::uint64_t feed = std::max(64U, 4 * std::max(kRows, kCols));         // bytes
    const std::uint64_t line = std::max<std::uint64_t>(feed, kRows * kCols / 4);  // bytes
    const std::uint64_t panel = feed / 2;                                         // k
    const std::uint64_t pass = 1024;                                              // k
    const std::uint64_t rows = 2 * kRows;
    const std::uint64_t columns = 2 * kCols;
    const std::uint64_t k = command.k;
    const std::uint64_t blocks = parts(command.m, rows) * parts(command.n, columns);
    const std::uint64_t drain = rows * parts(columns * result_bytes(command.c_format), line);
    const std::uint64_t load = command.accumulate ? drain : 0;
    const auto scale_lines = [&](OperandFormat format, std::uint64_t lanes, std::uint32_t ld) {
        return k == 0 || !is_mx(format) ? 0 : ld == 32 ? lanes / (feed / 32) : lanes;
    };
    const std::uint64_t scales = scale_lines(command.a_format, rows, command.a_scale_ld) +
                                 scale_lines(command.b_format, columns, command.b_scale_ld);
    const std::uint64_t start = std::min(k, panel);  // values of k of a block's first panel
    const std::uint64_t fill =
        k == 0 ? 0 : (command.transpose_a ? start : rows) + (command.transpose_b ? columns : start);
    const std::uint64_t first = std::max<std::uint64_t>(1, load + scales + fill);
    // Frames of eight cycles: all passes but a block's last are of 1024 k.
    const std::uint64_t passes = std::max<std::uint64_t>(1, parts(k, pass));
    const std::uint64_t left = k - pass * (passes - 1);
    const std::uint64_t panels = left > 0 ? (left - 1) / panel : 0;  // before its last one
    const std::uint64_t rest = left - panel * panels;
    const auto block = [&](bool is_first, bool is_last) {
        std::uint64_t moves = is_last ? 0 : scales;
        if (passes == 1) {
            moves += (is_first ? 0 : drain) + (is_last ? 0 : load);
        }
        const std::uint64_t multiply =
            panel / 2 * panels + std::max(parts(rest, 2), is_last ? 0 : parts(fill, 4));
        const std::uint64_t move = moves > 0 ? 1 + parts(moves, 3) : 0;
        return pass / 2 * (passes - 1) + std::max({std::uint64_t{1}, multiply, move});
    };
    std::uint64_t frames = 0;
    for (std::uint64_t i = 0; i < blocks; ++i) {
        frames += block(i == 0, i + 1 == blocks);
    }
    return 12 + first + 8 * frames + drain;
}

}  // namespace athena::rtl
