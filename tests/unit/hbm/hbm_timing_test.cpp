// SPDX-License-Identifier: Apache-2.0
// Tables of {cycle of the request, cycle of its column command}: a read completes cl + burst (and
// with a channel buffer one cycle) after its command.
//
// With bank queues a request accepted at c moves to its bank's queue in c, and its first command
// may follow in c + 1. With a channel buffer its first command may follow in c.
#include "rig.h"

using namespace athena;
using test::hbm_with;
using test::HbmRig;

namespace {

struct Access {
    memory::HbmCycle cycle;
    unsigned group;
    unsigned bank;
    std::uint32_t row;
    unsigned column;
    bool write;
    memory::HbmCycle command;  // expected
    unsigned pseudo_channel = 0;
};

constexpr bool kRead = false;
constexpr bool kWrite = true;

void expect(const memory::HbmConfig& config, const std::vector<Access>& table) {
    HbmRig rig(config);
    std::vector<memory::HbmCycle> completed(table.size());
    const auto collect = [&](memory::HbmCycle until) {
        while (const auto completion = rig.controller.advance(until)) {
            completed[completion->handle] = completion->cycle;
        }
    };
    for (std::size_t i = 0; i < table.size(); ++i) {
        const Access& a = table[i];
        collect(a.cycle);
        const memory::HbmLocation where{
            .bank = (a.pseudo_channel * config.bank_groups + a.group) * config.banks + a.bank,
            .row = a.row,
            .column = a.column};
        REQUIRE(rig.controller.accept(
            a.cycle,
            {.address = rig.controller.map().address(where), .write = a.write, .handle = i}));
    }
    const memory::HbmCycle end = table.back().cycle + 1000;
    collect(end);
    const memory::HbmCommandLog log = rig.logs[0];
    rig.finish(end);
    for (std::size_t i = 0; i < table.size(); ++i) {
        const Access& a = table[i];
        const unsigned bank =
            (a.pseudo_channel * config.bank_groups + a.group) * config.banks + a.bank;
        INFO("access " << i << " of cycle " << a.cycle);
        memory::HbmCycle command = 0;
        for (const memory::HbmIssued& issued : log) {
            if (memory::is_column(issued.command) && issued.bank == bank && issued.row == a.row &&
                issued.column == a.column) {
                command = issued.cycle;
            }
        }
        CHECK(command == a.command);
        CHECK(completed[i] ==
              (a.write ? a.cycle + 1
                       : a.command + config.cl + config.burst_cycles() + config.return_cycles));
    }
}

memory::HbmConfig legacy() {
    return hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"refresh", "none"}});
}
/// Writes go to the banks as soon as all else is idle.
memory::HbmConfig eager() {
    return hbm_with("hbm2-8gb-legacy",
                    {{"channels", "1"}, {"refresh", "none"}, {"idle_drain", "0"}});
}
memory::HbmConfig pseudo() {
    return hbm_with("hbm2-pseudochannel", {{"channels", "1"}, {"refresh", "none"}});
}

}  // namespace

TEST_CASE("hbm timing: unloaded reads of a closed bank, an open row and another row") {
    // ACT 1, RD 1 + 14; hit: RD 101; conflict: PRE 201, ACT + 14, RD + 14.
    // Latencies 31, 17 and 45 (reference).
    expect(
        legacy(),
        {{0, 0, 0, 5, 0, kRead, 15}, {100, 0, 0, 5, 1, kRead, 101}, {200, 0, 0, 6, 0, kRead, 229}});
    // The first ends at 31; a conflict of the cycle after waits for tRAS: PRE 1 + 34, ACT 49,
    // RD 63, end 79: latency 47 (reference).
    expect(legacy(), {{0, 0, 0, 5, 0, kRead, 15}, {32, 0, 0, 6, 0, kRead, 63}});
}

TEST_CASE("hbm timing: unloaded reads in pseudo-channel mode") {
    // ACT 0 and 1 (two cycles), RD 1 + 14, end + 17: 32; hit 17; conflict: PRE 200, the second
    // cycle of ACT 214, RD 228, end 245: 45 (reference).
    expect(
        pseudo(),
        {{0, 0, 0, 5, 0, kRead, 15}, {100, 0, 0, 5, 1, kRead, 100}, {200, 0, 0, 6, 0, kRead, 228}});
}

TEST_CASE("hbm timing: activations keep tRRD_S, tRRD_L and tFAW") {
    // ACT 1, 5, 9, 13 (tRRD_S 4), the fifth 1 + 30.
    expect(legacy(), {{0, 0, 0, 0, 0, kRead, 15},
                      {0, 1, 0, 0, 0, kRead, 19},
                      {0, 2, 0, 0, 0, kRead, 23},
                      {0, 3, 0, 0, 0, kRead, 27},
                      {0, 0, 1, 0, 0, kRead, 45}});
    // ACT 1 and 7 (tRRD_L 6).
    expect(legacy(), {{0, 0, 0, 0, 0, kRead, 15}, {0, 0, 1, 0, 0, kRead, 21}});
    // tFAW 16: the fifth at 17.
    auto config = legacy();
    config.faw = 16;
    expect(config, {{0, 0, 0, 0, 0, kRead, 15},
                    {0, 1, 0, 0, 0, kRead, 19},
                    {0, 2, 0, 0, 0, kRead, 23},
                    {0, 3, 0, 0, 0, kRead, 27},
                    {0, 0, 1, 0, 0, kRead, 31}});
}

TEST_CASE("hbm timing: columns of one bank group keep tCCD_L, of two tCCD_S") {
    // Opened long before; tCCD_L 4, tCCD_S 2.
    expect(pseudo(), {{0, 0, 0, 0, 0, kRead, 15},
                      {0, 1, 0, 0, 0, kRead, 19},
                      {100, 0, 0, 0, 1, kRead, 100},
                      {100, 0, 0, 0, 2, kRead, 104},
                      {100, 1, 0, 0, 1, kRead, 102},
                      {100, 1, 0, 0, 2, kRead, 106}});
}

TEST_CASE("hbm timing: two pseudo-channels share the command buses and not the data buses") {
    // Rows: ACT 0-1 and 2-3. Columns: one a cycle, though each data bus is free.
    expect(pseudo(), {{0, 0, 0, 0, 0, kRead, 15, 0},
                      {0, 0, 0, 0, 0, kRead, 17, 1},
                      {100, 0, 0, 0, 1, kRead, 100, 0},
                      {100, 0, 0, 0, 1, kRead, 101, 1}});
}

TEST_CASE("hbm timing: write to read and read to write") {
    // WR 101; RD in the same group cwl 4 + burst 2 + tWTR_L 8 later.
    expect(eager(), {{0, 0, 0, 0, 0, kRead, 15},
                     {100, 0, 0, 0, 1, kWrite, 101},
                     {101, 0, 0, 0, 2, kRead, 115}});
    // In another group tWTR_S 6.
    expect(eager(), {{0, 0, 0, 0, 0, kRead, 15},
                     {0, 1, 0, 0, 0, kRead, 19},
                     {100, 0, 0, 0, 1, kWrite, 101},
                     {101, 1, 0, 0, 2, kRead, 113}});
    // RD 101; WR cl 14 + burst 2 + 2 - cwl 4 later.
    expect(eager(), {{0, 0, 0, 0, 0, kRead, 15},
                     {100, 0, 0, 0, 1, kRead, 101},
                     {101, 0, 0, 0, 2, kWrite, 115}});
    // Pseudo-channel mode, without reads writes go: WR 100, RD 100 + 5 + 2 + 8.
    expect(pseudo(), {{0, 0, 0, 0, 0, kRead, 15},
                      {100, 0, 0, 0, 1, kWrite, 100},
                      {101, 0, 0, 0, 2, kRead, 115}});
}

TEST_CASE("hbm timing: a row is closed tWR after a write and tRTP after a read") {
    // WR 101; PRE 101 + 4 + 2 + 16 = 123, ACT 137, RD 151.
    expect(eager(), {{0, 0, 0, 0, 0, kRead, 15},
                     {100, 0, 0, 0, 1, kWrite, 101},
                     {102, 0, 0, 1, 0, kRead, 151}});
    // RD 101; PRE 101 + 5, ACT 120, RD 134.
    expect(
        eager(),
        {{0, 0, 0, 0, 0, kRead, 15}, {100, 0, 0, 0, 1, kRead, 101}, {101, 0, 0, 1, 0, kRead, 134}});
}

TEST_CASE("hbm timing: bank queues close a row that is still hit after four accesses") {
    auto config = legacy();
    config.ccd_l = 8;  // longer than tRTP 5: the precharge could go first
    // RD 101, 109, 117: with three accesses the row stays open for the third; PRE 117 + 5,
    // ACT 136, RD 150.
    expect(config, {{0, 0, 0, 5, 0, kRead, 15},
                    {100, 0, 0, 5, 1, kRead, 101},
                    {100, 0, 0, 5, 2, kRead, 109},
                    {100, 0, 0, 6, 0, kRead, 150},
                    {100, 0, 0, 5, 3, kRead, 117}});
    // With four it does not: the last waits for PRE 136 + 34, ACT 184, RD 198.
    expect(config, {{0, 0, 0, 5, 0, kRead, 15},
                    {100, 0, 0, 5, 1, kRead, 101},
                    {100, 0, 0, 5, 2, kRead, 109},
                    {100, 0, 0, 6, 0, kRead, 150},
                    {100, 0, 0, 5, 3, kRead, 117},
                    {100, 0, 0, 5, 4, kRead, 198}});
}

TEST_CASE("hbm timing: a closed page is opened anew after tRC") {
    auto config = legacy();
    config.page_policy = memory::HbmPagePolicy::Closed;
    // ACT 1, RDA 15; ACT 1 + 48, RDA + 14.
    expect(
        config,
        {{0, 0, 0, 0, 0, kRead, 15}, {32, 0, 0, 0, 1, kRead, 63}, {200, 0, 0, 0, 2, kRead, 215}});
}

TEST_CASE("hbm timing: refresh of all banks") {
    auto config = legacy();
    config.refresh = memory::HbmRefresh::AllBank;
    // Nothing open: REF 3900, ACT + tRFC 260, RD + 14.
    expect(config, {{3900, 0, 0, 0, 0, kRead, 4174}});
    // Two banks open: PRE 3900 and 3901, REF 3901 + 14, ACT + 260, RD + 14.
    expect(config, {{3000, 0, 0, 0, 0, kRead, 3015},
                    {3000, 1, 0, 0, 0, kRead, 3019},
                    {3900, 0, 0, 0, 1, kRead, 4189}});
    // Pseudo-channel mode: one PRE and REF a pseudo-channel, one after the other. PC 0: PREA 3900,
    // REF 3914. PC 1 has nothing open: REF 3915. ACT of PC 0 3914 + 350 at its second cycle.
    config = pseudo();
    config.refresh = memory::HbmRefresh::AllBank;
    expect(config, {{3000, 0, 0, 0, 0, kRead, 3015},
                    {3901, 0, 0, 0, 1, kRead, 4278},
                    {3901, 0, 0, 0, 1, kRead, 4280, 1}});
}

TEST_CASE("hbm timing: refresh of one bank lets the others work") {
    auto config = legacy();
    config.refresh = memory::HbmRefresh::PerBank;
    config.refib = 243;
    // REFb of bank 0 243. Its ACT + tRFCb 160, RD + 14. Bank 1: ACT + tRREFD 8, RD + 14.
    expect(config, {{243, 0, 0, 0, 0, kRead, 417}, {243, 0, 1, 0, 0, kRead, 265}});
}

TEST_CASE("hbm timing: a full queue refuses until a request has moved on") {
    HbmRig rig(legacy());
    const auto accept = [&](memory::HbmCycle now, unsigned column, bool write) {
        const memory::HbmLocation where{.row = column / 32, .column = column % 32};
        return rig.controller.accept(
            now,
            {.address = rig.controller.map().address(where), .write = write, .handle = column});
    };
    for (unsigned i = 0; i < 32; ++i) {
        REQUIRE(accept(0, i, kRead));
    }
    CHECK_FALSE(accept(0, 32, kRead));
    CHECK(accept(0, 1000, kWrite));  // another queue
    CHECK(accept(1, 32, kRead));     // one moved in cycle 0
    CHECK_FALSE(accept(1, 33, kRead));
    // Eight move, in cycles 0 to 7; the bank's queue is full until RD 15.
    for (unsigned i = 0; i < 7; ++i) {
        CHECK(accept(8, 33 + i, kRead));
    }
    CHECK_FALSE(accept(15, 40, kRead));
    CHECK(accept(16, 40, kRead));
    const memory::HbmChannelCounters& counters = rig.controller.channel(0).counters();
    CHECK(counters.refused[0] == 3);
    // Full from cycle 0 until it is asked at 16 again, but for cycles 1 to 7 with room.
    CHECK(counters.full_cycles[0] == 1 + 1 + 8);
    rig.finish(5000);
}
