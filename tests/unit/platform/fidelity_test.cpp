// SPDX-License-Identifier: Apache-2.0
#include "platform/fidelity.h"

#include <catch2/catch.hpp>

namespace {

using athena::platform::Block;
using athena::platform::BoardConfig;
using athena::platform::choose_fidelity;
using athena::platform::Fidelity;
using athena::platform::fidelity_of;
using athena::platform::FidelityError;

BoardConfig board(std::uint64_t rows) {
    BoardConfig config;
    config.harts.count = 1;
    config.cluster.count = 2;
    config.tile.count = 2;
    config.tile.clock_hz = 1'500'000'000;
    config.tile.rows = rows;
    config.tile.cols = 16;
    config.tile.l1_bytes = 1 << 20;
    config.tile.queue_depth = 8;
    return config;
}

/// Of a board whose tiles have all fidelities, whether or not there is a Verilated build here.
std::vector<Block> blocks() {
    auto list = athena::platform::blocks_of(board(16));
    for (Block& block : list) {
        if (block.path.find(".tile") != std::string::npos) {
            block.has = {Fidelity::Functional, Fidelity::Rtl, Fidelity::Lockstep};
            block.lacks.clear();
        }
    }
    return list;
}

std::string error_of(const std::string& setting) {
    auto list = blocks();
    try {
        choose_fidelity(list, setting);
    } catch (const FidelityError& error) {
        return error.what();
    }
    return "no error";
}

TEST_CASE("fidelity: everything is functional unless said") {
    for (const Block& block : blocks()) {
        CHECK(block.chosen == Fidelity::Functional);
    }
}

TEST_CASE("fidelity: without a path every block that has it gets it") {
    auto list = blocks();
    choose_fidelity(list, "rtl");
    CHECK(fidelity_of(list, "cluster0.tile0") == Fidelity::Rtl);
    CHECK(fidelity_of(list, "cluster1.tile1") == Fidelity::Rtl);
    CHECK(fidelity_of(list, "hart0") == Fidelity::Functional);
    choose_fidelity(list, "functional");
    CHECK(fidelity_of(list, "cluster1.tile1") == Fidelity::Functional);
}

TEST_CASE("fidelity: globs set the matched blocks that have it, later settings win") {
    auto list = blocks();
    choose_fidelity(list, "cluster0.*=rtl");
    choose_fidelity(list, "*.tile1=lockstep");
    CHECK(fidelity_of(list, "cluster0.tile0") == Fidelity::Rtl);
    CHECK(fidelity_of(list, "cluster0.tile1") == Fidelity::Lockstep);
    CHECK(fidelity_of(list, "cluster1.tile0") == Fidelity::Functional);
    CHECK(fidelity_of(list, "cluster1.tile1") == Fidelity::Lockstep);
}

TEST_CASE("fidelity: errors list what there is") {
    const std::string there = "cluster1.tile1: functional rtl lockstep";
    for (const char* setting : {"fast", "cluster0.tile0=fast", "cluster9.tile0=rtl", "hart*=rtl",
                                "hart0=rtl", "timed", "nothing*=functional"}) {
        CAPTURE(setting);
        const std::string error = error_of(setting);
        CHECK(error.starts_with("--fidelity " + std::string(setting) + ": "));
        CHECK(error.find(there) != std::string::npos);
    }
    CHECK(error_of("cluster0.tile0=functional") == "no error");
}

TEST_CASE("fidelity: a tile without a Verilated build has none of its fidelities, and why") {
    auto list = athena::platform::blocks_of(board(32));
    for (const char* setting : {"rtl", "cluster0.tile0=lockstep", "*.tile1=rtl"}) {
        CAPTURE(setting);
        CHECK_THROWS_WITH(choose_fidelity(list, setting),
                          Catch::Contains("cluster1.tile1: functional (no Verilated build has 32 "
                                          "rows, 16 cols, 1048576 l1_bytes, 8 queue_depth)"));
    }
    CHECK_NOTHROW(choose_fidelity(list, "cluster0.tile0=functional"));
}

}  // namespace
