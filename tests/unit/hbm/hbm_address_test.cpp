// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_address.h"

#include <random>

#include "rig.h"

using namespace athena;
using memory::HbmAddressMap;
using memory::HbmConfig;
using memory::HbmLocation;
using test::hbm_with;

TEST_CASE("hbm address: the reference's maps") {
    // rorabgbachco, from below: 64 B, 5 bits of column, 3 of channel, 2 of bank, 2 of group, row.
    const HbmAddressMap by_row(HbmConfig{});
    CHECK(by_row.locate(0x7C0) == HbmLocation{.column = 31});
    CHECK(by_row.locate(0x800) == HbmLocation{.channel = 1});
    CHECK(by_row.locate(0x4000) == HbmLocation{.bank = 1});
    CHECK(by_row.locate(0x10000) == HbmLocation{.bank = 4});
    CHECK(by_row.locate(0x40000) == HbmLocation{.row = 1});
    CHECK(by_row.locate((8ULL << 30) + 0x3F) == HbmLocation{});
    // rorabgbacoch: 64 B a channel.
    const HbmAddressMap by_line(hbm_with("hbm2-8gb-legacy", {{"mapping", "rorabgbacoch"}}));
    CHECK(by_line.locate(0x40) == HbmLocation{.channel = 1});
    CHECK(by_line.locate(0x200) == HbmLocation{.column = 1});
    CHECK(by_line.locate(0x4000) == HbmLocation{.bank = 1});
}

TEST_CASE("hbm address: the maps of pseudo-channel mode") {
    // A: row, bank, column, bank group, pseudo-channel; a bank is 16 a pseudo-channel, 4 a group.
    const HbmAddressMap a(
        hbm_with("hbm2-pseudochannel", {{"channels", "1"}, {"mapping", "robacobgpc"}}));
    CHECK(a.locate(0x20) == HbmLocation{.bank = 16});
    CHECK(a.locate(0x40) == HbmLocation{.bank = 4});
    CHECK(a.locate(0x100) == HbmLocation{.column = 1});
    CHECK(a.locate(0x2000) == HbmLocation{.bank = 1});
    CHECK(a.locate(0x8000) == HbmLocation{.row = 1});
    // B: the lowest bit of the column below them.
    const HbmAddressMap b(
        hbm_with("hbm2-pseudochannel", {{"channels", "1"}, {"mapping", "robaco4bgpcco1"}}));
    CHECK(b.locate(0x20) == HbmLocation{.column = 1});
    CHECK(b.locate(0x40) == HbmLocation{.bank = 16});
    CHECK(b.locate(0x200) == HbmLocation{.column = 2});
    // C: row, bank group, bank, column, pseudo-channel.
    const HbmAddressMap c(
        hbm_with("hbm2-pseudochannel", {{"channels", "1"}, {"mapping", "robgbacopc"}}));
    CHECK(c.locate(0x20) == HbmLocation{.bank = 16});
    CHECK(c.locate(0x40) == HbmLocation{.column = 1});
    CHECK(c.locate(0x800) == HbmLocation{.bank = 1});
    CHECK(c.locate(0x2000) == HbmLocation{.bank = 4});
}

TEST_CASE("hbm address: channels and stacks interleave at their granularity") {
    // 256 B a channel in the middle of the columns, 1 MiB a stack in the middle of the rows:
    // column 2 bits, channel 3, column 3, bank 2, group 2, rows 2 (up to 1 MiB), stack, rows.
    const HbmAddressMap map(hbm_with("hbm2-8gb-legacy", {{"mapping", "robgbaco"},
                                                         {"stacks", "2"},
                                                         {"channel_interleave", "256"},
                                                         {"stack_interleave", "1048576"}}));
    CHECK(map.locate(0xC0) == HbmLocation{.column = 3});
    CHECK(map.locate(0x100) == HbmLocation{.channel = 1});
    CHECK(map.locate(0x800) == HbmLocation{.column = 4});
    CHECK(map.locate(0x4000) == HbmLocation{.bank = 1});
    CHECK(map.locate(0x40000) == HbmLocation{.row = 1});
    CHECK(map.locate(0x100000) == HbmLocation{.channel = 8});
    CHECK(map.locate(0x200000) == HbmLocation{.row = 4});
    // Without granularity: whole channels, then whole stacks.
    const HbmAddressMap whole(
        hbm_with("hbm2-8gb-legacy", {{"mapping", "robgbaco"}, {"stacks", "2"}}));
    CHECK(whole.locate(1ULL << 30) == HbmLocation{.channel = 1});
    CHECK(whole.locate(8ULL << 30) == HbmLocation{.channel = 8});
}

TEST_CASE("hbm address: the bank hash spreads a stride of rows over the banks") {
    const HbmAddressMap map(hbm_with("hbm2-8gb-legacy", {{"bank_hash", "true"}}));
    for (unsigned row = 0; row < 64; ++row) {
        CHECK(map.locate(std::uint64_t{row} << 18) == HbmLocation{.bank = row % 16, .row = row});
    }
}

TEST_CASE("hbm address: every map is a bijection") {
    const std::vector<HbmConfig> configs = {
        hbm_with("hbm2-8gb-legacy", {}),
        hbm_with("hbm2-8gb-legacy", {{"mapping", "rorabgbacoch"}, {"bank_hash", "true"}}),
        hbm_with("hbm2-pseudochannel", {}),
        hbm_with("hbm2-pseudochannel",
                 {{"mapping", "ro3stbaco2bgro2pcrochco"}, {"stacks", "4"}, {"bank_hash", "true"}}),
        hbm_with("hbm2-pseudochannel", {{"mapping", "robgbapcco"},
                                        {"stacks", "2"},
                                        {"channel_interleave", "512"},
                                        {"stack_interleave", "4096"}}),
        hbm_with("hbm2e-16gb", {}),
    };
    std::mt19937_64 random(3);
    for (const HbmConfig& config : configs) {
        const HbmAddressMap map(config);
        for (int i = 0; i < 10'000; ++i) {
            const std::uint64_t address = random() % config.capacity();
            const HbmLocation where = map.locate(address);
            REQUIRE(map.address(where) == address / config.access_bytes() * config.access_bytes());
            REQUIRE(where.channel < config.total_channels());
            REQUIRE(where.bank < config.channel_banks());
            REQUIRE(where.row < config.rows);
            REQUIRE(where.column < config.bursts_per_row());
        }
    }
}
