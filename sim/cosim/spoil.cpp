// SPDX-License-Identifier: Apache-2.0
// Legal commands made wrong, each in one way.
#include <algorithm>
#include <array>

#include "sim/cosim/commands.h"

namespace athena::cosim {

namespace {

namespace layout = regs::descriptor;
using tile::Status;

// The operand fields, whether or not they have elements.
struct Field {
    Part part;
    void (layout::MatmulView::*set_address)(std::uint32_t) const;
    void (layout::MatmulView::*set_ld)(std::uint16_t) const;
};

std::array<Field, 5> fields_of(const Shape& shape) {
    using View = layout::MatmulView;
    return {{{shape.a, &View::set_a_addr, &View::set_a_ld},
             {shape.b, &View::set_b_addr, &View::set_b_ld},
             {shape.c, &View::set_c_addr, &View::set_c_ld},
             {shape.a_scale, &View::set_a_scale_addr, &View::set_a_scale_ld},
             {shape.b_scale, &View::set_b_scale_addr, &View::set_b_scale_ld}}};
}

}  // namespace

std::optional<Status> CommandMaker::spoil(Line& line) {
    constexpr std::array kStatuses{
        Status::BadOpcode, Status::Reserved,     Status::UnsupportedFormat,
        Status::BadFlags,  Status::BadAlignment, Status::BadRange,
        Status::Overlap};
    const std::uint64_t which = random_.below(kStatuses.size() * 8 + 2);
    if (which < kStatuses.size() * 8) {
        return spoil_as(line, kStatuses[which / 8]);
    }
    for (std::byte& byte : line) {
        const bool is_tag = &byte >= &line[4] && &byte < &line[8];
        byte = !is_tag && random_.chance(20) ? static_cast<std::byte>(random_.bits()) : byte;
    }
    return std::nullopt;
}

// Ok where the command has nothing to make wrong in this way.
std::optional<Status> CommandMaker::spoil_as(Line& line, Status status) {
    const View view(line);
    switch (status) {
        case Status::BadOpcode: {
            const std::uint64_t opcode = random_.chance(50) ? random_.below(8) : random_.below(256);
            view.set_opcode(static_cast<layout::Opcode>(opcode == 1 ? 0 : opcode));
            return status;
        }
        case Status::Reserved:
            spoil_reserved(line);
            return status;
        case Status::UnsupportedFormat: {
            const auto format = static_cast<layout::OperandFormat>(random_.between(9, 15));
            random_.chance(50) ? view.set_a_format(format) : view.set_b_format(format);
            return status;
        }
        case Status::BadFlags:
            spoil_flags(view);
            return status;
        case Status::BadAlignment:
            spoil_alignment(line, view);
            return status;
        case Status::BadRange:
            return spoil_range(line) ? status : Status::Ok;
        default:
            return spoil_overlap(line) ? status : Status::Ok;
    }
}

void CommandMaker::spoil_reserved(Line& line) {
    const View view(line);
    const bool a = !is_mx(view.a_format());
    const bool b = !is_mx(view.b_format());
    const std::uint64_t kind = random_.below(6);
    if (kind == 0 && a) {
        view.set_a_scale_addr(std::uint32_t{1} << random_.below(32));
    } else if (kind == 1 && a) {
        view.set_a_scale_ld(static_cast<std::uint16_t>(1U << random_.below(16)));
    } else if (kind == 2 && b) {
        view.set_b_scale_addr(std::uint32_t{1} << random_.below(32));
    } else if (kind == 3 && b) {
        view.set_b_scale_ld(static_cast<std::uint16_t>(1U << random_.below(16)));
    } else {
        // Bits that the layout does not name: byte and the first of the bits to the end of it.
        struct Reserved {
            std::size_t byte;
            unsigned first;
        };
        constexpr std::array<Reserved, 6> kReserved{
            {{0x02, 6}, {0x03, 0}, {0x0B, 0}, {0x13, 6}, {0x3E, 0}, {0x3F, 0}}};
        const Reserved& at = kReserved[random_.below(kReserved.size())];
        line[at.byte] |= static_cast<std::byte>(1U << random_.between(at.first, 7));
    }
}

// Any of the four rules, where the formats need not change for it if possible.
void CommandMaker::spoil_flags(const View& view) {
    const bool fp8 = element_bits(view.c_format()) == 8;
    const bool fp32 = view.c_format() == layout::ResultFormat::Fp32;
    switch (random_.below(4)) {
        case 0:
            if (is_mx(view.a_format())) {
                return view.set_transpose_a(1);
            }
            [[fallthrough]];
        case 1:
            if (is_mx(view.b_format())) {
                return view.set_transpose_b(0);
            }
            [[fallthrough]];
        case 2:
            if (!fp32) {
                return view.set_accumulate(1);
            }
            return view.set_saturate(1);
        default:
            return fp8 ? view.set_accumulate(1) : view.set_saturate(1);
    }
}

void CommandMaker::spoil_alignment(const Line& line, const View& view) {
    const Shape shape(line);
    const auto fields = fields_of(shape);
    std::uint64_t which = random_.below(fields.size());
    if ((which == 3 && !shape.a_is_mx) || (which == 4 && !shape.b_is_mx)) {
        which -= 3;
    }
    const auto address = fields[which].part.address + random_.between(1, kAlignment - 1);
    (view.*fields[which].set_address)(static_cast<std::uint32_t>(address));
}

// A row longer than its leading dimension, or an end beyond L1, by much or by one line.
bool CommandMaker::spoil_range(Line& line) {
    const View view(line);
    const Shape shape(line);
    auto fields = fields_of(shape);
    const auto* const end = std::remove_if(fields.begin(), fields.end(),
                                           [](const Field& field) { return field.part.empty(); });
    const auto count = static_cast<std::uint64_t>(end - fields.begin());
    if (count == 0) {
        return false;
    }
    const Field& field = fields[random_.below(count)];
    const Part& part = field.part;
    if (part.rows > 1 && random_.chance(40)) {
        const std::uint64_t less = random_.chance(70) ? 1 : random_.between(1, part.least_ld());
        (view.*field.set_ld)(static_cast<std::uint16_t>(part.least_ld() - less));
        return true;
    }
    std::uint64_t address = (config_.l1_bytes - part.size()) / kAlignment * kAlignment + kAlignment;
    if (random_.chance(50)) {
        address = random_.between(address / kAlignment, 0xFFFF'FFFF / kAlignment) * kAlignment;
    }
    (view.*field.set_address)(static_cast<std::uint32_t>(address));
    return true;
}

// C begins or ends in an operand, or shares its address.
bool CommandMaker::spoil_overlap(Line& line) {
    const View view(line);
    const Shape shape(line);
    if (shape.c.empty()) {
        return false;
    }
    const auto operands = shape.operands();
    const std::uint64_t first = random_.below(operands.size());
    for (std::uint64_t i = 0; i < operands.size(); ++i) {
        const Part& operand = operands[(first + i) % operands.size()];
        if (operand.empty()) {
            continue;
        }
        const std::uint64_t size = shape.c.size();
        const std::uint64_t last = operand.address + (operand.size() - 1) / kAlignment * kAlignment;
        const std::uint64_t before = (size - 1) / kAlignment * kAlignment;
        const std::uint64_t lowest = operand.address > before ? operand.address - before : 0;
        const std::array<std::uint64_t, 4> choices{
            operand.address, last, lowest,
            lowest + random_.below((last - lowest) / kAlignment + 1) * kAlignment};
        const std::uint64_t address = choices[random_.below(choices.size())];
        if (address + size <= config_.l1_bytes) {
            view.set_c_addr(static_cast<std::uint32_t>(address));
            return true;
        }
    }
    return false;
}

}  // namespace athena::cosim
