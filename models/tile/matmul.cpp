// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul.h"

namespace athena::tile {

namespace {

namespace layout = regs::descriptor;

constexpr std::uint32_t kAlignment = 32;

// The MX formats; of values without a name it is not known, and they are refused as formats.
constexpr bool may_have_scales(layout::OperandFormat format) {
    return format >= layout::OperandFormat::Mxfp8E4m3;
}

Status check_reserved(const layout::MatmulConstView& line) {
    const bool a_scale = line.a_scale_addr() != 0 || line.a_scale_ld() != 0;
    const bool b_scale = line.b_scale_addr() != 0 || line.b_scale_ld() != 0;
    const bool clean = line.reserved_is_zero() && (!a_scale || may_have_scales(line.a_format())) &&
                       (!b_scale || may_have_scales(line.b_format()));
    return clean ? Status::Ok : Status::Reserved;
}

Status check_modes(const layout::MatmulConstView& line) {
    const bool supported = line.a_format() == layout::OperandFormat::Bf16 &&
                           line.b_format() == layout::OperandFormat::Bf16 &&
                           (line.c_format() == layout::ResultFormat::Fp32 ||
                            line.c_format() == layout::ResultFormat::Bf16) &&
                           line.transpose_a() == 0 && line.transpose_b() == 0 &&
                           line.saturate() == 0;
    if (!supported) {
        return Status::UnsupportedFormat;
    }
    const bool excluded = line.accumulate() != 0 && line.c_format() != layout::ResultFormat::Fp32;
    return excluded ? Status::BadFlags : Status::Ok;
}

bool fits(const Matrix& matrix, std::uint64_t l1_bytes) {
    // At most 2^32 + 2^32 · 2^21 + 2^34: no overflow.
    const bool rows_fit = matrix.rows == 1 || matrix.row_bytes() <= matrix.ld;
    return matrix.empty() || (rows_fit && matrix.range().end <= l1_bytes);
}

Status check_places(const Matmul& matmul, std::uint64_t l1_bytes) {
    const Matrix& a = matmul.a;
    const Matrix& b = matmul.b;
    const Matrix& c = matmul.c;
    if (a.address % kAlignment != 0 || b.address % kAlignment != 0 || c.address % kAlignment != 0) {
        return Status::BadAlignment;
    }
    if (!fits(a, l1_bytes) || !fits(b, l1_bytes) || !fits(c, l1_bytes)) {
        return Status::BadRange;
    }
    const bool overlap = c.range().meets(a.range()) || c.range().meets(b.range());
    return overlap ? Status::Overlap : Status::Ok;
}

Matmul fields_of(const layout::MatmulConstView& line) {
    const bool is_fp32 = line.c_format() == layout::ResultFormat::Fp32;
    Matmul matmul;
    matmul.tag = line.tag();
    matmul.a = {line.a_addr(), line.m(), line.k(), std::uint64_t{line.a_ld()} * kAlignment, 2};
    matmul.b = {line.b_addr(), line.k(), line.n(), std::uint64_t{line.b_ld()} * kAlignment, 2};
    matmul.c = {line.c_addr(), line.m(), line.n(), std::uint64_t{line.c_ld()} * kAlignment,
                is_fp32 ? 4U : 2U};
    matmul.c_format = is_fp32 ? numerics::ResultFormat::Fp32 : numerics::ResultFormat::Bf16;
    matmul.accumulate = line.accumulate() != 0;
    return matmul;
}

}  // namespace

DecodedMatmul decode_matmul(CommandLine line, std::uint64_t l1_bytes) {
    const layout::MatmulConstView view(line);
    DecodedMatmul decoded;
    decoded.matmul.tag = view.tag();
    if (view.opcode() != layout::Opcode::Matmul) {
        decoded.status = Status::BadOpcode;
        return decoded;
    }
    decoded.status = check_reserved(view);
    if (decoded.status == Status::Ok) {
        decoded.status = check_modes(view);
    }
    if (decoded.status == Status::Ok) {
        const Matmul matmul = fields_of(view);
        decoded.status = check_places(matmul, l1_bytes);
        if (decoded.status == Status::Ok) {
            decoded.matmul = matmul;
        }
    }
    return decoded;
}

void run_matmul(const Matmul& matmul, std::span<std::byte> l1, numerics::GemmWorkspace& workspace) {
    const auto bytes = [&](const Matrix& matrix) {
        const Range range = matrix.range();
        return l1.subspan(range.begin, range.end - range.begin);
    };
    numerics::GemmArgs args;
    args.m = matmul.m();
    args.n = matmul.n();
    args.k = matmul.k();
    args.a = {.data = bytes(matmul.a), .ld = matmul.a.ld};
    args.b = {.data = bytes(matmul.b), .ld = matmul.b.ld};
    args.c = {.data = bytes(matmul.c), .ld = matmul.c.ld, .format = matmul.c_format};
    args.accumulate = matmul.accumulate;
    numerics::gemm(args, workspace);
}

}  // namespace athena::tile
