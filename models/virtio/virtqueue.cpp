// SPDX-License-Identifier: Apache-2.0
#include "virtio/virtqueue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "base/state.h"

namespace athena::virtio {

namespace {

constexpr std::uint16_t kNext = 1;  // flags of a descriptor
constexpr std::uint16_t kWrite = 2;
constexpr std::uint16_t kIndirect = 4;
constexpr std::uint16_t kNoInterrupt = 1;  // of the available ring
constexpr std::uint64_t kRingHeader = 4;   // flags, index
constexpr std::uint64_t kUsedElement = 8;  // head, bytes written

/// A descriptor as it lies in memory.
struct Descriptor {
    std::uint64_t address;
    std::uint32_t length;
    std::uint16_t flags;
    std::uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

/// Descriptors that lie one after the other: the queue's, or those that one of them names.
struct Table {
    std::uint64_t address;
    std::uint32_t entries;
};

template <typename T>
bool get(MemoryPort& memory, std::uint64_t address, T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return memory.read(address, std::as_writable_bytes(std::span(&value, 1)));
}

/// Adds the parts of a chain, the first of which is descriptor `number`, to the buffer. `inner`:
/// the table that its last descriptor names, if it does. A chain that comes back to itself is
/// longer than its table.
bool follow(MemoryPort& memory, const Table& table, std::uint32_t number, Buffer& buffer,
            std::optional<Table>& inner) {
    const std::uint32_t most = std::min<std::uint32_t>(table.entries, Virtqueue::kMostEntries);
    for (std::uint32_t length = 0; length < most; ++length) {
        Descriptor descriptor{};
        if (number >= table.entries ||
            !get(memory, table.address + number * sizeof(Descriptor), descriptor) ||
            (descriptor.flags & ~(kNext | kWrite | kIndirect)) != 0 ||
            descriptor.address + descriptor.length < descriptor.address) {
            return false;
        }
        if ((descriptor.flags & kIndirect) != 0) {
            inner = {descriptor.address, descriptor.length / std::uint32_t{sizeof(Descriptor)}};
            return (descriptor.flags & kNext) == 0 && descriptor.length % sizeof(Descriptor) == 0;
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
        return ask_for_notification(memory) ? Next::None : Next::Broken;
    }
    const std::uint64_t place = available + kRingHeader + taken_ % entries * sizeof(buffer.head);
    if (waiting > entries || !get(memory, place, buffer.head) || !collect(memory, buffer)) {
        return Next::Broken;
    }
    ++taken_;
    return Next::Buffer;
}

// A table is the end of its chain, and names no other (2.7.5.3).
bool Virtqueue::collect(MemoryPort& memory, Buffer& buffer) const {
    buffer.readable.clear();
    buffer.writable.clear();
    std::optional<Table> table;
    std::optional<Table> nested;
    if (!follow(memory, {descriptors, entries}, buffer.head, buffer, table)) {
        return false;
    }
    return !table || (indirect && follow(memory, *table, 0, buffer, nested) && !nested);
}

// Behind the used ring: the index of the buffer whose notification the device wants.
bool Virtqueue::ask_for_notification(MemoryPort& memory) const {
    return !event_index || put(memory, used + kRingHeader + entries * kUsedElement, taken_);
}

// Behind the available ring: the index of the buffer whose return the driver wants to be told of;
// without event indices a flag says whether it wants any.
bool Virtqueue::driver_wants(MemoryPort& memory, bool& interrupt) const {
    std::uint16_t word = 0;
    const std::uint64_t place =
        event_index ? available + kRingHeader + entries * sizeof(word) : available;
    if (!get(memory, place, word)) {
        return false;
    }
    interrupt = event_index ? word == given_ : (word & kNoInterrupt) == 0;
    return true;
}

bool Virtqueue::give_back(MemoryPort& memory, const Buffer& buffer, std::uint32_t written,
                          bool& interrupts) {
    const std::array<std::uint32_t, 2> element{buffer.head, written};
    static_assert(sizeof(element) == kUsedElement);
    if (!put(memory, used + kRingHeader + given_ % entries * kUsedElement, element) ||
        !put(memory, used + 2, static_cast<std::uint16_t>(given_ + 1)) ||
        !driver_wants(memory, interrupts)) {
        return false;
    }
    ++given_;
    return true;
}

void Virtqueue::save(base::StateWriter& writer) const {
    writer.value("entries", entries);
    writer.value("ready", ready ? 1 : 0);
    writer.value("indirect", indirect ? 1 : 0);
    writer.value("event_index", event_index ? 1 : 0);
    writer.value("descriptors", descriptors);
    writer.value("available", available);
    writer.value("used", used);
    writer.value("taken", taken_);
    writer.value("given", given_);
}

void Virtqueue::load(base::StateReader& reader) {
    entries = static_cast<std::uint16_t>(reader.value("entries"));
    ready = reader.value("ready") != 0;
    indirect = reader.value("indirect") != 0;
    event_index = reader.value("event_index") != 0;
    descriptors = reader.value("descriptors");
    available = reader.value("available");
    used = reader.value("used");
    taken_ = static_cast<std::uint16_t>(reader.value("taken"));
    given_ = static_cast<std::uint16_t>(reader.value("given"));
}

}  // namespace athena::virtio
