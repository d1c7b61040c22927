// SPDX-License-Identifier: Apache-2.0
#include "dma/copy.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

namespace athena::dma {

namespace {

namespace layout = regs::descriptor;

__extension__ using Wide = __int128;

// Lowest and highest byte of rows; nothing if one lies outside the 64-bit address space.
std::optional<Extent> extent(const base::Rows& rows) {
    const Wide last_row = Wide{rows.first} + Wide{rows.stride} * (Wide{rows.count} - 1);
    const Wide first = std::min<Wide>(rows.first, last_row);
    const Wide last = std::max<Wide>(rows.first, last_row) + rows.row_bytes - 1;
    if (first < 0 || last > Wide{~std::uint64_t{0}}) {
        return std::nullopt;
    }
    return Extent{static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last)};
}

Status check_ranges(const Copy& copy) {
    const auto source = extent(source_rows(copy));
    const auto destination = extent(destination_rows(copy));
    if (!source || !destination) {
        return Status::BadRange;
    }
    const bool meet = source->first <= destination->last && destination->first <= source->last;
    return meet ? Status::Overlap : Status::Ok;
}

std::uint64_t advance(std::uint64_t base, std::uint64_t count, std::int64_t stride) {
    return base + count * static_cast<std::uint64_t>(stride);
}

// Bytes up to the next 4 KiB boundary, at most `length`.
std::uint64_t burst_length(std::uint64_t address, std::uint64_t length) {
    return std::min(length, kBurstBytes - address % kBurstBytes);
}

/// `columns` rows of `rows` elements from `rows` rows of `columns`.
template <std::size_t kSize>
void turn_elements(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t rows,
                   std::uint64_t columns) {
    for (std::uint64_t c = 0; c < columns; ++c) {
        for (std::uint64_t r = 0; r < rows; ++r) {
            std::memcpy(&to[(c * rows + r) * kSize], &from[(r * columns + c) * kSize], kSize);
        }
    }
}

/// size: 1, 2, 4 or 8.
void turn(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t rows,
          std::uint64_t columns, std::uint64_t size) {
    switch (size) {
        case 1:
            return turn_elements<1>(from, to, rows, columns);
        case 2:
            return turn_elements<2>(from, to, rows, columns);
        case 4:
            return turn_elements<4>(from, to, rows, columns);
        default:
            return turn_elements<8>(from, to, rows, columns);
    }
}

class Mover {
  public:
    Mover(CopyPort& port, std::vector<std::byte>& buffer) : port_(port), buffer_(buffer) {}

    [[nodiscard]] const CopyResult& result() const { return result_; }

    bool read(std::uint64_t address, std::span<std::byte> data) {
        while (!data.empty()) {
            const std::uint64_t length = burst_length(address, data.size());
            if (!port_.read(address, data.first(length))) {
                return fail(Status::ReadError, address);
            }
            address += length;
            data = data.subspan(length);
        }
        return true;
    }

    bool write(std::uint64_t address, std::span<const std::byte> data) {
        while (!data.empty()) {
            const std::uint64_t length = burst_length(address, data.size());
            if (!port_.write(address, data.first(length))) {
                return fail(Status::WriteError, address);
            }
            result_.bytes_written += length;
            address += length;
            data = data.subspan(length);
        }
        return true;
    }

    bool move_row(std::uint64_t source, std::uint64_t destination, std::uint64_t length) {
        buffer_.resize(std::max<std::size_t>(buffer_.size(), kBurstBytes));
        while (length != 0) {
            const std::uint64_t burst = burst_length(source, length);
            const auto data = std::span(buffer_).first(burst);
            if (!read(source, data) || !write(destination, data)) {
                return false;
            }
            source += burst;
            destination += burst;
            length -= burst;
        }
        return true;
    }

    bool move_block(const Copy& copy, std::uint64_t row, std::uint64_t column) {
        const std::uint64_t size = copy.element_bytes;
        const std::uint64_t rows = std::min<std::uint64_t>(kTransposeBlock, copy.rows - row);
        const std::uint64_t columns =
            std::min<std::uint64_t>(kTransposeBlock, copy.columns - column);
        const std::uint64_t block_bytes = rows * columns * size;
        buffer_.resize(std::max<std::size_t>(buffer_.size(), 2 * block_bytes));
        const auto block = std::span(buffer_).first(block_bytes);
        const auto turned = std::span(buffer_).subspan(block_bytes, block_bytes);
        for (std::uint64_t r = 0; r < rows; ++r) {
            const std::uint64_t address =
                advance(copy.source, row + r, copy.source_stride) + column * size;
            if (!read(address, block.subspan(r * columns * size, columns * size))) {
                return false;
            }
        }
        turn(block, turned, rows, columns, size);
        for (std::uint64_t c = 0; c < columns; ++c) {
            const std::uint64_t address =
                advance(copy.destination, column + c, copy.destination_stride) + row * size;
            if (!write(address, turned.subspan(c * rows * size, rows * size))) {
                return false;
            }
        }
        return true;
    }

  private:
    bool fail(Status status, std::uint64_t address) {
        result_.status = status;
        result_.address = address;
        return false;
    }

    CopyPort& port_;
    std::vector<std::byte>& buffer_;
    CopyResult result_;
};

}  // namespace

DecodedCopy decode_copy(CommandLine line) {
    const layout::CopyConstView view(line);
    DecodedCopy decoded;
    Copy& copy = decoded.copy;
    copy.tag = view.tag();
    if (view.opcode() != layout::Opcode::Copy) {
        decoded.status = Status::BadOpcode;
        return decoded;
    }
    if (!view.reserved_is_zero()) {
        decoded.status = Status::Reserved;
        return decoded;
    }
    copy.element_bytes = 1u << view.element_log2();
    copy.transpose = view.transpose() != 0;
    copy.source = view.src();
    copy.destination = view.dst();
    copy.columns = view.cols();
    copy.rows = view.rows();
    copy.source_stride = view.src_stride();
    copy.destination_stride = view.dst_stride();
    if (!copy.empty()) {
        decoded.status = check_ranges(copy);
    }
    return decoded;
}

CopyResult run_copy(const Copy& copy, CopyPort& port, std::vector<std::byte>& buffer) {
    Mover mover(port, buffer);
    if (copy.empty()) {
        return mover.result();
    }
    if (copy.transpose) {
        for (std::uint64_t column = 0; column < copy.columns; column += kTransposeBlock) {
            for (std::uint64_t row = 0; row < copy.rows; row += kTransposeBlock) {
                if (!mover.move_block(copy, row, column)) {
                    return mover.result();
                }
            }
        }
        return mover.result();
    }
    const std::uint64_t row_bytes = std::uint64_t{copy.columns} * copy.element_bytes;
    for (std::uint32_t row = 0; row < copy.rows; ++row) {
        if (!mover.move_row(advance(copy.source, row, copy.source_stride),
                            advance(copy.destination, row, copy.destination_stride), row_bytes)) {
            break;
        }
    }
    return mover.result();
}

base::Rows source_rows(const Copy& copy) {
    return {copy.source, std::uint64_t{copy.columns} * copy.element_bytes, copy.rows,
            copy.source_stride};
}

base::Rows destination_rows(const Copy& copy) {
    const std::uint64_t rows = copy.transpose ? copy.columns : copy.rows;
    const std::uint64_t columns = copy.transpose ? copy.rows : copy.columns;
    return {copy.destination, columns * copy.element_bytes, rows, copy.destination_stride};
}

Extent source_extent(const Copy& copy) {
    return extent(source_rows(copy)).value_or(Extent{});
}

Extent destination_extent(const Copy& copy) {
    return extent(destination_rows(copy)).value_or(Extent{});
}

namespace {

// Host memories at the extents' places.
class DirectPort final : public CopyPort {
  public:
    DirectPort(const Copy& copy, const std::byte* source, std::byte* destination)
        : source_(source),
          destination_(destination),
          source_first_(source_extent(copy).first),
          destination_first_(destination_extent(copy).first) {}

    bool read(std::uint64_t address, std::span<std::byte> data) override {
        std::memcpy(data.data(), source_ + (address - source_first_), data.size());
        return true;
    }
    bool write(std::uint64_t address, std::span<const std::byte> data) override {
        std::memcpy(destination_ + (address - destination_first_), data.data(), data.size());
        return true;
    }
    [[nodiscard]] const std::byte* from(std::uint64_t address) const {
        return source_ + (address - source_first_);
    }
    [[nodiscard]] std::byte* to(std::uint64_t address) const {
        return destination_ + (address - destination_first_);
    }

  private:
    const std::byte* source_;
    std::byte* destination_;
    std::uint64_t source_first_;
    std::uint64_t destination_first_;
};

}  // namespace

void copy_directly(const Copy& copy, const std::byte* source, std::byte* destination,
                   std::vector<std::byte>& buffer) {
    DirectPort port(copy, source, destination);
    if (copy.transpose) {
        static_cast<void>(run_copy(copy, port, buffer));
        return;
    }
    const std::uint64_t row_bytes = std::uint64_t{copy.columns} * copy.element_bytes;
    for (std::uint32_t row = 0; row < copy.rows; ++row) {
        std::memcpy(port.to(advance(copy.destination, row, copy.destination_stride)),
                    port.from(advance(copy.source, row, copy.source_stride)), row_bytes);
    }
}

std::uint64_t copy_beats(const Copy& copy, std::uint32_t bytes_per_cycle) {
    const auto beats = [&](std::uint64_t rows, std::uint64_t elements) {
        const std::uint64_t bytes = elements * copy.element_bytes;
        return rows * ((bytes + bytes_per_cycle - 1) / bytes_per_cycle);
    };
    if (copy.empty()) {
        return 0;
    }
    const std::uint64_t reading = beats(copy.rows, copy.columns);
    return copy.transpose ? std::max(reading, beats(copy.columns, copy.rows)) : reading;
}

}  // namespace athena::dma
