// SPDX-License-Identifier: Apache-2.0
// Breaks one AXI4 rule at the tile's port, named by the argument, so that an assertion of the RTL
// stops the program. CTest wants to see that assertion's name.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "tile_bench.h"

namespace athena::rtl {
namespace {

constexpr unsigned kLong = 40;  // cycles after which nothing moves any more

// The bench's own manager keeps the rules, hence not its tick().
void clock(TileBench& bench) {
    bench.top().clk_i = 0;
    bench.top().eval();
    bench.top().clk_i = 1;
    bench.top().eval();
}

// AW is offered until two bursts without data wait and it is not taken any more.
void fill_aw(TileBench& bench) {
    Vathena_tile& top = bench.top();
    for (unsigned i = 0; i < kLong; ++i) {
        top.s_axi_awvalid_i = 1;
        top.s_axi_awsize_i = 6;
        top.s_axi_awburst_i = 1;
        clock(bench);
    }
}

void fill_w(TileBench& bench) {
    for (unsigned i = 0; i < kLong; ++i) {
        bench.top().s_axi_wvalid_i = 1;
        bench.top().s_axi_wlast_i = 1;
        bench.top().s_axi_wstrb_i = 0xFF;
        clock(bench);
    }
}

// Answers are not taken, so that AR is not either in the end.
void fill_ar(TileBench& bench) {
    for (unsigned i = 0; i < kLong; ++i) {
        bench.top().s_axi_arvalid_i = 1;
        bench.top().s_axi_arlen_i = 20;
        bench.top().s_axi_arsize_i = 6;
        bench.top().s_axi_arburst_i = 1;
        clock(bench);
    }
}

// A burst of one beat of 8 bytes
void write_beat(TileBench& bench, bool last, std::uint64_t strobes) {
    Vathena_tile& top = bench.top();
    top.s_axi_awvalid_i = 1;
    top.s_axi_awlen_i = 0;
    top.s_axi_awsize_i = 3;
    top.s_axi_awburst_i = 1;
    top.s_axi_wvalid_i = 1;
    top.s_axi_wlast_i = last ? 1 : 0;
    top.s_axi_wstrb_i = strobes;
    clock(bench);
    top.s_axi_awvalid_i = 0;
    top.s_axi_wvalid_i = 0;
}

using Break = std::function<void(TileBench&)>;

const std::map<std::string, Break>& breaks() {
    static const std::map<std::string, Break> all{
        {"aw_valid", [](TileBench& bench) { fill_aw(bench), bench.top().s_axi_awvalid_i = 0; }},
        {"aw_payload", [](TileBench& bench) { fill_aw(bench), bench.top().s_axi_awaddr_i = 64; }},
        {"w_valid", [](TileBench& bench) { fill_w(bench), bench.top().s_axi_wvalid_i = 0; }},
        {"w_data", [](TileBench& bench) { fill_w(bench), bench.top().s_axi_wdata_i[3] = 1; }},
        {"w_strobes", [](TileBench& bench) { fill_w(bench), bench.top().s_axi_wstrb_i = 1; }},
        {"ar_valid", [](TileBench& bench) { fill_ar(bench), bench.top().s_axi_arvalid_i = 0; }},
        {"ar_payload", [](TileBench& bench) { fill_ar(bench), bench.top().s_axi_arid_i = 1; }},
        {"w_last", [](TileBench& bench) { write_beat(bench, false, 0xFF); }},
        {"w_lanes", [](TileBench& bench) { write_beat(bench, true, 0x100); }},
    };
    return all;
}

}  // namespace
}  // namespace athena::rtl

int main(int argc, char** argv) {
    const auto& breaks = athena::rtl::breaks();
    const auto found = argc == 2 ? breaks.find(argv[1]) : breaks.end();
    if (found == breaks.end()) {
        std::puts("usage: break_rule RULE");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    std::signal(SIGABRT, [](int) { std::_Exit(1); });  // by which an assertion ends
    athena::rtl::TileBench bench;
    found->second(bench);
    for (unsigned i = 0; i < athena::rtl::kLong; ++i) {
        athena::rtl::clock(bench);
    }
    std::puts("nothing noticed");
    return 0;
}
