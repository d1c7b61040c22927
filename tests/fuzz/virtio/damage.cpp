// SPDX-License-Identifier: Apache-2.0
#include "damage.h"

#include "unit/virtio/driver.h"

namespace athena::test {

namespace {

bool once_in(Random& random, std::uint64_t times) {
    return random() % times == 0;
}

std::uint32_t odd_length(Random& random) {
    const std::array<std::uint32_t, 9> lengths = {
        0,           1,           15,
        17,          0x7FFF'FFFF, 0x8000'0000,
        0xFFFF'FFFF, 0xFFFF'FFF0, static_cast<std::uint32_t>(random())};
    return lengths[random() % lengths.size()];
}

/// One chain of all descriptors from `first` on, of parts that lie on each other.
void pile_up(RingBench& bench, Random& random, const Ring& ring, std::uint64_t first) {
    const unsigned writable = once_in(random, 2) ? kWritable : 0;
    for (std::uint64_t i = first; i < ring.entries; ++i) {
        const unsigned more = i + 1u == ring.entries ? 0 : kNext;
        bench.put(ring.descriptors + 16 * i, Descriptor{RingBench::kRam + 0x1'0000, 0x2'0000,
                                                        static_cast<std::uint16_t>(writable | more),
                                                        static_cast<std::uint16_t>(i + 1)});
    }
}

}  // namespace

std::uint64_t odd_address(Random& random) {
    const std::array<std::uint64_t, 11> places = {0,
                                                  RingBench::kRam,
                                                  RingBench::kRam + RingBench::kRamSize,
                                                  RingBench::kTop,
                                                  ~std::uint64_t{0},
                                                  RingBench::kRegisters,
                                                  RingBench::kRegisters + kStatus,
                                                  RingBench::kRegisters + kQueueNotify,
                                                  RingBench::kRegisters + kQueueReady,
                                                  RingBench::kRam + 0x1000,
                                                  random()};
    return places[random() % places.size()] + (once_in(random, 2) ? 0 : random() % 64 - 32);
}

void damage(RingBench& bench, Random& random, const Ring& ring) {
    const std::uint64_t number = random() % ring.entries;
    const std::uint64_t at = ring.descriptors + 16 * number;
    auto descriptor = bench.look<Descriptor>(at);
    switch (random() % 10) {
        case 0:
            descriptor.address = odd_address(random);
            break;
        case 1:
            descriptor.length = odd_length(random);
            break;
        case 2:
            descriptor.flags ^= static_cast<std::uint16_t>(1 << random() % 16);
            break;
        case 3:
            descriptor.flags = static_cast<std::uint16_t>(random() % 8);
            break;
        case 4:
            descriptor.next = static_cast<std::uint16_t>(random() % (ring.entries + 2u));
            break;
        case 5:
            descriptor.next = static_cast<std::uint16_t>(random());
            break;
        case 6:
            bench.put(ring.available + 4 + 2 * (random() % ring.entries),
                      static_cast<std::uint16_t>(
                          once_in(random, 2) ? random() : random() % (ring.entries + 1u)));
            return;
        case 7:  // a table, or what may be taken for one
            descriptor.flags = kIndirect;
            descriptor.address = once_in(random, 2) ? ring.descriptors : ring.descriptors + 16;
            descriptor.length =
                static_cast<std::uint32_t>(16 * (random() % 5) + (once_in(random, 4) ? 1 : 0));
            break;
        case 8:
            pile_up(bench, random, ring, number);
            return;
        default:
            for (std::size_t i = 0; i < 16; ++i) {
                bench.put(at + i, static_cast<std::uint8_t>(random()));
            }
            return;
    }
    bench.put(at, descriptor);
}

}  // namespace athena::test
