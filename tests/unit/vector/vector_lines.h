// SPDX-License-Identifier: Apache-2.0
// VECTOR descriptors put together by the layout's accessors.
#pragma once

#include <array>
#include <cstddef>

#include "regs/descriptor_regs.h"

namespace athena::test {

using Lines = std::array<std::byte, 128>;
using View = regs::descriptor::VectorView;
using Operation = regs::descriptor::VectorOperation;
using Format = regs::descriptor::VectorFormat;
using Spread = regs::descriptor::Spread;
using Status = regs::descriptor::Status;

/// out = a + b, FP32, [rows][columns], each dense at its own 64 KiB.
inline Lines add_lines(std::uint32_t rows = 4, std::uint32_t columns = 8) {
    Lines lines{};
    const View view(lines);
    view.set_opcode(regs::descriptor::Opcode::Vector);
    view.set_operation(Operation::Add);
    view.set_rows(rows);
    view.set_columns(columns);
    view.set_a_addr(0);
    view.set_b_addr(0x1'0000);
    view.set_out_addr(0x2'0000);
    view.set_a_ld(columns * 4);
    view.set_b_ld(columns * 4);
    view.set_out_ld(columns * 4);
    return lines;
}

}  // namespace athena::test
