// SPDX-License-Identifier: Apache-2.0
// Published simulators, configured alike. Figures: DRAMsim3 (commit 2981759 of 2021-04-05,
// HBM2 8 Gb, 128-bit legacy channels, 2 Gbit/s a pin) and Ramulator 2.1 (commit c5b1c3a of
// 2026-06-29, HBM2 in pseudo-channel mode), measured by this project over 390,000 cycles after
// 20,000 (8 channels: 117,000 after 10,000).
#include "rig.h"

using namespace athena;
using test::hbm_with;
using test::HbmDriver;
using test::HbmRig;
using test::HbmStream;
using test::HbmTraffic;

namespace {

void near(double ours, double reference, double part) {
    INFO("ours " << ours << ", reference " << reference);
    CHECK(ours >= reference * (1 - part));
    CHECK(ours <= reference * (1 + part));
}

}  // namespace

TEST_CASE("hbm reference: means of unloaded reads") {
    const memory::HbmConfig config = hbm_with("hbm2-8gb-legacy", {{"channels", "1"}});
    // A row hit is 17, a closed bank 31, a conflict 45, and 47 straight after the activation:
    // hbm_timing_test.cpp. Here with refresh, 20,000 reads one at a time.
    HbmRig random(config);
    near(test::serial_latency(random.controller, HbmStream::Random, 20'000, 1), 45.98, 0.01);
    CHECK(random.check() == "");
    HbmRig sequential(config);
    near(test::serial_latency(sequential.controller, HbmStream::Sequential, 20'000, 1), 18.88,
         0.01);
    CHECK(sequential.check() == "");
}

TEST_CASE("hbm reference: bandwidth under full back pressure") {
    struct Row {
        const char* mapping;
        HbmStream stream;
        unsigned read_percent;
        const char* channels;
        HbmDriver driver;
        double achieved;  // fraction of peak
        double latency;   // mean of reads
        double hits;
    };
    constexpr auto kEach = HbmDriver::PerChannel;
    constexpr auto kOrder = HbmDriver::InOrder;
    const std::vector<Row> rows = {
        {"rorabgbachco", HbmStream::Sequential, 100, "1", kEach, 0.9193, 145.56, 0.9671},
        {"rorabgbachco", HbmStream::Sequential, 0, "1", kEach, 0.9190, 0, 0.9671},
        {"rorabgbachco", HbmStream::Random, 100, "1", kEach, 0.2457, 804.13, 0.0002},
        {"rorabgbachco", HbmStream::Sequential, 100, "8", kEach, 0.9204, 145.27, 0.9670},
        {"rorabgbachco", HbmStream::Sequential, 0, "8", kEach, 0.9193, 0, 0.9671},
        {"rorabgbachco", HbmStream::Random, 100, "8", kEach, 0.2456, 775.31, 0.0001},
        {"rorabgbachco", HbmStream::Sequential, 100, "8", kOrder, 0.9205, 84.38, 0.9681},
        {"rorabgbachco", HbmStream::Random, 100, "8", kOrder, 0.2419, 478.20, 0.0001},
        {"rorabgbacoch", HbmStream::Sequential, 100, "8", kOrder, 0.9204, 145.27, 0.9670},
        {"rorabgbacoch", HbmStream::Random, 100, "8", kOrder, 0.2415, 473.73, 0.0001},
    };
    for (const Row& row : rows) {
        HbmRig rig(
            hbm_with("hbm2-8gb-legacy", {{"mapping", row.mapping}, {"channels", row.channels}}));
        const bool one = std::string(row.channels) == "1";
        const test::HbmMeasured m = rig.run({.stream = row.stream,
                                             .driver = row.driver,
                                             .read_percent = row.read_percent,
                                             .warm_up = one ? 20'000U : 10'000U,
                                             .cycles = one ? 390'000U : 117'000U});
        INFO(row.mapping << " stream " << static_cast<int>(row.stream) << " reads "
                         << row.read_percent << " channels " << row.channels << " driver "
                         << static_cast<int>(row.driver));
        near(m.achieved, row.achieved, 0.002);
        near(m.row_hit_rate + 1, row.hits + 1, 0.002);
        if (row.latency > 0) {
            near(m.read_latency, row.latency, 0.01);
        }
    }
}

TEST_CASE("hbm reference: mean latency against load") {
    struct Row {
        HbmStream stream;
        double offered;
        double latency;
    };
    const std::vector<Row> rows = {
        {HbmStream::Sequential, 0.10, 30.04},  {HbmStream::Sequential, 0.20, 32.43},
        {HbmStream::Sequential, 0.30, 36.01},  {HbmStream::Sequential, 0.40, 40.59},
        {HbmStream::Sequential, 0.50, 47.54},  {HbmStream::Sequential, 0.60, 57.15},
        {HbmStream::Sequential, 0.70, 71.90},  {HbmStream::Sequential, 0.80, 97.85},
        {HbmStream::Sequential, 0.85, 121.32}, {HbmStream::Sequential, 0.90, 172.49},
        {HbmStream::Random, 0.02, 53.75},      {HbmStream::Random, 0.05, 60.36},
        {HbmStream::Random, 0.10, 69.02},      {HbmStream::Random, 0.15, 82.98},
        {HbmStream::Random, 0.20, 118.33},
    };
    for (const Row& row : rows) {
        HbmRig rig(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}}));
        const test::HbmMeasured m =
            rig.run({.stream = row.stream, .offered = row.offered, .seed = 1});
        INFO("stream " << static_cast<int>(row.stream) << " load " << row.offered);
        near(m.achieved, row.offered, 0.02);
        near(m.read_latency, row.latency, 0.10);
        CHECK_FALSE(m.saturated);
    }
    for (const double offered : {0.25, 0.30, 0.35, 0.40}) {
        HbmRig rig(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}}));
        const test::HbmMeasured m = rig.run({.stream = HbmStream::Random, .offered = offered});
        near(m.achieved, 0.2457, 0.01);
        CHECK(m.saturated);
    }
}

TEST_CASE("hbm reference: pseudo-channel mode under full back pressure") {
    // A, B and C of the measurements, a channel alone.
    constexpr const char* kA = "robacobgpc";
    constexpr const char* kB = "robaco4bgpcco1";
    constexpr const char* kC = "robgbacopc";
    struct Row {
        const char* mapping;
        HbmStream stream;
        unsigned read_percent;
        double achieved;
        double latency;
        double hits;
    };
    const std::vector<Row> rows = {
        {kA, HbmStream::Sequential, 100, 0.8951, 88.03, 0.9660},
        {kA, HbmStream::Sequential, 0, 0.8914, 0, 0.9660},
        {kA, HbmStream::Random, 100, 0.3013, 243.41, 0.0001},
        {kB, HbmStream::Sequential, 100, 0.8954, 88.01, 0.9661},
        {kB, HbmStream::Sequential, 0, 0.8916, 0, 0.9661},
        {kB, HbmStream::Random, 100, 0.5964, 131.12, 0.4969},
        {kC, HbmStream::Sequential, 100, 0.5641, 129.99, 0.9669},
        {kC, HbmStream::Sequential, 0, 0.5653, 0, 0.9669},
        {kC, HbmStream::Random, 100, 0.3014, 243.38, 0.0001},
    };
    for (const Row& row : rows) {
        HbmRig rig(hbm_with("hbm2-pseudochannel",
                            {{"channels", "1"}, {"rows", "32768"}, {"mapping", row.mapping}}));
        const test::HbmMeasured m =
            rig.run({.stream = row.stream, .read_percent = row.read_percent});
        INFO(row.mapping << " stream " << static_cast<int>(row.stream) << " reads "
                         << row.read_percent);
        near(m.achieved, row.achieved, 0.01);
        near(m.row_hit_rate + 1, row.hits + 1, 0.002);
        if (row.latency > 0) {
            near(m.read_latency, row.latency, 0.02);
        }
    }
}
