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
using regs::descriptor::Status;

/// Addresses and leading dimensions in bytes.
struct Command {
    std::uint32_t tag = 0;
    std::uint32_t m = 0, n = 0, k = 0;
    std::uint32_t a = 0, b = 0, c = 0;
    std::uint32_t a_ld = 0, b_ld = 0, c_ld = 0;
    bool bf16 = false;
    bool accumulate = false;
};

[[nodiscard]] inline Beat line_of(const Command& command) {
    Beat line{};
    MatmulView view(line);
    view.set_opcode(Opcode::Matmul);
    view.set_tag(command.tag);
    view.set_c_format(command.bf16 ? regs::descriptor::ResultFormat::Bf16
                                   : regs::descriptor::ResultFormat::Fp32);
    view.set_accumulate(command.accumulate ? 1 : 0);
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
    args.a = {l1.subspan(command.a), command.a_ld};
    args.b = {l1.subspan(command.b), command.b_ld};
    args.c = {l1.subspan(command.c), command.c_ld,
              command.bf16 ? numerics::ResultFormat::Bf16 : numerics::ResultFormat::Fp32};
    args.accumulate = command.accumulate;
    numerics::gemm_reference(args);
}

/// From the pop to the record of a command that is refused, aborted or has no results.
inline constexpr std::uint64_t kRefusedCycles = 6;

/// The formula of docs/tile.md: from the pop to the completion record.
[[nodiscard]] inline std::uint64_t expected_cycles(const Command& command) {
    if (command.m == 0 || command.n == 0) {
        return kRefusedCycles;
    }
    const auto parts = [](std::uint64_t total, std::uint64_t part) {
        return (total + part - 1) / part;
    };
    const std::uint64_t k = command.k;
    const std::uint64_t line = std::max(64U, 4 * std::max(kRows, kCols));  // bytes
    const std::uint64_t panel = line / 2;                                  // k
    const std::uint64_t blocks = parts(command.m, 2 * kRows) * parts(command.n, 2 * kCols);
    // Lines of a block of C, and of a panel of A.
    const std::uint64_t drain = 2 * kRows * parts(2 * kCols * (command.bf16 ? 2 : 4), line);
    const std::uint64_t load = command.accumulate ? drain : 0;
    const std::uint64_t fill = k > 0 ? 2 * kRows : 0;
    // Frames of eight cycles.
    const std::uint64_t first = std::max<std::uint64_t>(1, parts(load + fill, 7));
    const std::uint64_t panels = k > 0 ? (k - 1) / panel : 0;  // whole ones before the last
    const std::uint64_t rest = k - panel * panels;
    const auto multiply = [&](bool more) {
        const std::uint64_t last =
            std::max(parts(rest, 2), more && k > 0 ? parts(rest + fill, 4) : 0);
        return std::max<std::uint64_t>(1, panel / 2 * panels + last);
    };
    const auto move = [&](std::uint64_t lines) { return lines > 0 ? 1 + parts(lines, 3) : 0; };
    std::uint64_t frames = first + 1;
    if (blocks == 1) {
        frames += multiply(false);
    } else {
        frames += std::max(multiply(true), move(load)) +
                  (blocks - 2) * std::max(multiply(true), move(drain + load)) +
                  std::max(multiply(false), move(drain));
    }
    return kRefusedCycles + 1 + 8 * frames + drain + (drain - 1) / 7 + 2;
}

}  // namespace athena::rtl
