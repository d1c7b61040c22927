// SPDX-License-Identifier: Apache-2.0
#include "virtio/entropy.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/state.h"

namespace athena::virtio {

namespace {

/// A driver that wants more asks again.
constexpr std::uint64_t kMostBytes = 512;

/// Number `index` of the generator SplitMix64 with this seed (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t split_mix(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed + (index + 1) * 0x9E37'79B9'7F4A'7C15;
    z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
    return z ^ z >> 31;
}

}  // namespace

Served Entropy::serve(unsigned /*queue*/, const Buffer& buffer, MemoryPort& memory) {
    std::array<std::byte, kMostBytes> bytes;
    const std::uint64_t length = std::min(buffer.writable_bytes(), kMostBytes);
    for (std::uint64_t at = 0; at < length; at += sizeof(std::uint64_t)) {
        const std::uint64_t word = split_mix(seed_, words_++);
        std::memcpy(&bytes[at], &word, sizeof(word));
    }
    const bool written = buffer.write(memory, 0, std::span(bytes).first(length));
    return {.broken = !written || length == 0,
            .written = static_cast<std::uint32_t>(length),
            .data_bytes = length};
}

void Entropy::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("words", words_);
}

void Entropy::save(base::StateWriter& writer) const {
    writer.value("words", words_);
}

void Entropy::load(base::StateReader& reader) {
    words_ = reader.value("words");
}

}  // namespace athena::virtio
