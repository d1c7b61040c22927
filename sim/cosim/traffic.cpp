// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/traffic.h"

#include <algorithm>

#include "sim/cosim/free_space.h"

namespace athena::cosim {

namespace {

constexpr std::uint64_t kBoundary = 4096;  // no burst crosses a multiple (IHI 0022, A3.4.1)
constexpr std::uint64_t kNoRegister = 0x30;

}  // namespace

void InFlight::add(const Line& line, std::uint64_t l1_bytes) {
    const Shape shape(line);
    const auto take = [&](std::vector<tile::Range>& to, const Part& part) {
        if (!part.empty() && part.range().begin < l1_bytes) {
            to.push_back({part.range().begin, std::min(part.range().end, l1_bytes)});
        }
    };
    for (const Part& operand : shape.operands()) {
        take(all_, operand);
    }
    take(all_, shape.c);
    take(results_, shape.c);
    // R shows whole lines, whatever the burst asks for, and C comes there piece by piece.
    if (!results_.empty()) {
        tile::Range& lines = results_.back();
        lines.begin = lines.begin / tile::kBeatBytes * tile::kBeatBytes;
        lines.end = (lines.end + tile::kBeatBytes - 1) / tile::kBeatBytes * tile::kBeatBytes;
    }
}

bool InFlight::meets(tile::Range range, bool write) const {
    return std::ranges::any_of(of(write), [&](tile::Range other) { return other.meets(range); });
}

std::optional<Access> make_l1_access(Random& random, bool write, const Plan& plan,
                                     const InFlight& in_flight, const std::list<Access>& pending) {
    const auto size = static_cast<std::uint8_t>(random.chance(50) ? 6 : random.below(7));
    const std::uint64_t beats = random.log_uniform(16);
    const std::uint64_t most = (beats << size) - random.below(std::uint64_t{1} << size);
    std::vector<tile::Range> taken = in_flight.of(write);
    for (const Access& access : pending) {
        if (access.kind == Kind::L1Write || (write && access.kind == Kind::L1Read)) {
            const std::uint64_t begin = access.transfer.address;
            taken.push_back({begin, begin + access.data.size()});
        }
    }
    const auto range = find_free(random, most, plan.l1.size(), taken, plan.touched);
    if (!range) {
        return std::nullopt;
    }
    const std::uint64_t length = std::min(most, kBoundary - range->begin % kBoundary);
    Access access(write ? Kind::L1Write : Kind::L1Read, write, range->begin, length);
    access.transfer.size = size;
    if (write) {
        fill_bytes(random, access.data, 2);
    }
    if (write && random.chance(30)) {
        std::vector<unsigned char> enables(length);
        std::ranges::generate(enables, [&] { return static_cast<unsigned char>(random.below(2)); });
        access.enable(std::move(enables));
    }
    return access;
}

Access make_illegal_access(Random& random, std::uint64_t l1_bytes) {
    const bool write = random.chance(50);
    switch (random.below(6)) {
        case 0: {
            Access access(Kind::Illegal, write, random.below(l1_bytes / 128) * 128, 128);
            access.transfer.burst =
                random.chance(50) ? tile::AxiBurst::Fixed : tile::AxiBurst::Wrap;
            return access;
        }
        case 1: {  // beyond L1, or a burst that leaves it
            const bool beyond = random.chance(50);
            return {Kind::Illegal, write,
                    beyond ? l1_bytes + random.below(1000) * 64 : l1_bytes - 64, 128};
        }
        case 2: {
            Access access(Kind::Illegal, write, tile::kRegistersWindow + kNoRegister, 8);
            access.transfer.size = 3;
            return access;
        }
        case 3:  // a line of registers
            return {Kind::Illegal, write, tile::kRegistersWindow, 64};
        case 4: {  // half a command
            Access access(Kind::Illegal, true, tile::kQueueWindow, 32);
            access.transfer.size = 5;
            return access;
        }
        default: {  // a command with a hole, or a read of the queue
            Access access(Kind::Illegal, write, tile::kQueueWindow, 64);
            std::vector<unsigned char> enables(64, 1);
            enables[random.below(64)] = 0;
            access.enable(std::move(enables));
            return access;
        }
    }
}

}  // namespace athena::cosim
