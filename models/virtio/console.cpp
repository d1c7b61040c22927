// SPDX-License-Identifier: Apache-2.0
#include "virtio/console.h"

#include <algorithm>
#include <array>

#include "base/state.h"

namespace athena::virtio {

namespace {

enum Queue : unsigned { kReceive = 0, kTransmit = 1 };
/// What a buffer is read by.
constexpr std::uint64_t kPiece = 4096;

}  // namespace

std::size_t Console::room() const {
    return running() ? kMostWaiting - waiting_.size() : 0;
}

void Console::receive(std::span<const std::byte> bytes) {
    const auto taken = bytes.first(std::min(bytes.size(), room()));
    overruns_ += bytes.size() - taken.size();
    if (!taken.empty()) {
        waiting_.insert(waiting_.end(), taken.begin(), taken.end());
        wake();
    }
}

bool Console::wants(unsigned queue) const {
    return queue == kTransmit || !waiting_.empty();
}

Served Console::serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) {
    return queue == kTransmit ? take(buffer, memory) : give(buffer, memory);
}

Served Console::give(const Buffer& buffer, MemoryPort& memory) {
    const std::uint64_t length = std::min<std::uint64_t>(buffer.writable_bytes(), waiting_.size());
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(length);
    const std::vector<std::byte> bytes(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    bytes_received_ += length;
    return {.broken = length == 0 || !buffer.write(memory, 0, bytes),
            .written = static_cast<std::uint32_t>(length),
            .data_bytes = length};
}

Served Console::take(const Buffer& buffer, MemoryPort& memory) {
    const std::uint64_t length = buffer.readable_bytes();
    if (length > kMostSent) {
        return {.broken = true};
    }
    std::array<std::byte, kPiece> space;
    for (std::uint64_t done = 0; done < length; done += kPiece) {
        const auto piece = std::span(space).first(std::min(kPiece, length - done));
        if (!buffer.read(memory, done, piece)) {
            return {.broken = true};
        }
        output_.insert(output_.end(), piece.begin(), piece.end());
    }
    bytes_sent_ += length;
    return {.data_bytes = length};
}

void Console::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("bytes_sent", bytes_sent_);
    visitor.counter("bytes_received", bytes_received_);
    visitor.counter("overruns", overruns_);
}

void Console::save(base::StateWriter& writer) const {
    const std::vector<std::byte> waiting(waiting_.begin(), waiting_.end());
    writer.bytes("waiting", waiting);
    writer.bytes("output", output_);
    writer.value("bytes_sent", bytes_sent_);
    writer.value("bytes_received", bytes_received_);
    writer.value("overruns", overruns_);
}

void Console::load(base::StateReader& reader) {
    const std::vector<std::byte> waiting = reader.bytes("waiting");
    waiting_.assign(waiting.begin(), waiting.end());
    output_ = reader.bytes("output");
    bytes_sent_ = reader.value("bytes_sent");
    bytes_received_ = reader.value("bytes_received");
    overruns_ = reader.value("overruns");
}

}  // namespace athena::virtio
