// SPDX-License-Identifier: Apache-2.0
// The random commands and their bins, without running them.
#include "sim/cosim/bins.h"

#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "tile/verilated_tile.h"

using namespace athena;
using tile::Status;

namespace {

const tile::TileConfig& config() {
    return tile::VerilatedTile::config();
}

}  // namespace

TEST_CASE("plan: every command has the status that it was made for, and each status comes") {
    std::map<Status, unsigned> statuses;
    unsigned open = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        cosim::Random random(seed);
        cosim::CommandMaker maker(random, config());
        for (std::uint32_t tag = 0; tag < 30; ++tag) {
            const cosim::Command command = maker.make(tag);
            const auto decoded = tile::decode_matmul(command.line, config().l1_bytes);
            CAPTURE(seed, tag);
            REQUIRE(decoded.status == command.status.value_or(decoded.status));
            REQUIRE(decoded.matmul.tag == tag);
            ++statuses[decoded.status];
            open += command.status ? 0 : 1;
        }
    }
    CHECK(statuses.size() == 8);
    for (const auto& [status, count] : statuses) {
        CAPTURE(static_cast<int>(status));
        CHECK(count >= 150);
    }
    CHECK(open >= 20);
}

TEST_CASE("plan: sizes have the weights that docs/cosim.md states") {
    std::map<std::uint64_t, unsigned> m;
    std::map<std::uint64_t, unsigned> k;
    constexpr unsigned kCommands = 20'000;
    cosim::Random random(5);
    cosim::CommandMaker maker(random, config());
    for (std::uint32_t tag = 0; tag < kCommands; ++tag) {
        const cosim::Shape shape(maker.make(tag).line);
        ++m[shape.m];
        ++k[shape.k];
    }
    for (auto* sizes : {&m, &k}) {
        for (const std::uint64_t edge : {0, 1, 31, 32, 33}) {
            CAPTURE(edge);
            CHECK((*sizes)[edge] > kCommands / 40);
        }
    }
    CHECK(k[1023] + k[1024] + k[1025] > kCommands / 100);
    CHECK(k.rbegin()->first > 2000);
    CHECK(m.rbegin()->first >= 128);
}

TEST_CASE("bins: a command counts in the pairs that it has, and only there") {
    cosim::Bins bins(config());
    const auto before = bins.count();
    CHECK(before.hit == 0);
    CHECK(before.reachable > 7000);
    cosim::Line line{};
    const regs::descriptor::MatmulView view(line);
    view.set_opcode(regs::descriptor::Opcode::Matmul);
    view.set_m(32);
    view.set_n(5);
    view.set_k(1025);
    view.set_a_ld(65);
    view.set_b_ld(1);
    view.set_b_addr(0x2'0020);
    bins.add(line, {.status = Status::Ok}, {.level = cosim::Level::Last});
    // 29 dimensions: without the four of scales and the status. Each pair, and each with the
    // status.
    CHECK(bins.count().hit == 29 * 28 / 2 + 29);
    CHECK(bins.count().wrong == 0);
    std::ostringstream text;
    bins.write(text);
    for (const char* part :
         {"\nM=block N=less 1\n", "\nM=block K=passes 1\n", "\nB-base=half B-ld=row 1\n",
          "\nA-ld=row A-ld-parity=odd 1\n", "\nqueue=last stall-AW=0% 1\n",
          "\nN=less status=Ok 1\n", "\nM=block N=more 0\n",
          "\naccumulate=1 saturate=1 0 excluded: only an FP8 C saturates\n"}) {
        CAPTURE(part);
        CHECK(text.str().find(part) != std::string::npos);
    }
    // One that is refused counts with its status alone.
    const auto first = bins.count().hit;
    bins.add(line, {.status = Status::Overlap},
             {.level = cosim::Level::Last, .status = Status::Overlap});
    CHECK(bins.count().hit == first + 27);
}
