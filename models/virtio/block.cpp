// SPDX-License-Identifier: Apache-2.0
#include "virtio/block.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/state.h"

namespace athena::virtio {

namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kNameBytes = 20;

constexpr std::uint64_t kSegMax = 1u << 2;  // feature bits
constexpr std::uint64_t kReadOnly = 1u << 5;
constexpr std::uint64_t kFlush = 1u << 9;

enum Type : std::uint32_t { kIn = 0, kOut = 1, kFlushAll = 4, kGetId = 8 };

}  // namespace

Block::Block(std::unique_ptr<BlockStorage> storage) : storage_(std::move(storage)), piece_(kPiece) {
    const std::uint64_t sectors = storage_->size() / kSector;
    const std::uint32_t most_segments = Virtqueue::kMostEntries - 2;  // header and status
    std::memcpy(&configuration_[0], &sectors, sizeof(sectors));
    std::memcpy(&configuration_[12], &most_segments, sizeof(most_segments));
}

std::uint64_t Block::features() const {
    return kSegMax | kFlush | (storage_->read_only() ? kReadOnly : 0);
}

Served Block::serve(unsigned /*queue*/, const Buffer& buffer, MemoryPort& memory) {
    Request request;
    const std::uint64_t writable = buffer.writable_bytes();
    if (writable == 0 || !buffer.read(memory, 0, std::as_writable_bytes(std::span(&request, 1)))) {
        return {.broken = true};
    }
    Status status = Status::Unsupported;
    Served served;
    switch (request.type) {
        case kIn:
            status = read(request, buffer, memory);
            served.data_bytes = writable - 1;
            break;
        case kOut:
            status = write(request, buffer, memory);
            served.data_bytes = buffer.readable_bytes() - sizeof(request);
            break;
        case kFlushAll:
            status = flush();
            break;
        case kGetId:
            status = identify(buffer, memory);
            break;
        default:
            break;
    }
    counters_.errors += status == Status::Ok ? 0 : 1;
    const bool reads = request.type == kIn || request.type == kGetId;
    served.written =
        static_cast<std::uint32_t>(reads && status == Status::Ok ? writable : std::uint64_t{1});
    const auto last = static_cast<std::byte>(status);
    served.broken = !buffer.write(memory, writable - 1, std::span(&last, 1));
    return served;
}

bool Block::holds(const Request& request, std::uint64_t bytes) const {
    const std::uint64_t sectors = storage_->size() / kSector;
    return bytes % kSector == 0 && request.sector <= sectors &&
           bytes / kSector <= sectors - request.sector;
}

Block::Status Block::read(const Request& request, const Buffer& buffer, MemoryPort& memory) {
    const std::uint64_t bytes = buffer.writable_bytes() - 1;
    ++counters_.reads;
    if (!holds(request, bytes)) {
        return Status::Error;
    }
    for (std::uint64_t done = 0; done < bytes; done += kPiece) {
        const auto piece = std::span(piece_).first(std::min<std::uint64_t>(kPiece, bytes - done));
        if (!storage_->read(request.sector * kSector + done, piece) ||
            !buffer.write(memory, done, piece)) {
            return Status::Error;
        }
    }
    counters_.bytes_read += bytes;
    return Status::Ok;
}

Block::Status Block::write(const Request& request, const Buffer& buffer, MemoryPort& memory) {
    const std::uint64_t bytes = buffer.readable_bytes() - sizeof(Request);
    ++counters_.writes;
    if (storage_->read_only() || !holds(request, bytes)) {
        return Status::Error;
    }
    for (std::uint64_t done = 0; done < bytes; done += kPiece) {
        const auto piece = std::span(piece_).first(std::min<std::uint64_t>(kPiece, bytes - done));
        if (!buffer.read(memory, sizeof(Request) + done, piece) ||
            !storage_->write(request.sector * kSector + done, piece)) {
            return Status::Error;
        }
    }
    counters_.bytes_written += bytes;
    return Status::Ok;
}

Block::Status Block::flush() {
    ++counters_.flushes;
    return storage_->flush() ? Status::Ok : Status::Error;
}

Block::Status Block::identify(const Buffer& buffer, MemoryPort& memory) const {
    std::array<std::byte, kNameBytes> name{};
    const std::string text = storage_->name();
    std::memcpy(name.data(), text.data(), std::min(text.size(), name.size()));
    const std::uint64_t room = buffer.writable_bytes() - 1;
    return room >= name.size() && buffer.write(memory, 0, name) ? Status::Ok : Status::Error;
}

void Block::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("reads", counters_.reads);
    visitor.counter("writes", counters_.writes);
    visitor.counter("flushes", counters_.flushes);
    visitor.counter("errors", counters_.errors);
    visitor.counter("bytes_read", counters_.bytes_read);
    visitor.counter("bytes_written", counters_.bytes_written);
}

void Block::save(base::StateWriter& writer) const {
    writer.value("reads", counters_.reads);
    writer.value("writes", counters_.writes);
    writer.value("flushes", counters_.flushes);
    writer.value("errors", counters_.errors);
    writer.value("bytes_read", counters_.bytes_read);
    writer.value("bytes_written", counters_.bytes_written);
}

void Block::load(base::StateReader& reader) {
    counters_.reads = reader.value("reads");
    counters_.writes = reader.value("writes");
    counters_.flushes = reader.value("flushes");
    counters_.errors = reader.value("errors");
    counters_.bytes_read = reader.value("bytes_read");
    counters_.bytes_written = reader.value("bytes_written");
}

}  // namespace athena::virtio
