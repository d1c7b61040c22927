// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_config.h"

#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>

#include "memory/hbm_controller.h"

using namespace athena::memory;

TEST_CASE("hbm config: impossible parameters are refused with one reason") {
    struct Case {
        std::function<void(HbmConfig&)> change;
        const char* reason;
    };
    const std::vector<Case> cases = {
        {[](HbmConfig& c) { c.channels = 0; }, "channels is 0, less than 1"},
        {[](HbmConfig& c) { c.channels = 6; }, "channels is 6, not a power of two"},
        {[](HbmConfig& c) { c.banks = 3; }, "banks is 3, not a power of two"},
        {[](HbmConfig& c) { c.pseudo_channels = 4; }, "pseudo_channels is 4, not 1 or 2"},
        {[](HbmConfig& c) { c.banks = 32; }, "a channel has 128 banks, more than 64"},
        {[](HbmConfig& c) { c.bus_bits = 4; }, "bus_bits is 4, less than a byte"},
        {[](HbmConfig& c) { c.burst_length = 1; }, "burst_length is 1, less than 2"},
        {[](HbmConfig& c) { c.row_bytes = 32; }, "row_bytes is 32, less than a burst of 64 bytes"},
        {[](HbmConfig& c) {
             c.rows = 1U << 30;
             c.stacks = 1U << 10;
         },
         "the capacity is 2^58 bytes, more than 2^56"},
        {[](HbmConfig& c) { c.tck_ps = 0; }, "tck_ps is 0, less than 1"},
        {[](HbmConfig& c) { c.cl = 0; }, "cl is 0, less than 1"},
        {[](HbmConfig& c) { c.faw = 0; }, "faw is 0, less than 1"},
        {[](HbmConfig& c) { c.ras = 13; }, "ras is 13, less than rcdrd, which is 14"},
        {[](HbmConfig& c) { c.rc = 47; }, "rc is 47, less than ras + rp, which is 48"},
        {[](HbmConfig& c) { c.rrd_l = 3; }, "rrd_l is 3, less than rrd_s, which is 4"},
        {[](HbmConfig& c) { c.faw = 3; }, "faw is 3, less than rrd_s, which is 4"},
        {[](HbmConfig& c) { c.ccd_s = 3; }, "ccd_l is 2, less than ccd_s, which is 3"},
        {[](HbmConfig& c) { c.wtr_l = 5; }, "wtr_l is 5, less than wtr_s, which is 6"},
        {[](HbmConfig& c) { c.cwl = 18; },
         "cl + burst + rtw_bubble is 18, less than cwl + 1, which is 19"},
        {[](HbmConfig& c) { c.act_cycles = 3; }, "act_cycles is 3, not 1 or 2"},
        {[](HbmConfig& c) { c.refi = 300; },
         "refi is 300, too short for rfc, which is 260, and the closing of all banks"},
        {[](HbmConfig& c) {
             c.refresh = HbmRefresh::PerBank;
             c.refib = 100;
         },
         "refib is 100, too short for rrefd, which is 8, and the closing of a bank"},
        {[](HbmConfig& c) { c.read_queue = 0; }, "read_queue is 0, less than 1"},
        {[](HbmConfig& c) { c.write_queue = 5000; }, "a queue is longer than 4096"},
        {[](HbmConfig& c) { c.drain_low = 80; },
         "drain_low is 80 and drain_high 80, not 0 <= drain_low < drain_high <= 100"},
        {[](HbmConfig& c) { c.idle_drain = 32; },
         "idle_drain is 32, not less than write_queue, which is 32"},
        {[](HbmConfig& c) { c.cl = 2'000'000'000; }, "cl is 2000000000, more than 1073741824"},
        {[](HbmConfig& c) { c.mapping = ""; }, "mapping '': covers 0 of the 2 bits of 'bg'"},
        {[](HbmConfig& c) { c.mapping = "rorabgbach"; },
         "mapping 'rorabgbach': covers 0 of the 5 bits of 'co'"},
        {[](HbmConfig& c) { c.mapping = "rorabgbaxxco"; },
         "mapping 'rorabgbaxxco': unknown field at 'xxco'"},
        {[](HbmConfig& c) { c.mapping = "rorobgbachco"; },
         "mapping 'rorobgbachco': two fields 'ro' without a number of bits"},
        {[](HbmConfig& c) { c.mapping = "robgbachco6"; },
         "mapping 'robgbachco6': 'co' has 6 bits, more than the organisation's 5"},
        {[](HbmConfig& c) { c.mapping = "robgbachco4"; },
         "mapping 'robgbachco4': covers 4 of the 5 bits of 'co'"},
        {[](HbmConfig& c) { c.channel_interleave = 4096; },
         "channel_interleave is given, but mapping 'rorabgbachco' names ch"},
        {[](HbmConfig& c) {
             c.mapping = "robgbaco";
             c.channel_interleave = 32;
         },
         "channel_interleave is 32, not between a burst and what it divides"},
        {[](HbmConfig& c) {
             c.rows = 8;
             c.bank_hash = true;
         },
         "bank_hash needs as many rows as a pseudo-channel has banks"},
    };
    for (const Case& c : cases) {
        HbmConfig config;
        c.change(config);
        CHECK(config.check().value_or("accepted") == c.reason);
        CHECK_THROWS_AS(HbmController(config), std::invalid_argument);
    }
}

TEST_CASE("hbm config: presets are possible, and as large and fast as their names say") {
    for (const std::string_view name : hbm_preset_names()) {
        CHECK(hbm_preset(name)->check().value_or("") == "");
    }
    CHECK_FALSE(hbm_preset("hbm9"));
    // 8 GiB, 256 GB/s; the same; 16 GiB, 409.6 GB/s.
    const HbmConfig legacy = *hbm_preset("hbm2-8gb-legacy");
    CHECK(legacy.capacity() == 8ULL << 30);
    CHECK(legacy.peak_bytes_per_cycle() == 256);
    CHECK(legacy.access_bytes() == 64);
    const HbmConfig pseudo = *hbm_preset("hbm2-pseudochannel");
    CHECK(pseudo.capacity() == 16ULL << 30);  // 65,536 rows; the measurements used half
    CHECK(pseudo.peak_bytes_per_cycle() == 256);
    CHECK(pseudo.access_bytes() == 32);
    const HbmConfig hbm2e = *hbm_preset("hbm2e-16gb");
    CHECK(hbm2e.capacity() == 16ULL << 30);
    CHECK(hbm2e.peak_bytes_per_cycle() * 10'000 / hbm2e.tck_ps == 4096);
    CHECK(hbm2e.access_bytes() == 32);
}

TEST_CASE("hbm config: parameters are set by name") {
    HbmConfig config;
    CHECK_FALSE(hbm_set(config, "faw", "16"));
    CHECK(config.faw == 16);
    CHECK_FALSE(hbm_set(config, "mapping", "rochbgbaco"));
    CHECK_FALSE(hbm_set(config, "organisation", "channel-buffer"));
    CHECK(config.organisation == HbmOrganisation::ChannelBuffer);
    CHECK_FALSE(hbm_set(config, "page_policy", "closed"));
    CHECK_FALSE(hbm_set(config, "refresh", "per-bank"));
    CHECK_FALSE(hbm_set(config, "bank_hash", "true"));
    CHECK(config.bank_hash);
    CHECK(hbm_set(config, "faw", "1x").value_or("") == "faw is '1x', not a number");
    CHECK(hbm_set(config, "faw", "-1").value_or("") == "faw is '-1', not a number");
    CHECK(hbm_set(config, "faw", "99999999999").value_or("") ==
          "faw is '99999999999', not a number");
    CHECK(hbm_set(config, "tfaw", "1").value_or("") == "unknown HBM parameter 'tfaw'");
    CHECK(hbm_set(config, "refresh", "maybe").value_or("") ==
          "refresh is 'maybe', not one of none, all-bank, per-bank");
}
