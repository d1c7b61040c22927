// SPDX-License-Identifier: Apache-2.0
#include "dma/mover.h"

#include <algorithm>
#include <cstring>

namespace athena::dma {

namespace {

class Mover {
  public:
    Mover(const Transfer& transfer, TransferPort& port, std::vector<std::byte>& buffer,
          std::uint64_t burst_bytes)
        : transfer_(transfer), port_(port), buffer_(buffer), burst_bytes_(burst_bytes) {}

    TransferResult run() {
        if (transfer_.fills()) {
            repeat_pattern(transfer_, buffer_, burst_bytes_);
        }
        for (Pieces pieces(transfer_, burst_bytes_); !pieces.done();) {
            if (!move(pieces.next())) {
                break;
            }
        }
        return result_;
    }

  private:
    bool move(const Piece& piece) {
        if (transfer_.fills()) {
            return write(piece, std::span(buffer_).subspan(piece.pattern_from));
        }
        const std::uint64_t bytes = piece.bytes();
        buffer_.resize(std::max<std::size_t>(buffer_.size(), 2 * bytes));
        const auto data = std::span(buffer_).first(bytes);
        if (!read(piece.source, data)) {
            return false;
        }
        if (!transfer_.transpose) {
            return write(piece, data);
        }
        const auto turned = std::span(buffer_).subspan(bytes, bytes);
        turn(data, turned, piece.source.count, piece.destination.count, transfer_.element_bytes);
        return write(piece, turned);
    }

    bool read(const base::Rows& rows, std::span<std::byte> data) {
        for (Bursts bursts(rows, burst_bytes_); !bursts.done();) {
            const Burst burst = bursts.next();
            if (!port_.read(burst.address, data.subspan(burst.offset, burst.length))) {
                return fail(Status::ReadError, burst.address);
            }
        }
        return true;
    }

    bool write(const Piece& piece, std::span<const std::byte> data) {
        return for_each_destination(transfer_, [&](std::uint64_t offset) {
            base::Rows rows = piece.destination;
            rows.first += offset;
            for (Bursts bursts(rows, burst_bytes_); !bursts.done();) {
                const Burst burst = bursts.next();
                if (!port_.write(burst.address, data.subspan(burst.offset, burst.length))) {
                    return fail(Status::WriteError, burst.address);
                }
                result_.bytes_written += burst.length;
            }
            return true;
        });
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
    std::uint64_t burst_bytes_;
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

void repeat_pattern(const Transfer& transfer, std::vector<std::byte>& buffer,
                    std::uint64_t burst_bytes) {
    const std::size_t size = transfer.element_bytes;
    buffer.resize(std::max<std::size_t>(buffer.size(), burst_bytes + size));
    for (std::size_t at = 0; at < burst_bytes + size; at += size) {
        std::memcpy(&buffer[at], &transfer.pattern, size);  // little endian, as hosts are
    }
}

TransferResult run_transfer(const Transfer& transfer, TransferPort& port,
                            std::vector<std::byte>& buffer, std::uint64_t burst_bytes) {
    return Mover(transfer, port, buffer, burst_bytes).run();
}

void transfer_directly(const Transfer& transfer, const std::byte* source, std::byte* destination,
                       std::vector<std::byte>& buffer) {
    DirectPort port(transfer, source, destination);
    if (transfer.transpose || transfer.fills()) {
        Transfer single = transfer;
        single.multicast = 1;
        static_cast<void>(run_transfer(single, port, buffer, kLongBurstBytes));
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
