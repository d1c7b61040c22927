// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/shape.h"

namespace athena::cosim {

namespace layout = regs::descriptor;

unsigned element_bits(layout::OperandFormat format) {
    switch (format) {
        case layout::OperandFormat::Bf16:
            return 16;
        case layout::OperandFormat::Mxfp6E3m2:
        case layout::OperandFormat::Mxfp6E2m3:
            return 6;
        case layout::OperandFormat::Mxfp4:
            return 4;
        default:
            return 8;
    }
}

unsigned element_bits(layout::ResultFormat format) {
    switch (format) {
        case layout::ResultFormat::Fp32:
            return 32;
        case layout::ResultFormat::Bf16:
            return 16;
        default:
            return 8;
    }
}

Shape::Shape(const Line& line) {
    const layout::MatmulConstView view(line);
    m = view.m();
    n = view.n();
    k = view.k();
    a_is_mx = is_mx(view.a_format());
    b_is_mx = is_mx(view.b_format());
    a = {view.a_addr(), m, k, view.a_ld(), element_bits(view.a_format())};
    b = {view.b_addr(), k, n, view.b_ld(), element_bits(view.b_format())};
    c = {view.c_addr(), m, n, view.c_ld(), element_bits(view.c_format())};
    if (view.transpose_a() != 0) {
        std::swap(a.rows, a.columns);
    }
    if (view.transpose_b() != 0) {
        std::swap(b.rows, b.columns);
    }
    const std::uint64_t scales = (k + kScaleBlock - 1) / kScaleBlock;
    a_scale = {view.a_scale_addr(), a_is_mx ? m : 0, scales, view.a_scale_ld(), 8};
    b_scale = {view.b_scale_addr(), b_is_mx ? n : 0, scales, view.b_scale_ld(), 8};
}

}  // namespace athena::cosim
