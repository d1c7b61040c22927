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
            block.has = {Fidelity::Functional, Fidelity::Timed, Fidelity::Rtl, Fidelity::Lockstep};
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

TEST_CASE("fidelity: bus, HBM, crossbars and DMA engines are timed from the start or not at all") {
    auto list = blocks();
    choose_fidelity(list, "timed");
    for (const char* path : {"bus", "hbm", "cluster1.crossbar", "cluster1.dma", "cluster1.tile0"}) {
        CHECK(fidelity_of(list, path) == Fidelity::Timed);
    }
    CHECK(fidelity_of(list, "cluster1.command") == Fidelity::Functional);
    // A change on the way is the tiles'; by name it is an error elsewhere.
    choose_fidelity(list, "functional,timed@3");
    CHECK(fidelity_of(list, "bus") == Fidelity::Timed);
    CHECK(fidelity_of(list, "cluster1.tile0") == Fidelity::Functional);
    CHECK(error_of("bus=functional,timed@3").find("'bus' does not have it") != std::string::npos);
}

TEST_CASE("fidelity: errors list what there is") {
    const std::string there = "cluster1.tile1: functional timed rtl lockstep";
    for (const char* setting : {"fast", "cluster0.tile0=fast", "cluster9.tile0=rtl", "hart*=rtl",
                                "hart0=rtl", "lockstep-data", "nothing*=functional"}) {
        CAPTURE(setting);
        const std::string error = error_of(setting);
        CHECK(error.starts_with("--fidelity " + std::string(setting) + ": "));
        CHECK(error.find(there) != std::string::npos);
    }
    CHECK(error_of("cluster0.tile0=functional") == "no error");
}

TEST_CASE("fidelity: a schedule changes it at commands, by their number or from change to change") {
    auto list = blocks();
    CHECK(choose_fidelity(list, "cluster0.*=functional,lockstep@1000,rtl@+50,functional@1051") ==
          std::vector<std::string>{"cluster0.tile0", "cluster0.tile1"});
    using Changes = std::vector<athena::platform::FidelityChange>;
    const auto changes = [&](const char* path) {
        return athena::platform::block_at(list, path).changes;
    };
    CHECK(changes("cluster0.tile1") ==
          Changes{{1000, Fidelity::Lockstep}, {1050, Fidelity::Rtl}, {1051, Fidelity::Functional}});
    CHECK(changes("cluster1.tile1").empty());
    CHECK(changes("cluster0.dma").empty());
    // A later setting replaces all of it.
    choose_fidelity(list, "cluster0.tile1=rtl");
    CHECK(changes("cluster0.tile1").empty());
    CHECK(changes("cluster0.tile0").size() == 3);
}

TEST_CASE("fidelity: a schedule that is out of order, incomplete, or of another block is refused") {
    struct Row {
        const char* setting;
        const char* message;
    };
    for (const Row& row : {
             Row{"rtl,functional", "'functional': expected X@N"},
             Row{"rtl,", "'': expected X@N"},
             Row{"rtl,functional@",
                 "expected the number of a command, at most 2^62, or +N, after @"},
             Row{"rtl,functional@-1", "expected the number of a command"},
             Row{"rtl,functional@99999999999999999999", "expected the number of a command"},
             Row{"rtl,functional@9,rtl@9", "'rtl@9': is not behind command 9"},
             Row{"rtl,functional@9,rtl@+0", "'rtl@+0': is not behind command 9"},
             Row{"rtl,functional@0x10", "expected the number of a command"},
             Row{"rtl,functional@1K", "expected the number of a command"},
             Row{"rtl,functional@++1", "expected the number of a command"},
             Row{"rtl,functional@0", "'functional@0': the fidelity at command 0 is the one"},
             Row{"rtl,functional@+0", "'functional@+0': the fidelity at command 0 is the one"},
             Row{"rtl,fast@9", "unknown fidelity 'fast'"},
             Row{"rtl,@9", "unknown fidelity ''"},
             Row{"rtl@9", "unknown fidelity 'rtl@9'"},
             Row{"hart0=functional,functional@9", "'hart0' does not have it"},
             Row{"cluster0.tile0=rtl,lockstep-data@9", "'cluster0.tile0' does not have it"},
         }) {
        CAPTURE(row.setting);
        const std::string error = error_of(row.setting);
        CHECK(error.starts_with("--fidelity " + std::string(row.setting) + ": "));
        CHECK_THAT(error, Catch::Contains(row.message));
    }
}

TEST_CASE("fidelity: a tile without a Verilated build lacks those that need it, and why") {
    auto list = athena::platform::blocks_of(board(32));
    for (const char* setting : {"rtl", "cluster0.tile0=lockstep", "*.tile1=rtl"}) {
        CAPTURE(setting);
        CHECK_THROWS_WITH(
            choose_fidelity(list, setting),
            Catch::Contains("cluster1.tile1: functional timed (no Verilated build has 32 "
                            "rows, 16 cols, 1048576 l1_bytes, 8 queue_depth)"));
    }
    CHECK_NOTHROW(choose_fidelity(list, "cluster0.tile0=functional"));
}

}  // namespace
