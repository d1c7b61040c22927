// SPDX-License-Identifier: Apache-2.0
#include "dma/mover.h"

#include <algorithm>
#include <cstring>

namespace athena::dma {

namespace {

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
    Mover(const Transfer& transfer, TransferPort& port, std::vector<std::byte>& buffer)
        : transfer_(transfer), port_(port), buffer_(buffer) {}

    TransferResult run() {
        if (transfer_.empty()) {
            return result_;
        }
        if (transfer_.fills()) {
            repeat_pattern();
        }
        for_each_block(transfer_, [this](std::uint64_t from, std::uint64_t to) {
            const std::uint64_t source = transfer_.source + from;
            const std::uint64_t destination = transfer_.destination + to;
            return transfer_.fills()     ? fill_block(destination)
                   : transfer_.transpose ? turn_block(source, destination)
                                         : copy_block(source, destination);
        });
        return result_;
    }

  private:
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

    bool copy_block(std::uint64_t source, std::uint64_t destination) {
        const std::uint64_t row_bytes = std::uint64_t{transfer_.columns} * transfer_.element_bytes;
        for (std::uint32_t row = 0; row < transfer_.rows; ++row) {
            if (!copy_row(advance(source, row, transfer_.source_stride),
                          advance(destination, row, transfer_.destination_stride), row_bytes)) {
                return false;
            }
        }
        return true;
    }

    bool copy_row(std::uint64_t source, std::uint64_t destination, std::uint64_t length) {
        buffer_.resize(std::max<std::size_t>(buffer_.size(), kBurstBytes));
        while (length != 0) {
            const std::uint64_t burst = burst_length(source, length);
            const auto data = std::span(buffer_).first(burst);
            const auto write_to = [&](std::uint64_t offset) {
                return write(destination + offset, data);
            };
            if (!read(source, data) || !for_each_destination(transfer_, write_to)) {
                return false;
            }
            source += burst;
            destination += burst;
            length -= burst;
        }
        return true;
    }

    bool turn_block(std::uint64_t source, std::uint64_t destination) {
        for (std::uint64_t column = 0; column < transfer_.columns; column += kTransposeBlock) {
            for (std::uint64_t row = 0; row < transfer_.rows; row += kTransposeBlock) {
                if (!turn_square(source, destination, row, column)) {
                    return false;
                }
            }
        }
        return true;
    }

    bool turn_square(std::uint64_t source, std::uint64_t destination, std::uint64_t row,
                     std::uint64_t column) {
        const std::uint64_t size = transfer_.element_bytes;
        const std::uint64_t rows = std::min<std::uint64_t>(kTransposeBlock, transfer_.rows - row);
        const std::uint64_t columns =
            std::min<std::uint64_t>(kTransposeBlock, transfer_.columns - column);
        const std::uint64_t square_bytes = rows * columns * size;
        buffer_.resize(std::max<std::size_t>(buffer_.size(), 2 * square_bytes));
        const auto square = std::span(buffer_).first(square_bytes);
        const auto turned = std::span(buffer_).subspan(square_bytes, square_bytes);
        for (std::uint64_t r = 0; r < rows; ++r) {
            const std::uint64_t address =
                advance(source, row + r, transfer_.source_stride) + column * size;
            if (!read(address, square.subspan(r * columns * size, columns * size))) {
                return false;
            }
        }
        turn(square, turned, rows, columns, size);
        return for_each_destination(transfer_, [&](std::uint64_t offset) {
            for (std::uint64_t c = 0; c < columns; ++c) {
                const std::uint64_t address =
                    advance(destination, column + c, transfer_.destination_stride) + row * size;
                if (!write(address + offset, turned.subspan(c * rows * size, rows * size))) {
                    return false;
                }
            }
            return true;
        });
    }

    // A burst's worth, from wherever in an element the burst begins.
    void repeat_pattern() {
        const std::size_t size = transfer_.element_bytes;
        buffer_.resize(std::max<std::size_t>(buffer_.size(), kBurstBytes + size));
        for (std::size_t at = 0; at < kBurstBytes + size; at += size) {
            std::memcpy(&buffer_[at], &transfer_.pattern, size);  // little endian, as hosts are
        }
    }

    bool fill_block(std::uint64_t destination) {
        const std::uint64_t row_bytes = std::uint64_t{transfer_.columns} * transfer_.element_bytes;
        for (std::uint32_t row = 0; row < transfer_.rows; ++row) {
            const std::uint64_t first = advance(destination, row, transfer_.destination_stride);
            for (std::uint64_t done = 0; done != row_bytes;) {
                const std::uint64_t length = burst_length(first + done, row_bytes - done);
                const auto data =
                    std::span(buffer_).subspan(done % transfer_.element_bytes, length);
                if (!write(first + done, data)) {
                    return false;
                }
                done += length;
            }
        }
        return true;
    }

    bool fail(Status status, std::uint64_t address) {
        result_.status = status;
        result_.write = status == Status::WriteError;
        result_.address = address;
        return false;
    }

    const Transfer& transfer_;
    TransferPort& port_;
    std::vector<std::byte>& buffer_;
    TransferResult result_;
};

// Host memories at the extents' places.
class DirectPort final : public TransferPort {
  public:
    DirectPort(const Transfer& transfer, const std::byte* source, std::byte* destination)
        : source_(source),
          destination_(destination),
          source_first_(transfer.source_extent.first),
          destination_first_(transfer.destination_extent.first) {}

    bool read(std::uint64_t address, std::span<std::byte> data) override {
        std::memcpy(data.data(), from(address), data.size());
        return true;
    }
    bool write(std::uint64_t address, std::span<const std::byte> data) override {
        std::memcpy(to(address), data.data(), data.size());
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

TransferResult run_transfer(const Transfer& transfer, TransferPort& port,
                            std::vector<std::byte>& buffer) {
    return Mover(transfer, port, buffer).run();
}

void transfer_directly(const Transfer& transfer, const std::byte* source, std::byte* destination,
                       std::vector<std::byte>& buffer) {
    DirectPort port(transfer, source, destination);
    if (transfer.transpose || transfer.fills()) {
        Transfer single = transfer;
        single.multicast = 1;
        static_cast<void>(run_transfer(single, port, buffer));
        return;
    }
    const std::uint64_t row_bytes = std::uint64_t{transfer.columns} * transfer.element_bytes;
    for_each_block(transfer, [&](std::uint64_t from, std::uint64_t to) {
        HostRows{port.from(transfer.source + from),
                 port.to(transfer.destination + to),
                 row_bytes,
                 transfer.rows,
                 transfer.source_stride,
                 transfer.destination_stride}
            .copy();
        return true;
    });
}

}  // namespace athena::dma
