// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_command.h"

#include <algorithm>

#include "numerics/formats.h"
#include "numerics/random_rows.h"
#include "vector/signature.h"

namespace athena::vector {

namespace {

namespace layout = regs::descriptor;
using numerics::Spread;
using numerics::VectorFormat;

struct Fields {
    std::uint32_t format;
    std::uint32_t spread;
    std::uint32_t address;
    std::uint32_t ld;

    [[nodiscard]] bool zero() const {
        return format == 0 && spread == 0 && address == 0 && ld == 0;
    }
};

template <typename Enum>
std::uint32_t number(Enum value) {
    return static_cast<std::uint32_t>(value);
}

/// By Place. Operands without a format field are FP32, those without a spread matrices.
std::array<Fields, kPlaces> fields_of(const layout::VectorConstView& view) {
    return {{{number(view.a_format()), number(view.a_spread()), view.a_addr(), view.a_ld()},
             {number(view.b_format()), number(view.b_spread()), view.b_addr(), view.b_ld()},
             {number(view.c_format()), number(view.c_spread()), view.c_addr(), view.c_ld()},
             {0, 0, view.d_addr(), view.d_ld()},
             {number(view.out_format()), 0, view.out_addr(), view.out_ld()},
             {number(view.out1_format()), 0, view.out1_addr(), view.out1_ld()},
             {0, 0, view.out2_addr(), view.out2_ld()}}};
}

const Slot& slot_at(const Signature& signature, std::size_t place) {
    return place < kOut ? signature.inputs[place] : signature.outputs[place - kOut];
}

bool is_quantise(Operation operation) {
    return operation == Operation::Quantise || operation == Operation::QuantiseColumns;
}

bool takes_table(Operation operation) {
    return operation == Operation::Gather || operation == Operation::ScatterAdd;
}

// Reserved bits, and fields that the operation does not look at, must be zero.
bool is_clean(const layout::VectorConstView& view, const Signature& signature,
              const std::array<Fields, kPlaces>& fields) {
    for (std::size_t place = 0; place < kPlaces; ++place) {
        if (slot_at(signature, place).extent == Extent::None && !fields[place].zero()) {
            return false;
        }
    }
    return view.reserved_is_zero() && (signature.scales || view.scale() == 0) &&
           (signature.offsets || view.offset() == 0) &&
           (signature.counts || (view.seed() == 0 && view.first() == 0 && view.stream() == 0)) &&
           (takes_table(view.operation()) || view.entries() == 0) &&
           (is_quantise(view.operation()) || number(view.mx_format()) == 0);
}

bool formats_exist(const layout::VectorConstView& view, const std::array<Fields, kPlaces>& fields) {
    const bool known = std::ranges::all_of(fields, [](const Fields& operand) {
        return operand.format <= number(VectorFormat::Int32) &&
               operand.spread <= number(Spread::Immediate);
    });
    const bool mx = view.mx_format() >= layout::OperandFormat::Mxfp8E4m3 &&
                    view.mx_format() <= layout::OperandFormat::Mxint8;
    return known && (!is_quantise(view.operation()) || mx);
}

bool kind_allows(Kind kind, VectorFormat format) {
    switch (kind) {
        case Kind::Real:
            return format != VectorFormat::Int32;
        case Kind::Fp32:
            return format == VectorFormat::Fp32;
        case Kind::Integer:
            return format == VectorFormat::Int32;
        case Kind::Any:
            break;
    }
    return true;
}

bool is_fp8(VectorFormat format) {
    return format == VectorFormat::E4m3 || format == VectorFormat::E5m2;
}

// Combinations of formats, spreads and flags that make no sense together.
bool flags_agree(const layout::VectorConstView& view, const Signature& signature,
                 const std::array<Fields, kPlaces>& fields) {
    const auto format_at = [&](std::size_t place) {
        return static_cast<VectorFormat>(fields[place].format);
    };
    for (std::size_t place = 0; place < kPlaces; ++place) {
        const Slot& slot = slot_at(signature, place);
        if (slot.extent == Extent::None) {
            continue;
        }
        const auto spread = static_cast<Spread>(fields[place].spread);
        const bool is_matrix = slot.extent == Extent::Full || spread == Spread::Matrix;
        const bool is_column = slot.extent == Extent::RowValues && place < kOut;
        if (!kind_allows(slot.kind, format_at(place)) ||
            (is_column ? spread == Spread::Matrix : !is_matrix)) {
            return false;
        }
    }
    const bool accumulates = view.accumulate() == 0 || signature.accumulates;
    const bool saturates = view.saturate() == 0 || is_fp8(format_at(kOut));
    const bool bytes =
        !is_quantise(view.operation()) || (fields[kOut].format == 0 && fields[kOut1].format == 0);
    const bool same =
        view.operation() != Operation::Copy ||
        (format_at(kA) == VectorFormat::Int32) == (format_at(kOut) == VectorFormat::Int32);
    const bool table = view.operation() != Operation::Gather ||
                       (format_at(kA) == format_at(kOut) && view.saturate() == 0);
    return accumulates && saturates && bytes && same && table;
}

struct Shape {
    std::uint64_t rows;
    std::uint64_t columns;
};

Shape shape_of(Extent extent, const layout::VectorConstView& view) {
    const std::uint64_t rows = view.rows();
    const std::uint64_t columns = view.columns();
    switch (extent) {
        case Extent::Full:
            return {rows, columns};
        case Extent::RowValues:
            return {rows, 1};
        case Extent::RowPairs:
            return {rows, 2};
        case Extent::ColumnValues:
            return {1, columns};
        case Extent::One:
            return {1, 1};
        case Extent::Factors:
            return {1, 8};
        case Extent::Table:
            return {view.entries(), columns};
        default:
            return {0, 0};
    }
}

// Elements or scales of QUANTISE, in bytes.
Shape mx_shape(Extent extent, const layout::VectorConstView& view) {
    const bool along_columns = view.operation() == Operation::QuantiseColumns;
    const std::uint64_t rows = along_columns ? view.columns() : view.rows();
    const std::uint64_t columns = along_columns ? view.rows() : view.columns();
    const auto format = static_cast<numerics::OperandFormat>(view.mx_format());
    return {rows, extent == Extent::MxScales
                      ? (columns + numerics::kMxBlock - 1) / numerics::kMxBlock
                      : numerics::row_bytes(format, columns)};
}

Operand operand_of(const Slot& slot, const Fields& fields, const layout::VectorConstView& view) {
    Operand operand{.used = slot.extent != Extent::None,
                    .format = static_cast<VectorFormat>(fields.format),
                    .spread = static_cast<Spread>(fields.spread),
                    .address = fields.address,
                    .ld = fields.ld,
                    .rows = 0,
                    .row_bytes = 0};
    if (slot.extent == Extent::MxElements || slot.extent == Extent::MxScales) {
        const Shape shape = mx_shape(slot.extent, view);
        operand.rows = shape.rows;
        operand.row_bytes = shape.columns;
        return operand;
    }
    const Shape shape = shape_of(slot.extent, view);
    if (operand.spread == Spread::Immediate || shape.rows == 0 || shape.columns == 0) {
        return operand;
    }
    const std::uint64_t columns = operand.spread == Spread::Column ? 1 : shape.columns;
    operand.rows = shape.rows;
    operand.row_bytes = columns * numerics::element_bytes(operand.format);
    return operand;
}

// Bytes that the elements are multiples of.
std::uint32_t grain_of(const Operand& operand, Extent extent) {
    return extent == Extent::MxElements || extent == Extent::MxScales
               ? 1
               : static_cast<std::uint32_t>(numerics::element_bytes(operand.format));
}

bool is_aligned(const Operand& operand, Extent extent) {
    const std::uint32_t within = grain_of(operand, extent) - 1;  // grains are powers of two
    return operand.spread == Spread::Immediate || ((operand.address | operand.ld) & within) == 0;
}

// Rows of an output lie apart; those of an input may be one for all.
bool fits(const Operand& operand, bool output, std::uint64_t sram_bytes) {
    if (operand.spread == Spread::Immediate || operand.range().empty()) {
        return true;
    }
    const bool apart =
        operand.rows == 1 || operand.row_bytes <= operand.ld || (!output && operand.ld == 0);
    return apart && operand.range().end <= sram_bytes;
}

bool is_same(const Operand& output, const Operand& input) {
    return input.spread == Spread::Matrix && output.address == input.address &&
           output.ld == input.ld && output.rows == input.rows &&
           output.row_bytes == input.row_bytes;
}

bool overlaps(const std::array<Operand, kPlaces>& operands, bool in_place) {
    std::array<Range, kPlaces> ranges;
    std::ranges::transform(operands, ranges.begin(), &Operand::range);
    for (std::size_t out = kOut; out < kPlaces; ++out) {
        for (std::size_t other = 0; other < kPlaces; ++other) {
            const bool meets = other != out && ranges[out].meets(ranges[other]);
            if (meets && !(in_place && other < kOut && is_same(operands[out], operands[other]))) {
                return true;
            }
        }
    }
    return false;
}

Status check_fields(const layout::VectorConstView& view, const Signature* signature,
                    const std::array<Fields, kPlaces>& fields) {
    if (view.opcode() != layout::Opcode::Vector || signature == nullptr) {
        return Status::BadOpcode;
    }
    if (!is_clean(view, *signature, fields)) {
        return Status::Reserved;
    }
    if (!formats_exist(view, fields)) {
        return Status::UnsupportedFormat;
    }
    return flags_agree(view, *signature, fields) ? Status::Ok : Status::BadFlags;
}

// Immediates and rows for all have no bytes that would bound a command's work.
bool is_bounded(const VectorCommand& command) {
    const std::uint64_t first = layout::VectorConstView(command.lines).first();
    const std::uint64_t elements = std::uint64_t{command.rows} * command.columns;
    return command.rows <= kMostRows && command.columns <= kMostColumns &&
           elements <= kMostElements && first <= numerics::kMostRandom - elements;
}

Status check_places(const VectorCommand& command, const Signature& signature,
                    std::uint64_t sram_bytes) {
    for (std::size_t place = 0; place < kPlaces; ++place) {
        if (!is_aligned(command.operands[place], slot_at(signature, place).extent)) {
            return Status::BadAlignment;
        }
    }
    if (!is_bounded(command)) {
        return Status::BadRange;
    }
    for (std::size_t place = 0; place < kPlaces; ++place) {
        if (!fits(command.operands[place], place >= kOut, sram_bytes)) {
            return Status::BadRange;
        }
    }
    return overlaps(command.operands, signature.in_place) ? Status::Overlap : Status::Ok;
}

}  // namespace

void decode_vector(CommandLines lines, std::uint64_t sram_bytes, DecodedVector& decoded) {
    const layout::VectorConstView view(lines);
    const Signature* const signature = signature_of(view.operation());
    const auto fields = fields_of(view);
    VectorCommand& command = decoded.command;
    decoded.status = check_fields(view, signature, fields);
    if (decoded.status != Status::Ok) {
        command = {.tag = view.tag()};
        return;
    }
    command.tag = view.tag();
    command.operation = view.operation();
    command.rows = view.rows();
    command.columns = view.columns();
    std::ranges::copy(lines, command.lines.begin());
    for (std::size_t place = 0; place < kPlaces; ++place) {
        command.operands[place] = operand_of(slot_at(*signature, place), fields[place], view);
    }
    decoded.status = check_places(command, *signature, sram_bytes);
    if (decoded.status != Status::Ok) {
        command = {.tag = view.tag()};
    }
}

bool rows_are_apart(Operation operation) {
    const Signature* const signature = signature_of(operation);
    return signature != nullptr && !signature->counts &&
           std::ranges::all_of(signature->outputs, [](const Slot& slot) {
               return slot.extent == Extent::None || has_rows(slot.extent);
           });
}

VectorCommand rows_of(const VectorCommand& command, std::uint32_t first, std::uint32_t rows) {
    VectorCommand part = command;
    part.rows = rows;
    const Signature* const signature = signature_of(command.operation);
    for (std::size_t place = 0; place < kPlaces; ++place) {
        Operand& operand = part.operands[place];
        if (has_rows(slot_at(*signature, place).extent) && operand.rows > 1) {
            operand.address += first * operand.ld;
            operand.rows = rows;
        }
    }
    return part;
}

std::uint64_t vector_cycles(const VectorCommand& command, std::uint32_t lanes) {
    const Signature& signature = *signature_of(command.operation);
    const std::uint64_t vectors = (std::uint64_t{command.columns} + lanes - 1) / lanes;
    return command.rows * (vectors * signature.passes + signature.row_cycles);
}

}  // namespace athena::vector
