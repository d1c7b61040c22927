// SPDX-License-Identifier: Apache-2.0
// The fidelity `timed` behind the tile's front: the same accesses at the same cycles have the same
// answers in the same cycles as those of the RTL, and the same outputs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "pin_commands.h"
#include "regs/tile_regs.h"
#include "tile/rtl_tile.h"
#include "tile/timed_port_tile.h"

using namespace athena;

namespace {

struct Access {
    std::uint64_t cycle = 0;
    std::uint64_t offset = 0;
    bool write = false;
    std::vector<std::byte> data = {};
};

class Maker {
  public:
    explicit Maker(std::uint64_t seed)
        : random_(seed), commands_(pins::make_commands(random_, 12, l1_bytes())) {}

    static std::uint32_t l1_bytes() { return tile::VerilatedTile::config().l1_bytes; }

    std::vector<Access> make() {
        std::vector<Access> accesses;
        std::uint64_t cycle = 0;
        for (std::size_t next = 0; next < commands_.lines.size();) {
            Access access{.cycle = cycle +=
                          random_.below(4) == 0 ? random_.log_uniform(10) : random_.below(4)};
            const std::uint64_t kind = random_.below(100);
            if (kind < 30) {
                access.offset = tile::kQueueWindow;
                access.write = true;
                const tile::Beat& line = commands_.lines[next++];
                access.data.assign(line.begin(), line.end());
            } else if (kind < 80) {
                access.write = random_.chance(50);
                access.data.resize(random_.log_uniform(9));
                do {
                    access.offset = random_.below(l1_bytes() - access.data.size() + 1);
                } while (!pins::is_free(
                    commands_, {access.offset / 64 * 64, access.offset + access.data.size() + 64}));
            } else {
                access.write = random_.chance(30);
                const unsigned size = 1U << random_.below(4);
                access.offset = tile::kRegistersWindow + random_.below(0x78) / size * size;
                access.data.resize(size);
            }
            if (access.write && kind >= 30) {
                std::ranges::generate(access.data,
                                      [&] { return static_cast<std::byte>(random_.bits()); });
            }
            accesses.push_back(access);
        }
        return accesses;
    }

    std::vector<std::byte> l1() {
        std::vector<std::byte> bytes(l1_bytes());
        for (std::size_t i = 0; i < bytes.size(); i += 8) {
            const std::uint64_t word = random_.bits();
            std::memcpy(&bytes[i], &word, sizeof word);
        }
        return bytes;
    }

  private:
    pins::Random random_;
    pins::Commands commands_;
};

struct Seen {
    std::vector<std::uint64_t> cycles;  // of answers
    std::vector<bool> ok;
    std::vector<std::byte> data;  // of reads, and L1 at the end
    std::vector<std::uint64_t> outputs;
    std::uint64_t busy = 0;

    bool operator==(const Seen&) const = default;
};

void take_outputs(tile::Implementation& tile, Seen& seen) {
    for (const tile::Output& output : tile.outputs()) {
        seen.outputs.insert(seen.outputs.end(),
                            {output.cycle, output.completion.tag,
                             static_cast<std::uint64_t>(output.completion.status),
                             static_cast<std::uint64_t>(output.kind), output.irq_level ? 1U : 0U});
    }
    tile.outputs().clear();
}

Seen run(tile::Implementation& tile, std::vector<Access> accesses,
         const std::vector<std::byte>& l1) {
    Seen seen;
    tile.reset(7);
    tile.poke(0, l1);
    std::uint64_t cycle = 7;
    for (Access& access : accesses) {
        cycle = std::max(cycle, access.cycle);
        const tile::Response response =
            tile.access(cycle, {access.offset, access.write, access.data});
        cycle = response.cycle;
        seen.cycles.push_back(cycle);
        seen.ok.push_back(response.ok);
        if (!access.write) {
            seen.data.insert(seen.data.end(), access.data.begin(), access.data.end());
        }
        take_outputs(tile, seen);
    }
    while (tile.next_output() && tile.failure().empty()) {
        tile.advance(*tile.next_output() + 1000);
        take_outputs(tile, seen);
    }
    CHECK(tile.failure().empty());
    std::vector<std::byte> end(l1.size());
    tile.peek(0, end);
    seen.data.insert(seen.data.end(), end.begin(), end.end());
    seen.busy = tile.busy_cycles(cycle);
    return seen;
}

}  // namespace

TEST_CASE("timed: random accesses have the RTL's answers, data and outputs in the RTL's cycles") {
    tile::RtlTile rtl;
    tile::TimedPortTile timed(tile::VerilatedTile::config());
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Maker maker(seed);
        const std::vector<Access> accesses = maker.make();
        const std::vector<std::byte> l1 = maker.l1();
        const Seen of_rtl = run(rtl, accesses, l1);
        const Seen of_timed = run(timed, accesses, l1);
        CHECK(of_rtl.cycles == of_timed.cycles);
        CHECK(of_rtl.ok == of_timed.ok);
        CHECK(of_rtl.outputs == of_timed.outputs);
        CHECK((of_rtl == of_timed));
        CHECK(of_rtl.outputs.size() > 20);
    }
}
