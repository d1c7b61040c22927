// SPDX-License-Identifier: Apache-2.0
// The page: what it shows, and that names cannot break it.
#include <catch2/catch.hpp>

#include "commands.h"
#include "sim/report/report.h"
#include "sim/report/report_plots.h"

using namespace athena;
using namespace athena::test;

namespace {

struct NoCounters : base::StatisticsSource {
    void report(base::StatisticsVisitor& /*visitor*/) const override {}
};

std::string page_of(Story& story, sim::FabricMap fabric = {}) {
    story.collector.finish(1'000'000);
    return report_html(make_report(story.board, story.collector, story.names, 1'000'000,
                                   NoCounters(), std::move(fabric)));
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("report: a run without any command has a page") {
    Story story;
    const std::string page = page_of(story);
    CHECK(page.find("No engine has worked.") != std::string::npos);
    CHECK(page.find("No section has multiply-adds") != std::string::npos);
    CHECK(page.find("nan") == std::string::npos);
    CHECK(page.find("inf") == std::string::npos);
}

TEST_CASE("report: names of sections are text on the page, not markup") {
    Story story({}, {{1, "<b>/\"a\" & b"}});
    story.start(EngineKind::Tile, 0, matmul(tag_of(1)), 0);
    story.end(EngineKind::Tile, 0, matmul(tag_of(1)), 10'000);
    const std::string page = page_of(story);
    CHECK(page.find("<b>") == std::string::npos);
    CHECK(page.find("&lt;b&gt;") != std::string::npos);
    CHECK(page.find("&quot;a&quot; &amp; b") != std::string::npos);
}

TEST_CASE("report: the roofline has a mark for each section with multiply-adds and bytes of HBM") {
    Story story({}, {{1, "one"}, {2, "two"}, {3, "three"}});
    for (const std::uint16_t section : {std::uint16_t{1}, std::uint16_t{2}}) {
        const std::uint64_t from = 100'000 * section;
        const Descriptor product = matmul(tag_of(section));
        const Descriptor load = copy(tag_of(section), kHbm, platform::tile_base(0, 0), 1024);
        story.start(EngineKind::Dma, 0, load, from);
        story.end(EngineKind::Dma, 0, load, from + 1000);
        story.start(EngineKind::Tile, 0, product, from + 1000);
        story.end(EngineKind::Tile, 0, product, from + 50'000);
    }
    const Descriptor load = copy(tag_of(3), kHbm, kRam, 1024);
    story.start(EngineKind::Dma, 0, load, 500'000);
    story.end(EngineKind::Dma, 0, load, 600'000);
    const std::string page = page_of(story);
    CHECK(count(page, "<circle ") == 2);
    CHECK(page.find("<title>one: 4 multiply-adds a byte") != std::string::npos);
    CHECK(page.find("nan") == std::string::npos);
}

TEST_CASE("report: a flat fabric is said to be one, another is drawn") {
    Story flat;
    CHECK(page_of(flat).find("The fabric of this board is flat") != std::string::npos);
    Story story;
    const Descriptor load = copy(0, kHbm, kRam, 1);
    story.start(EngineKind::Dma, 0, load, 0);
    story.end(EngineKind::Dma, 0, load, 1000);
    sim::FabricMap fabric;
    fabric.nodes = {{0, 0, "cluster0", 300}, {2, 1, "hbm0", 300}};
    fabric.links = {{0, 1, 200, 500}, {1, 0, 100, 0}};
    const std::string page = page_of(story, fabric);
    CHECK(page.find("is flat") == std::string::npos);
    CHECK(count(page, "class=\"node\"") == 2);
    // 500 of 1000 ps: opacity 0.1 + 0.9 / 2.
    CHECK(
        page.find("stroke-opacity=\"0.55\"><title>cluster0 to hbm0: 200 B, busy 50.0 %</title>") !=
        std::string::npos);
    CHECK(page.find("stroke-opacity=\"0.10\"><title>hbm0 to cluster0: 100 B, busy 0.0 %</title>") !=
          std::string::npos);
}
