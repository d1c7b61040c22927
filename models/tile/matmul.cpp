// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul.h"

namespace athena::tile {

namespace {

namespace layout = regs::descriptor;

constexpr std::uint32_t kAlignment = 32;
constexpr std::uint64_t kScaleBlock = 32;  // elements of k with one scale (OCP MX v1.0, 5.2)

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

Status check_formats(const layout::MatmulConstView& line) {
    const bool known = line.a_format() <= layout::OperandFormat::Mxint8 &&
                       line.b_format() <= layout::OperandFormat::Mxint8;
    return known ? Status::Ok : Status::UnsupportedFormat;
}

// An FP32 C alone can be started from, an FP8 C alone saturates, and the scales of MX need elements
// that are contiguous in k.
Status check_flags(const layout::MatmulConstView& line) {
    const auto format = static_cast<numerics::ResultFormat>(line.c_format());
    const bool excluded = (line.accumulate() != 0 && format != numerics::ResultFormat::Fp32) ||
                          (line.saturate() != 0 && !numerics::is_fp8(format)) ||
                          (may_have_scales(line.a_format()) && line.transpose_a() != 0) ||
                          (may_have_scales(line.b_format()) && line.transpose_b() == 0);
    return excluded ? Status::BadFlags : Status::Ok;
}

// Also of matrices without elements; an operand without scales has theirs at 0.
Status check_alignment(const Matmul& matmul) {
    const std::uint64_t all = matmul.a.elements.address | matmul.b.elements.address |
                              matmul.c.address | matmul.a.scales.address | matmul.b.scales.address;
    return all % kAlignment == 0 ? Status::Ok : Status::BadAlignment;
}

bool fits(const Matrix& matrix, std::uint64_t l1_bytes) {
    // At most 2^32 + 2^32 · 2^21 + 2^34: no overflow.
    const bool rows_fit = matrix.rows == 1 || matrix.row_bytes() <= matrix.ld;
    return matrix.empty() || (rows_fit && matrix.range().end <= l1_bytes);
}

Status check_places(const Matmul& matmul, std::uint64_t l1_bytes) {
    for (const Matrix* matrix :
         {&matmul.a.elements, &matmul.b.elements, &matmul.c, &matmul.a.scales, &matmul.b.scales}) {
        if (!fits(*matrix, l1_bytes)) {
            return Status::BadRange;
        }
    }
    const Range c = matmul.c.range();
    return matmul.a.meets(c) || matmul.b.meets(c) ? Status::Overlap : Status::Ok;
}

// Of an operand of `outer` rows (of A) or columns (of B).
struct OperandFields {
    layout::OperandFormat format;
    bool transposed;
    std::uint64_t address, ld, scale_address, scale_ld, outer;
};

// `along_k`: whether k runs along the rows as they lie in L1.
Operand operand_of(const OperandFields& fields, std::uint64_t k, bool along_k) {
    Operand operand{.format = static_cast<numerics::OperandFormat>(fields.format),
                    .transposed = fields.transposed};
    operand.elements = {.address = fields.address,
                        .rows = along_k ? fields.outer : k,
                        .columns = along_k ? k : fields.outer,
                        .ld = fields.ld * kAlignment,
                        .element_bits = numerics::element_bits(operand.format)};
    if (numerics::has_scales(operand.format)) {
        operand.scales = {.address = fields.scale_address,
                          .rows = fields.outer,
                          .columns = (k + kScaleBlock - 1) / kScaleBlock,
                          .ld = fields.scale_ld * kAlignment};
    }
    return operand;
}

void take_fields(const layout::MatmulConstView& line, Matmul& matmul) {
    matmul.tag = line.tag();
    matmul.k = line.k();
    const bool transpose_a = line.transpose_a() != 0;
    const bool transpose_b = line.transpose_b() != 0;
    matmul.a = operand_of({line.a_format(), transpose_a, line.a_addr(), line.a_ld(),
                           line.a_scale_addr(), line.a_scale_ld(), line.m()},
                          line.k(), !transpose_a);
    matmul.b = operand_of({line.b_format(), transpose_b, line.b_addr(), line.b_ld(),
                           line.b_scale_addr(), line.b_scale_ld(), line.n()},
                          line.k(), transpose_b);
    matmul.c_format = static_cast<numerics::ResultFormat>(line.c_format());
    matmul.c = {.address = line.c_addr(),
                .rows = line.m(),
                .columns = line.n(),
                .ld = std::uint64_t{line.c_ld()} * kAlignment,
                .element_bits = 8 * numerics::element_bytes(matmul.c_format)};
    matmul.accumulate = line.accumulate() != 0;
    matmul.saturate = line.saturate() != 0;
}

Status check_fields(const layout::MatmulConstView& line) {
    if (line.opcode() != layout::Opcode::Matmul) {
        return Status::BadOpcode;
    }
    for (const auto check : {check_reserved, check_formats, check_flags}) {
        if (const Status status = check(line); status != Status::Ok) {
            return status;
        }
    }
    return Status::Ok;
}

}  // namespace

void decode_matmul(CommandLine line, std::uint64_t l1_bytes, DecodedMatmul& decoded) {
    const layout::MatmulConstView view(line);
    decoded.status = check_fields(view);
    if (decoded.status == Status::Ok) {
        take_fields(view, decoded.matmul);
        decoded.status = check_alignment(decoded.matmul);
    }
    if (decoded.status == Status::Ok) {
        decoded.status = check_places(decoded.matmul, l1_bytes);
    }
    if (decoded.status != Status::Ok) {
        decoded.matmul = {.tag = view.tag()};
    }
}

Matmul rows_of(const Matmul& matmul, std::uint64_t first, std::uint64_t rows) {
    Matmul part = matmul;
    part.c.address += first * part.c.ld;
    part.c.rows = rows;
    Matrix& elements = part.a.elements;
    if (matmul.a.transposed) {
        elements.address += first * elements.element_bits / 8;
        elements.columns = rows;
        return part;
    }
    for (Matrix* matrix : {&elements, &part.a.scales}) {
        matrix->address += first * matrix->ld;
        matrix->rows = matrix->empty() ? 0 : rows;
    }
    return part;
}

void run_matmul(const Matmul& matmul, std::span<std::byte> l1, numerics::Workspace& workspace) {
    const auto bytes = [&](const Matrix& matrix) {
        const Range range = matrix.range();
        return l1.subspan(range.begin, range.end - range.begin);
    };
    const auto operand = [&](const Operand& of) -> numerics::Operand {
        return {.data = bytes(of.elements),
                .ld = of.elements.ld,
                .format = of.format,
                .transposed = of.transposed,
                .scales = bytes(of.scales),
                .scale_ld = of.scales.ld};
    };
    numerics::GemmArgs args;
    args.m = matmul.m();
    args.n = matmul.n();
    args.k = matmul.k;
    args.a = operand(matmul.a);
    args.b = operand(matmul.b);
    args.c = {.data = bytes(matmul.c), .ld = matmul.c.ld, .format = matmul.c_format};
    args.accumulate = matmul.accumulate;
    args.saturate = matmul.saturate;
    numerics::gemm(args, workspace);
}

}  // namespace athena::tile
