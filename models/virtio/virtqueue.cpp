// SPDX-License-Identifier: Apache-2.0
#include "virtio/virtqueue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "base/state.h"

namespace athena::virtio {

namespace {

constexpr std::uint16_t kNext = 1;  // flags of a descriptor
constexpr std::uint16_t kWrite = 2;
constexpr std::uint16_t kNoInterrupt = 1;  // of the available ring
constexpr std::uint64_t kRingHeader = 4;   // flags, index

/// A descriptor as it lies in memory.
struct Descriptor {
    std::uint64_t address;
    std::uint32_t length;
    std::uint16_t flags;
    std::uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

template <typename T>
bool get(MemoryPort& memory, std::uint64_t address, T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return memory.read(address, std::as_writable_bytes(std::span(&value, 1)));
}

template <typename T>
bool put(MemoryPort& memory, std::uint64_t address, const T& value) {
    return memory.write(address, std::as_bytes(std::span(&value, 1)));
}

/// Calls access(address, piece) for what `bytes` have in each segment.
template <typename Byte, typename Access>
bool each_piece(const std::vector<Segment>& segments, std::uint64_t offset, std::span<Byte> bytes,
                const Access& access) {
    for (const Segment& segment : segments) {
        if (bytes.empty()) {
            break;
        }
        if (offset >= segment.length) {
            offset -= segment.length;
            continue;
        }
        const std::size_t length = std::min<std::uint64_t>(bytes.size(), segment.length - offset);
        if (!access(segment.address + offset, bytes.first(length))) {
            return false;
        }
        bytes = bytes.subspan(length);
        offset = 0;
    }
    return bytes.empty();
}

}  // namespace

std::uint64_t Buffer::bytes_of(const std::vector<Segment>& segments) {
    std::uint64_t sum = 0;
    for (const Segment& segment : segments) {
        sum += segment.length;
    }
    return sum;
}

bool Buffer::read(MemoryPort& memory, std::uint64_t offset, std::span<std::byte> bytes) const {
    return each_piece(readable, offset, bytes,
                      [&](std::uint64_t address, std::span<std::byte> piece) {
                          return memory.read(address, piece);
                      });
}

bool Buffer::write(MemoryPort& memory, std::uint64_t offset,
                   std::span<const std::byte> bytes) const {
    return each_piece(writable, offset, bytes,
                      [&](std::uint64_t address, std::span<const std::byte> piece) {
                          return memory.write(address, piece);
                      });
}

Virtqueue::Next Virtqueue::take(MemoryPort& memory, Buffer& buffer) {
    std::uint16_t index = 0;
    if (!get(memory, available + 2, index)) {
        return Next::Broken;
    }
    const auto waiting = static_cast<std::uint16_t>(index - taken_);
    if (waiting == 0) {
        return Next::None;
    }
    const std::uint64_t place = available + kRingHeader + taken_ % entries * sizeof(buffer.head);
    if (waiting > entries || !get(memory, place, buffer.head) || !follow(memory, buffer)) {
        return Next::Broken;
    }
    ++taken_;
    return Next::Buffer;
}

// From the buffer's head on. A chain that comes back to itself is longer than the queue.
bool Virtqueue::follow(MemoryPort& memory, Buffer& buffer) const {
    buffer.readable.clear();
    buffer.writable.clear();
    std::uint16_t number = buffer.head;
    for (std::uint16_t length = 0; length < entries; ++length) {
        Descriptor descriptor{};
        if (number >= entries ||
            !get(memory, descriptors + number * sizeof(Descriptor), descriptor) ||
            (descriptor.flags & ~(kNext | kWrite)) != 0 ||
            descriptor.address + descriptor.length < descriptor.address) {
            return false;
        }
        const Segment segment{descriptor.address, descriptor.length};
        if ((descriptor.flags & kWrite) != 0) {
            buffer.writable.push_back(segment);
        } else if (buffer.writable.empty()) {
            buffer.readable.push_back(segment);
        } else {
            return false;  // what is read comes first (2.7.4.2)
        }
        if ((descriptor.flags & kNext) == 0) {
            return true;
        }
        number = descriptor.next;
    }
    return false;
}

bool Virtqueue::give_back(MemoryPort& memory, const Buffer& buffer, std::uint32_t written,
                          bool& interrupts) {
    const std::array<std::uint32_t, 2> element{buffer.head, written};
    std::uint16_t flags = 0;
    if (!put(memory, used + kRingHeader + given_ % entries * sizeof(element), element) ||
        !put(memory, used + 2, static_cast<std::uint16_t>(given_ + 1)) ||
        !get(memory, available, flags)) {
        return false;
    }
    ++given_;
    interrupts = (flags & kNoInterrupt) == 0;
    return true;
}

void Virtqueue::save(base::StateWriter& writer) const {
    writer.value("entries", entries);
    writer.value("ready", ready ? 1 : 0);
    writer.value("descriptors", descriptors);
    writer.value("available", available);
    writer.value("used", used);
    writer.value("taken", taken_);
    writer.value("given", given_);
}

void Virtqueue::load(base::StateReader& reader) {
    entries = static_cast<std::uint16_t>(reader.value("entries"));
    ready = reader.value("ready") != 0;
    descriptors = reader.value("descriptors");
    available = reader.value("available");
    used = reader.value("used");
    taken_ = static_cast<std::uint16_t>(reader.value("taken"));
    given_ = static_cast<std::uint16_t>(reader.value("given"));
}

}  // namespace athena::virtio
