// SPDX-License-Identifier: Apache-2.0
// What is left after a difference: the replay, made short, and the page.
#include "sim/cosim/replay.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "lockstep_bench.h"
#include "regs/tile_regs.h"
#include "sim/cosim.h"
#include "sim/cosim/replay_run.h"
#include "sim/cosim/report.h"
#include "temporary_folder.h"
#include "tile/verilated_tile.h"
#include "tile/wave_file.h"

using namespace athena;
using cosim::Mistake;
using cosim::Replay;

namespace {

// A product of ones; A[2][5] of the RTL is 1.03125.
Replay product(bool lockstep) {
    Replay replay{.kind = lockstep ? Replay::Kind::Lockstep : Replay::Kind::Stall, .stall_seed = 3};
    if (!lockstep) {
        replay.stall = {20, 0, 10, 50, 90, 20};
    }
    replay.l1.resize(tile::VerilatedTile::config().l1_bytes);
    for (std::size_t i = 0; i < 0x800; i += 2) {
        for (const std::size_t base : {0, 0x1'0000}) {
            replay.l1[base + i] = std::byte{0x80};
            replay.l1[base + i + 1] = std::byte{0x3F};
        }
    }
    const auto line = test::matmul_line(test::kFields);
    replay.flips.push_back({2 * 32 + 5 * 2, std::byte{0x04}});
    replay.accesses.push_back({.cycle = 7,
                               .write = true,
                               .address = tile::kQueueWindow,
                               .data = {line.begin(), line.end()}});
    return replay;
}

std::string text_of(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("replay: what is written is read again, and what it reproduces is the difference") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "a.replay").string();
    for (const bool lockstep : {true, false}) {
        CAPTURE(lockstep);
        Replay replay = product(lockstep);
        replay.accesses.push_back({.cycle = 9, .address = 0x4000, .size = 2, .data = {4, {}}});
        replay.accesses.push_back({.cycle = 9,
                                   .write = true,
                                   .address = 0x5000,
                                   .data = {3, std::byte{0xA5}},
                                   .enables = {1, 0, 1}});
        std::string error;
        REQUIRE(cosim::write_replay(file, replay));
        const auto again = cosim::read_replay(file, error);
        CHECK(error.empty());
        REQUIRE(again);
        CHECK(*again == replay);
        const auto result = cosim::run_replay(*again);
        CHECK(result.difference.text.find("command with tag 21: C[2][0] is 0x41804000 in the RTL, "
                                          "0x41800000 in the model") == 0);
        CHECK(sim::cosim({.replay = file}) == 3);
        replay.flips.clear();
        REQUIRE(cosim::write_replay(file, replay));
        CHECK(sim::cosim({.replay = file}) == 0);
    }
}

TEST_CASE("replay: a captured round differs as the round did, and its shortest is short") {
    cosim::LockstepRounds lockstep;
    cosim::StallRounds stall;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        for (const bool exact : {true, false}) {
            CAPTURE(seed, exact);
            Replay replay;
            const cosim::RoundOptions options{.seed = seed,
                                              .commands = 10,
                                              .stall = {10, 10, 10, 10, 10, 10},
                                              .mistake = Mistake::Operand,
                                              .capture = &replay};
            const auto round = exact ? lockstep.run(options) : stall.run(options);
            REQUIRE(round.difference);
            const std::size_t before = replay.accesses.size();
            const auto result = cosim::run_replay(replay);
            CHECK(result.difference);
            replay = cosim::shrink(std::move(replay), std::chrono::seconds(5));
            CHECK(cosim::run_replay(replay).difference);
            CHECK(replay.accesses.size() < before);
            CHECK(replay.accesses.size() <= 3);
        }
    }
}

TEST_CASE("replay: rounds without a mistake replay without a difference") {
    cosim::LockstepRounds lockstep;
    cosim::StallRounds stall;
    for (std::uint64_t seed = 21; seed <= 28; ++seed) {
        CAPTURE(seed);
        Replay replay;
        const cosim::RoundOptions options{
            .seed = seed, .commands = 20, .stall = {0, 10, 50, 90, 10, 50}, .capture = &replay};
        const auto first = lockstep.run(options);
        CHECK(cosim::run_replay(replay).difference.text.empty());
        CHECK(cosim::run_replay(replay).completed == first.completed);
        const auto second = stall.run(options);
        CHECK(cosim::run_replay(replay).difference.text.empty());
        CHECK(cosim::run_replay(replay).completed == second.completed);
    }
}

TEST_CASE("replay: the page names command, element, both values, cycle and operands") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "page.replay").string();
    REQUIRE(cosim::write_replay(file, product(true)));
    CHECK(sim::cosim({.replay = file}) == 3);
    const std::string page = text_of((folder.path / "page.txt").string());
    CAPTURE(page);
    for (const char* part :
         {"command with tag 21: C[2][0] is 0x41804000 in the RTL, 0x41800000 in the model",
          "element      C[2][0]", "expected     0x41800000  16",
          "actual       0x41804000  16.03125", "tag 21 (0x00000015)", "M 4  N 8  K 16",
          "A          0x000000, rows 32 bytes apart", "row 2 of A, column 0 of B, 16 terms",
          "k 5       A 0x3f80 1               B 0x3f80 1               product 1   in the RTL A "
          "0x3f84 1.03125         B 0x3f80 1",
          "replay       athena cosim --replay ", "waves        gtkwave "}) {
        CHECK(page.find(part) != std::string::npos);
    }
}

TEST_CASE("replay: reads beside a result in flight see no difference") {
    // C begins in the midst of a line, and the first of two blocks is drained beside the second.
    Replay replay = product(true);
    const test::MatmulFields fields{.m = 4,
                                    .n = 64,
                                    .k = 64,
                                    .b = 0x1'0000,
                                    .c = 0x2'0020,
                                    .a_ld = 4,
                                    .b_ld = 4,
                                    .c_ld = 8,
                                    .tag = 21};
    const auto line = test::matmul_line(fields);
    replay.flips.clear();
    replay.accesses.front().data = {line.begin(), line.end()};
    for (std::uint64_t cycle = 340; cycle < 640; cycle += 7) {
        replay.accesses.push_back(
            {.cycle = cycle, .address = 0x2'0000, .size = 2, .data = {4, {}}});
    }
    const auto result = cosim::run_replay(replay);
    CHECK(result.difference.text.empty());
    CHECK(result.completed == 1);
}

// Lines and CTRL.ABORT, whose responses may all be on their way at once.
TEST_CASE("replay: an abort beside pushes is no difference, whichever of them it finds") {
    std::uint64_t aborted = 0;
    for (const unsigned stall : {0U, 50U, 90U}) {
        for (std::uint64_t cycle = 0; cycle < 24; ++cycle) {
            CAPTURE(stall, cycle);
            Replay replay = product(false);
            replay.flips.clear();
            replay.stall.fill(stall);
            replay.accesses.front().cycle = 0;
            replay.accesses.resize(4, replay.accesses.front());
            const auto place = replay.accesses.begin() + 1 + static_cast<std::ptrdiff_t>(cycle % 4);
            replay.accesses.insert(cycle < 4 ? place : replay.accesses.end(),
                                   {.cycle = cycle < 4 ? 0 : cycle,
                                    .write = true,
                                    .address = static_cast<std::uint32_t>(
                                        tile::kRegistersWindow + regs::tile::kCtrlOffset + 1),
                                    .size = 0,
                                    .data = {std::byte{1}}});
            const auto result = cosim::run_replay(replay);
            CHECK(result.difference.text.empty());
            CHECK(result.completed == 4);
            aborted += result.aborted;
        }
    }
    CHECK(aborted > 24);
}

// MXFP6 E2M3 of 2 with scale 2, MXFP4 of 1 with scale 1, transposed; A[2][5] of the RTL is 6,
// not 4.
Replay scaled_product() {
    Replay replay = product(true);
    std::ranges::fill(replay.l1, std::byte{});
    for (std::size_t row = 0; row < 8; ++row) {
        for (std::size_t i = 0; i < 12; ++i) {
            constexpr std::array<std::uint8_t, 3> kTwos{0x10, 0x04, 0x41};
            replay.l1[row * 32 + i] = std::byte{kTwos[i % 3]};
            replay.l1[0x1'0000 + row * 32 + i] = std::byte{0x22};
        }
        replay.l1[0x3'0000 + row * 32] = std::byte{0x80};
        replay.l1[0x4'0000 + row * 32] = std::byte{0x7F};
    }
    test::MatmulFields fields = test::kFields;
    fields.mode = test::a_format(6) | test::b_format(7) | test::kTransposeB;
    fields.a_scale = 0x3'0000;
    fields.b_scale = 0x4'0000;
    fields.a_scale_ld = fields.b_scale_ld = 1;
    const auto line = test::matmul_line(fields);
    replay.flips = {{2 * 32 + 4, std::byte{0x01}}};
    replay.accesses.front().data = {line.begin(), line.end()};
    return replay;
}

TEST_CASE("replay: the page decodes operands by their format, layout and scales") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "page.replay").string();
    REQUIRE(cosim::write_replay(file, scaled_product()));
    CHECK(sim::cosim({.replay = file}) == 3);
    const std::string page = text_of((folder.path / "page.txt").string());
    CAPTURE(page);
    for (const char* part : {"expected     0x42800000  64", "actual       0x42840000  66",
                             "k 0 to 4  A 0x10 x 0x80 4               B 0x02 x 0x7f 1",
                             "in the RTL A 0x14 x 0x80 6               B 0x02 x 0x7f 1"}) {
        CHECK(page.find(part) != std::string::npos);
    }
}

TEST_CASE("replay: the waveform ends at the difference, and the save file names signals of it") {
    const test::TemporaryFolder folder;
    for (const bool lockstep : {true, false}) {
        CAPTURE(lockstep);
        const std::string name = (folder.path / (lockstep ? "exact" : "stall")).string();
        REQUIRE(cosim::write_replay(name + ".replay", product(lockstep)));
        CHECK(sim::cosim({.wave_cycles = 50, .replay = name + ".replay"}) == 3);
        CHECK(text_of(name + ".fst").substr(0, 1) == std::string(1, '\0'));
        const auto signals = tile::read_wave(name + ".fst");
        REQUIRE(signals);
        std::set<std::string> names;
        for (const tile::WaveSignal& signal : *signals) {
            std::string full = signal.scope + "." + signal.name;
            std::erase(full, ' ');
            names.insert(full);
        }
        CHECK(names.size() > 100);
        std::ifstream save(name + ".gtkw");
        std::size_t shown = 0;
        for (std::string line; std::getline(save, line);) {
            if (std::string("[@-").find(line.at(0)) == std::string::npos) {
                CAPTURE(line);
                CHECK(names.contains(line));
                ++shown;
            }
        }
        CHECK(shown > 30);
        const tile::WaveSpan span = tile::wave_span(name + ".fst");
        CHECK(span.last - span.first >= 2 * 50 - 1);
        CHECK(span.last - span.first < 2 * 54);
    }
    CHECK_FALSE(tile::read_wave((folder.path / "exact.replay").string()));
}

TEST_CASE("replay: what is no replay of this version is refused in one line, exit status 2") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "bad.replay").string();
    std::string error;
    CHECK_FALSE(cosim::write_replay(folder.path / "nowhere" / "bad.replay", product(true)));
    CHECK_FALSE(cosim::read_replay(file, error));
    CHECK(error == file + ": cannot be read");
    const std::string head = "athena-cosim-replay 4\ntile 16 16 1048576 8\nkind stall\n";
    const std::vector<std::pair<std::string, unsigned>> bad{
        {"", 1},
        {"athena-cosim-replay 2\nkind stall\nseed 1\ncommands 1\nstall 0\nmistake none\n", 1},
        {"athena-cosim-replay 3\n", 1},
        {"athena-cosim-replay 4\ntile 8 8 1048576 8\n", 2},
        {"athena-cosim-replay 4\ntile 16 16 1048576 8\nkind both\n", 3},
        {head + "stall 0 0 100 0 0 0 seed 1\nend 4\n", 4},
        {head + "stall 0 0 0 0 0 -1 seed 1\nend 4\n", 4},
        {head + "stall 1 2 3 4 5 6 seed 99999999999999999999\nend 4\n", 4},
        {head + "stall 1 seed 1\nend 4\n", 4},
        {head + "stall 1 2 3 4 5 6 seed 1\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nend 04\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nend 4\nend 4\n", 6},
        {head + "stall 1 2 3 4 5 6 seed 1\nl1 1048576 00\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nl1 1048575 0000\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nl1 0 0\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nl1 0 0g\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 0 0 7 1 64\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 0 0 6 3 64\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 0 0 6 1 0\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 0 4032 6 1 16385\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 0 0 0 1 300\nend 5\n", 5},
        {head + "stall 1 2 3 4 5 6 seed 1\nread 9 0 6 1 64\nread 8 0 6 1 64\nend 6\n", 6},
        {head + "stall 1 2 3 4 5 6 seed 1\nwrite 0 0 6 1 0011 00\nend 5\n", 5},
        {"athena-cosim-replay 4\ntile 16 16 1048576 8\nkind lockstep\nstall 0 0 0 0 0 0 seed 0\n"
         "read 0 8388608 6 1 64\nend 5\n",
         5},
    };
    // The generator's bursts do not mind boundaries.
    std::ofstream(file) << head + "stall 1 2 3 4 5 6 seed 1\nread 0 4032 6 1 65\nend 5\n";
    CHECK(cosim::read_replay(file, error));
    for (const auto& [text, line] : bad) {
        CAPTURE(text);
        std::ofstream(file) << text;
        CHECK_FALSE(cosim::read_replay(file, error));
        CAPTURE(error);
        CHECK(error.starts_with(file + ":" + std::to_string(line) + ": "));
        CHECK(error.find('\n') == std::string::npos);
        CHECK(sim::cosim({.replay = file}) == 2);
    }
}

TEST_CASE("replay: cut off anywhere, a file is refused") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "cut.replay").string();
    REQUIRE(cosim::write_replay(file, product(true)));
    const std::string whole = text_of(file);
    std::string error;
    for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
        std::ofstream(file) << whole.substr(0, length);
        CHECK_FALSE(cosim::read_replay(file, error));
    }
    for (const std::size_t missing : {1U, 2U}) {
        std::ofstream(file) << whole.substr(0, whole.size() - missing);
        CHECK_FALSE(cosim::read_replay(file, error));
        CHECK(error.find("the file is cut off") != std::string::npos);
    }
}

TEST_CASE("replay: a page of zeros shows equal terms once, and says how many it leaves out") {
    Replay replay = product(true);
    const tile::Difference difference = cosim::run_replay(replay).difference;
    REQUIRE(difference.element);
    std::ranges::fill(replay.l1, std::byte{});
    const std::string zeros = cosim::make_page(replay, difference, {.again = "again"});
    CAPTURE(zeros);
    CHECK(zeros.find("  k 0 to 4  A 0x0000") != std::string::npos);
    CHECK(zeros.find("  k 5       A 0x0000") != std::string::npos);  // another one in the RTL
    CHECK(zeros.find("  k 6 to 15  A 0x0000") != std::string::npos);
    CHECK(zeros.find("other terms") == std::string::npos);
    // Row 2 of A: all different.
    for (std::size_t k = 0; k < 16; ++k) {
        replay.l1[2 * 32 + 2 * k] = static_cast<std::byte>(k);
    }
    const std::string many = cosim::make_page(replay, difference, {.again = "again"});
    CAPTURE(many);
    CHECK(many.find("  and 4 other terms") != std::string::npos);
}

TEST_CASE("replay: a repetition leaves the page and the waveform beside its file alone") {
    const test::TemporaryFolder folder;
    const std::string name = (folder.path / "mine").string();
    REQUIRE(cosim::write_replay(name + ".replay", product(true)));
    std::ofstream(name + ".txt") << "the run's own\n";
    CHECK(sim::cosim({.replay = name + ".replay"}) == 3);
    CHECK(text_of(name + ".txt") == "the run's own\n");
    CHECK_FALSE(std::filesystem::exists(name + ".fst"));
    CHECK(text_of(name + "-2.txt").find("athena cosim --replay " + name + ".replay\n") !=
          std::string::npos);
    CHECK(sim::cosim({.replay = name + ".replay"}) == 3);
    CHECK(std::filesystem::exists(name + "-3.fst"));
    const std::filesystem::path reports = folder.path / "reports";
    std::filesystem::create_directory(reports);
    CHECK(sim::cosim({.replay = name + ".replay", .reports = reports}) == 3);
    CHECK(std::filesystem::exists(reports / "mine.txt"));
}
