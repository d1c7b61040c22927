// SPDX-License-Identifier: Apache-2.0
#include "dma/transfer.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace athena::dma {

namespace {

namespace layout = regs::descriptor;

__extension__ using Wide = __int128;

struct Dimension {
    std::uint32_t count;
    std::int64_t stride;
};

/// From the lowest to the highest byte, wherever they lie: no term leaves 96 bits.
struct WideExtent {
    Wide first;
    Wide last;

    [[nodiscard]] bool is_addressable() const {
        return first >= 0 && last <= Wide{~std::uint64_t{0}};
    }
    [[nodiscard]] bool meets(const WideExtent& other) const {
        return first <= other.last && other.first <= last;
    }
    [[nodiscard]] WideExtent behind(Wide offset) const { return {first + offset, last + offset}; }
    /// Modulo 2^64.
    [[nodiscard]] Extent addresses() const {
        return {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last)};
    }
};

WideExtent extent(std::uint64_t address, Wide row_bytes, std::initializer_list<Dimension> dims) {
    WideExtent all{Wide{address}, Wide{address} + row_bytes - 1};
    for (const Dimension& dimension : dims) {
        const Wide reach = (Wide{dimension.count} - 1) * dimension.stride;
        all.first += std::min<Wide>(reach, 0);
        all.last += std::max<Wide>(reach, 0);
    }
    return all;
}

WideExtent source_of(const Transfer& t) {
    return extent(t.source, Wide{t.columns} * t.element_bytes,
                  {{t.rows, t.source_stride},
                   {t.loops[0].count, t.loops[0].source_stride},
                   {t.loops[1].count, t.loops[1].source_stride},
                   {t.loops[2].count, t.loops[2].source_stride}});
}

WideExtent destination_of(const Transfer& t) {
    return extent(t.destination, Wide{t.destination_columns()} * t.element_bytes,
                  {{t.destination_rows(), t.destination_stride},
                   {t.loops[0].count, t.loops[0].destination_stride},
                   {t.loops[1].count, t.loops[1].destination_stride},
                   {t.loops[2].count, t.loops[2].destination_stride}});
}

bool is_too_much(const Transfer& t) {
    const auto exceeds = [](std::uint64_t limit, std::initializer_list<std::uint64_t> factors) {
        Wide product = 1;
        for (const std::uint64_t factor : factors) {
            product *= factor;  // of at most 2^36 and 2^32
            if (product > Wide{limit}) {
                return true;
            }
        }
        return false;
    };
    const auto destinations = static_cast<std::uint64_t>(std::popcount(t.multicast));
    const auto& [inner, middle, outer] = t.loops;
    return exceeds(kMostRows, {t.rows, inner.count, middle.count, outer.count}) ||
           exceeds(kMostRows,
                   {t.destination_rows(), inner.count, middle.count, outer.count, destinations}) ||
           exceeds(kMostBytes, {t.rows, t.columns, t.element_bytes, inner.count, middle.count,
                                outer.count, destinations});
}

// Of what is not empty.
Status check_ranges(Transfer& t) {
    const WideExtent source = source_of(t);
    const WideExtent destination = destination_of(t);
    bool good = t.fills() || source.is_addressable();
    bool apart = true;
    std::optional<WideExtent> before;
    for_each_destination(t, [&](std::uint64_t offset) {
        const WideExtent here = destination.behind(Wide{offset});
        good = good && here.is_addressable();
        apart = apart && (t.fills() || !here.meets(source)) && !(before && here.meets(*before));
        before = here;
        return true;
    });
    if (!good || is_too_much(t)) {
        return Status::BadRange;
    }
    t.source_extent = source.addresses();
    t.destination_extent = destination.addresses();
    return apart ? Status::Ok : Status::Overlap;
}

// What both copies have, by the same names.
template <typename View>
void take_block(Transfer& t, const View& view) {
    t.element_bytes = 1u << view.element_log2();
    t.transpose = view.transpose() != 0;
    t.source = view.src();
    t.destination = view.dst();
    t.columns = view.cols();
    t.rows = view.rows();
}

void take_copy(Transfer& t, const layout::CopyConstView& view) {
    take_block(t, view);
    t.source_stride = view.src_stride();
    t.destination_stride = view.dst_stride();
}

// False: a stride of destinations, where there is but one.
bool take_copy_nd(Transfer& t, const layout::CopyNdConstView& view) {
    take_block(t, view);
    t.source_stride = view.src_stride1();
    t.destination_stride = view.dst_stride1();
    t.loops[0] = {view.size2(), view.src_stride2(), view.dst_stride2()};
    t.loops[1] = {view.size3(), view.src_stride3(), view.dst_stride3()};
    t.loops[2] = {view.size4(), view.src_stride4(), view.dst_stride4()};
    t.multicast = view.multicast() == 0 ? 1 : view.multicast();
    t.multicast_stride = view.multicast_stride();
    return view.multicast() != 0 || view.multicast_stride() == 0;
}

// False: a pattern that is more than an element.
bool take_fill(Transfer& t, const layout::FillConstView& view) {
    t.element_bytes = 1u << view.element_log2();
    t.pattern = view.pattern();
    t.destination = view.dst();
    t.columns = view.cols();
    t.rows = view.rows();
    t.destination_stride = view.dst_stride();
    return t.element_bytes == 8 || t.pattern >> (8 * t.element_bytes) == 0;
}

}  // namespace

Decoded decode(const CommandLines& lines) {
    const std::span<const std::byte, 64> first(lines.data(), 64);
    const layout::DescriptorConstView header(first);
    Decoded decoded;
    Transfer& transfer = decoded.transfer;
    transfer.tag = header.tag();
    transfer.opcode = header.opcode();
    bool zero = true;
    switch (transfer.opcode) {
        case Opcode::Copy:
            zero = layout::CopyConstView(first).reserved_is_zero();
            take_copy(transfer, layout::CopyConstView(first));
            break;
        case Opcode::CopyNd:
            zero = layout::CopyNdConstView(lines).reserved_is_zero();
            zero = take_copy_nd(transfer, layout::CopyNdConstView(lines)) && zero;
            break;
        case Opcode::Fill:
            zero = layout::FillConstView(first).reserved_is_zero();
            zero = take_fill(transfer, layout::FillConstView(first)) && zero;
            break;
        default:
            decoded.status = Status::BadOpcode;
            return decoded;
    }
    if (!zero) {
        decoded.status = Status::Reserved;
    } else if (!transfer.empty()) {
        decoded.status = check_ranges(transfer);
    }
    return decoded;
}

std::uint64_t beats(const Transfer& transfer, std::uint32_t bytes_per_cycle) {
    const auto of_block = [&](std::uint64_t rows, std::uint64_t elements) {
        const std::uint64_t bytes = elements * transfer.element_bytes;
        return rows * ((bytes + bytes_per_cycle - 1) / bytes_per_cycle);
    };
    if (transfer.empty()) {
        return 0;
    }
    const std::uint64_t reading = of_block(transfer.rows, transfer.columns);
    return transfer.blocks() * (transfer.transpose
                                    ? std::max(reading, of_block(transfer.columns, transfer.rows))
                                    : reading);
}

}  // namespace athena::dma
