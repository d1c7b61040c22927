// SPDX-License-Identifier: Apache-2.0
// What follows from the sections' totals: bounds, utilisation, energy, layers.
#include "sim/report/report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "sim/report/energy.h"

using namespace athena;
using namespace athena::test;
using sim::Bound;
using sim::Report;
using sim::ReportRow;

namespace {

/// Counters as a board has them.
struct Counters : base::StatisticsSource {
    explicit Counters(std::uint64_t all_macs = 0, std::uint64_t all_bytes = 0)
        : macs(all_macs), dma_bytes(all_bytes) {}
    void report(base::StatisticsVisitor& visitor) const override {
        visitor.enter("cluster0");
        visitor.enter("dma");
        visitor.enter("channel0");
        visitor.counter("bytes", dma_bytes);
        visitor.leave();
        visitor.leave();
        visitor.enter("tile0");
        visitor.counter("multiply_accumulates", macs);
        visitor.counter("bytes", 12345);  // of something else
        visitor.leave();
        visitor.leave();
    }
    std::uint64_t macs;
    std::uint64_t dma_bytes;
};

const ReportRow& row_of(const Report& report, std::uint16_t number) {
    for (const ReportRow& row : report.sections) {
        if (row.number == number) {
            return row;
        }
    }
    FAIL("no section " << number);
    throw std::logic_error("not reached");
}

/// A product of section 1 from 0 to 100 ns, a copy of section 2 from 100 to 1100 ns.
struct Two {
    explicit Two(const std::vector<std::string>& overrides = {})
        : story(overrides, {{1, "layer 7/product"}, {2, "copies"}}) {
        story.start(EngineKind::Tile, 0, product, 0);
        story.end(EngineKind::Tile, 0, product, 100'000);
        story.start(EngineKind::Dma, 0, load, 100'000);
        story.end(EngineKind::Dma, 0, load, 1'100'000);
        story.collector.finish(2'000'000);
    }
    Report report(const Counters& counters = Counters(), sim::FabricMap fabric = {}) {
        return make_report(story.board, story.collector, story.names, 2'000'000, counters,
                           std::move(fabric));
    }

    Descriptor product = matmul(tag_of(1));
    Descriptor load = copy(tag_of(2), kHbm, platform::tile_base(0, 0), 45'000);
    Story story;
};

}  // namespace

TEST_CASE("report: bounds, utilisation and distance by the board's peaks") {
    Two two({"hbm.bytes_per_second=450_000_000_000"});
    const Report report = two.report();
    // athena-mini: one tile of 16 x 16 at 1.5 GHz; one core of 64 lanes; one channel of 64 bytes.
    CHECK(report.peaks.macs == 384'000'000'000);
    CHECK(report.peaks.vector_operations == 96'000'000'000);
    CHECK(report.peaks.hbm_bytes == 450'000'000'000);
    CHECK(report.peaks.link_bytes == 96'000'000'000);
    const ReportRow& product = row_of(report, 1);
    // 4096 / 384 G = 10667 ps, rounded up; of 100 ns that is 10.667 %.
    CHECK(product.bounds == std::array<std::uint64_t, 4>{10'667, 0, 0, 0});
    CHECK(product.bound == Bound::Compute);
    CHECK(product.utilisation_ppm == 106'670);
    CHECK(product.distance_thousandths == 9'374);  // 100000 / 10667
    const ReportRow& load = row_of(report, 2);
    // 45000 bytes: 100 ns of HBM, 468750 ps of the link.
    CHECK(load.bounds == std::array<std::uint64_t, 4>{0, 0, 100'000, 468'750});
    CHECK(load.bound == Bound::Link);
    CHECK(load.utilisation_ppm == 0);
    CHECK(load.distance_thousandths == 2'133);  // 1000000 / 468750
    CHECK(report.all.totals.time == 1'100'000);
    CHECK(report.all.bound == Bound::Link);
    CHECK(report.all.utilisation_ppm == 9'697);  // 10667 / 1100000
    CHECK(report.idle == 900'000);
    CHECK(report.time == 2'000'000);
}

TEST_CASE("report: names are layer and operation; sections without a name are nobody's") {
    Two two;
    two.story.names = {{1, "layer 7/product"}, {3, "unused"}};
    const Report report = two.report();
    REQUIRE(report.sections.size() == 2);
    CHECK(report.sections[0].number == 0);
    CHECK(report.sections[0].operation == "(no section)");
    CHECK(report.sections[0].totals.work.dma_bytes() == 45'000);
    CHECK(report.sections[1].layer == "layer 7");
    CHECK(report.sections[1].operation == "product");
    REQUIRE(report.layers.size() == 1);
    CHECK(report.layers[0].layer == "layer 7");
    CHECK(report.layers[0].totals.work.all_macs() == 4096);
    CHECK(report.layers[0].totals.active == 100'000);
    CHECK(report.all.totals.work.dma_bytes() == 45'000);
}

TEST_CASE("report: what the board counts beyond all sections is told") {
    Two two;
    const Report report = two.report(Counters(4096 + 5, 45'000 + 64));
    CHECK(report.unobserved_macs == 5);
    CHECK(report.unobserved_dma_bytes == 64);
}

TEST_CASE("report: energy is each part's work times the table's figure") {
    sim::Work work;
    work.macs = {1, 2, 3, 4, 5, 6};  // BF16, MXINT8, FP8, MXFP8, MXFP6, MXFP4
    work.vector_operations = 7;
    // hbm, ram, own L1, own SRAM, other cluster, elsewhere
    work.read = {10, 20, 30, 40, 50, 60};
    work.written = {1, 2, 3, 4, 5, 6};
    work.tile_l1_bytes = 1000;
    work.vector_sram_bytes = 2000;
    const platform::BoardConfig::Energy table = {.mac_bf16_fj = 100,
                                                 .mac_fp8_fj = 30,
                                                 .mac_mxfp8_fj = 40,
                                                 .mac_mxfp6_fj = 50,
                                                 .mac_mxfp4_fj = 60,
                                                 .mac_mxint8_fj = 20,
                                                 .vector_operation_fj = 11,
                                                 .l1_fj_per_byte = 2,
                                                 .sram_fj_per_byte = 3,
                                                 .crossbar_fj_per_byte = 5,
                                                 .mesh_fj_per_byte_hop = 7,
                                                 .hbm_fj_per_byte = 13,
                                                 .ram_fj_per_byte = 17,
                                                 .static_mw = 19};
    const sim::EnergyShares energy = energy_of(work, 1000, 100, table);
    CHECK(energy.multiply == 100 + 2 * 20 + 3 * 30 + 4 * 40 + 5 * 50 + 6 * 60);
    CHECK(energy.vector == 77);
    CHECK(energy.l1 == (1000 + 33 + 55) * 2);
    CHECK(energy.sram == (2000 + 44) * 3);
    CHECK(energy.crossbar == (210 + 21) * 5);
    CHECK(energy.mesh == 700);
    CHECK(energy.hbm == 11 * 13);
    CHECK(energy.ram == 22 * 17);
    CHECK(energy.idle == 19'000);  // 19 mW for 1 ns are 19 pJ
    CHECK(energy.total() == 1000 + 77 + 2176 + 6132 + 1155 + 700 + 143 + 374 + 19'000);
}

TEST_CASE("report: bytes times hops of the mesh are shared by the bytes that cross it") {
    Two two({"energy.mesh_fj_per_byte_hop=2"});
    sim::FabricMap fabric;
    fabric.nodes = {{0, 0, "a", 90'000}, {1, 0, "b", 90'000}};
    fabric.links = {{0, 1, 80'000, 7}, {1, 0, 10'000, 3}};
    const Report report = two.report(Counters(), fabric);
    CHECK(row_of(report, 2).energy.mesh == 180'000);
    // Timed: 16 pseudo-channels of 32 bytes in 2 cycles of 625 ps.
    CHECK(report.peaks.hbm_bytes == 409'600'000'000);
    CHECK(row_of(report, 1).energy.mesh == 0);
    CHECK(report.all.energy.mesh == 180'000);
}

TEST_CASE("report: bins of the timeline over the time at work, of all engines of a kind") {
    Two two({"tile.count=2"});
    const Report report = two.report();
    // 1.1 us at work: 17 bins of 65536 ps.
    REQUIRE(report.bin == 65'536);
    REQUIRE(report.bins == 17);
    REQUIRE(report.timelines.size() == 1);
    // One of two tiles for the first 100 ns: 65536 of 131072, then 34464 of 131072.
    CHECK(report.timelines[0][0][0] == 500);
    CHECK(report.timelines[0][0][1] == 262);
    CHECK(report.timelines[0][0][2] == 0);
    // The channel from 100 ns on: 31072 of 65536, and the last bin's 51424 ps wholly.
    CHECK(report.timelines[0][1][1] == 474);
    CHECK(report.timelines[0][1][16] == 1000);
}

TEST_CASE("report: JSON says who wrote it and has the same numbers") {
    Two two;
    const auto json = nlohmann::json::parse(report_json(two.report()));
    CHECK(json["format"] == "athena-report");
    CHECK(json["version"] == 1);
    CHECK(json["time_ps"] == 2'000'000);
    CHECK(json["idle_ps"] == 900'000);
    CHECK(json["sections"][0]["section"] == 1);
    CHECK(json["sections"][0]["layer"] == "layer 7");
    CHECK(json["sections"][0]["macs_by_format"]["bf16"] == 4096);
    CHECK(json["sections"][1]["written_bytes"]["own_l1"] == 45'000);
    CHECK(json["sections"][1]["bound"] == "link");
    CHECK(json["all"]["busy_ps"]["dma"] == 1'000'000);
    CHECK(json["fabric"]["nodes"].empty());
}

TEST_CASE("report: text has a line for each section and layer, and no line is ragged") {
    Two two;
    const std::string text = report_text(two.report());
    CHECK(text.find("\ncopies ") != std::string::npos);
    CHECK(text.find("\nlayer 7 ") != std::string::npos);
    CHECK(text.find("\n  product ") != std::string::npos);
    const std::string line = text.substr(text.find("\ncopies") + 1);
    const std::string shown = line.substr(0, line.find('\n'));
    CHECK(shown.find("1.000 us") != std::string::npos);
    CHECK(shown.find("45.00 kB") != std::string::npos);
    CHECK(shown.find("2.13x") != std::string::npos);
}

TEST_CASE("report: a run that is faster than its bound is told to be") {
    Two two;
    CHECK_FALSE(exceeds_bound(two.report()));
    // 45000 bytes at 1 MB/s take 45 ms.
    Two slow({"hbm.bytes_per_second=1000000"});
    const Report report = slow.report();
    CHECK(report.all.bounds[2] == 45'000'000'000);
    CHECK(exceeds_bound(report));
    CHECK(report_text(report).find("faster than its bound") != std::string::npos);
    CHECK(report_html(report).find("faster than its bound") != std::string::npos);
}
