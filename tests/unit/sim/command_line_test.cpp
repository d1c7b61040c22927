// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sim/options.h"
#include "sim/usage_error.h"

using namespace athena::sim;

namespace {

std::variant<Options, std::string> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "athena");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <typename Command>
Command parse_as(const std::vector<const char*>& words) {
    return std::get<Command>(std::get<Options>(parse(words)).command);
}

RunOptions run_with(std::vector<const char*> words) {
    words.insert(words.begin(), {"run", "mini", "--firmware", "f"});
    return parse_as<RunOptions>(words);
}

std::string error_of(const std::vector<const char*>& words) {
    try {
        (void)parse(words);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

std::string run_error(std::vector<const char*> words) {
    words.insert(words.begin(), {"run", "mini", "--firmware", "f"});
    return error_of(words);
}

}  // namespace

TEST_CASE("command line: run's options arrive") {
    // clang-format off
    const RunOptions options = run_with(
        {"--append", "a=1 b=2", "--load", "x", "--load", "a@b@0x80_0000", "--save", "s@4K:16",
         "--set", "ram.size=1G", "--set", "harts.count=2", "--fidelity", "rtl", "--memory", "512M",
         "--harts", "4", "--max-time", "3ms", "--max-instructions", "1K", "--quantum", "10us",
         "--console", "file:c", "--record", "r", "--pace", "0.5", "--strict", "--signature", "g",
         "--stats", "j", "--seed", "0x10", "--net", "user", "--forward", "tcp:2222:22", "--forward",
         "tcp:65535:1"});
    // clang-format on
    CHECK(options.board.board == "mini");
    CHECK(options.firmware == "f");
    CHECK(options.append == "a=1 b=2");
    REQUIRE(options.loads.size() == 2);
    CHECK(options.loads[0].file == "x");
    CHECK_FALSE(options.loads[0].address);
    CHECK(options.loads[1].file == "a@b");
    CHECK(options.loads[1].address == 0x80'0000);
    CHECK(options.net == Net::User);
    REQUIRE(options.forwards.size() == 2);
    CHECK(options.forwards[0].host_port == 2222);
    CHECK(options.forwards[0].guest_port == 22);
    CHECK(options.forwards[1].host_port == 65535);
    REQUIRE(options.saves.size() == 1);
    CHECK(options.saves[0].file == "s");
    CHECK(options.saves[0].address == 4096);
    CHECK(options.saves[0].length == 16);
    CHECK(options.board.set == std::vector<std::string>{"ram.size=1G", "harts.count=2"});
    CHECK(options.board.fidelity == std::vector<std::string>{"rtl"});
    CHECK(options.board.memory == "512M");
    CHECK(options.board.harts == "4");
    CHECK(options.max_time->value == 3'000'000'000);
    CHECK(options.max_instructions == 1024);
    CHECK(options.quantum->value == 10'000'000);
    CHECK(options.console.file == "c");
    CHECK(options.record == "r");
    CHECK(options.pace.kind == Pace::Kind::Factor);
    CHECK(options.pace.factor == 0.5);
    CHECK(options.strict);
    CHECK(options.signature == "g");
    CHECK(options.stats == "j");
    CHECK(options.seed == 16);
}

TEST_CASE("command line: the other commands") {
    CHECK(parse_as<DescribeOptions>({"describe", "b", "--fidelity", "rtl"}).board.fidelity.size() ==
          1);
    CHECK(parse_as<DtsOptions>({"dts", "b", "--append", "x"}).append == "x");
    CHECK(parse_as<DtsOptions>({"dts", "b", "--seed", "9"}).seed == 9);
    (void)parse_as<BoardsOptions>({"boards"});
    const auto regress = parse_as<athena::regress::Options>(
        {"regress", "s.toml", "-j", "3", "--list", "--filter", "gemm", "--junit", "j.xml"});
    CHECK(regress.suite == "s.toml");
    CHECK(regress.jobs == 3);
    CHECK(regress.list);
    CHECK(regress.filter == "gemm");
    CHECK(regress.junit == "j.xml");
}

TEST_CASE("command line: help and version are text") {
    CHECK(std::get<std::string>(parse({"--version"})).starts_with("athena 0."));
    CHECK(std::get<std::string>(parse({"--help"})).find("regress") != std::string::npos);
    const auto run = std::get<std::string>(parse({"run", "--help"}));
    CHECK(run.find("--max-time") != std::string::npos);
    CHECK(run.find("Exit status") != std::string::npos);
}

TEST_CASE("command line: what cannot be used is named with what was expected") {
    CHECK(error_of({}) == "A subcommand is required (athena --help lists what there is)");
    CHECK(error_of({"walk"}) != "no error");
    CHECK(error_of({"run"}) != "no error");
    CHECK(run_error({"--no-such-option"}) != "no error");
    CHECK(error_of({"run", "mini"}) == "nothing to run: give --firmware, --bios or --kernel");
    CHECK(run_error({"--kernel", "k"}) ==
          "--firmware starts the board itself: not with --bios or --kernel");
    CHECK(run_error({"--initrd", "i"}) == "--initrd: only with --kernel");
    CHECK(run_error({"--record", "r", "--replay", "r"}) != "no error");
    CHECK(run_error({"--max-instructions", "many"}) ==
          "--max-instructions many: expected a whole number");
    for (const char* time : {"5", "0ms", "1.5s", "-1s", "s", "18446744073709551615s"}) {
        CHECK(run_error({"--max-time", time}) ==
              std::string("--max-time ") + time +
                  ": expected a whole number above 0 with its unit: ps, ns, us, ms or s");
    }
    for (const char* gdb : {"x", "65536", "-1", "1,", "1,wait", ",nowait"}) {
        CHECK(run_error({"--gdb", gdb}) ==
              std::string("--gdb ") + gdb + ": expected PORT or PORT,nowait with a TCP port");
    }
    for (const char* pace : {"fast", "0", "-1", "nan", "1x"}) {
        CHECK(run_error({"--pace", pace}) ==
              std::string("--pace ") + pace + ": expected auto, off, or a number above 0");
    }
    for (const char* save : {"f", "f@1", "f:1", "@1:2", "f@x:2", "f@1:x"}) {
        CHECK(run_error({"--save", save}) ==
              std::string("--save ") + save + ": expected FILE@ADDRESS:LENGTH");
    }
    CHECK(run_error({"--console", "tcp:5"}) == "--console tcp:5: expected stdio or file:F");
    CHECK(error_of({"regress", "s", "-j", "0"}) != "no error");
}

TEST_CASE("command line: cosim's options arrive; a replay stands alone") {
    const auto options =
        parse_as<CosimOptions>({"cosim", "--seed", "7", "--commands", "50", "--stall", "0"});
    CHECK(options.seed == 7);
    CHECK(options.commands == 50);
    CHECK(options.stall == 0u);
    CHECK_FALSE(options.replay);
    CHECK_FALSE(options.bins);
    CHECK_FALSE(parse_as<CosimOptions>({"cosim"}).stall);
    CHECK(parse_as<CosimOptions>({"cosim", "--bins", "b"}).bins == "b");
    CHECK(parse_as<CosimOptions>({"cosim", "--replay", "f"}).replay == "f");
    CHECK(error_of({"cosim", "--stall", "100"}).find("--stall") != std::string::npos);
    CHECK(error_of({"cosim", "--commands", "many"}).find("--commands") != std::string::npos);
    CHECK(error_of({"cosim", "--replay", "f", "--seed", "1"}).find("--replay") !=
          std::string::npos);
    CHECK(error_of({"cosim", "--replay", "f", "--bins", "b"}).find("--replay") !=
          std::string::npos);
}

TEST_CASE("command line: more files than programs look for are refused") {
    std::vector<const char*> words;
    for (int i = 0; i < 16; ++i) {
        words.insert(words.end(), {"--load", "x"});
    }
    CHECK(run_with(words).loads.size() == 16);
    words.insert(words.end(), {"--load", "x"});
    CHECK(run_error(words) == "--load: 17 files, expected at most 16");
}

TEST_CASE("command line: the device of the console") {
    CHECK_FALSE(run_with({}).virtio_console);
    CHECK_FALSE(run_with({"--console-device", "uart"}).virtio_console);
    CHECK(run_with({"--console-device", "virtio"}).virtio_console);
    CHECK(run_error({"--console-device", "vga"}) ==
          "--console-device vga: expected uart or virtio");
}

TEST_CASE("command line: networks that are none") {
    CHECK(run_with({"--net", "loop"}).net == Net::Loop);
    CHECK(run_with({}).net == Net::None);
    CHECK(run_error({"--net", "tap"}) == "--net tap: expected user or loop");
    CHECK(run_error({"--forward", "tcp:1:1"}) == "--forward: only with --net user");
    CHECK(run_error({"--net", "loop", "--forward", "tcp:1:1"}) ==
          "--forward: only with --net user");
    for (const std::string text : {"", "80:80", "udp:80:80", "tcp:80", "tcp::80", "tcp:80:",
                                   "tcp:0:80", "tcp:80:65536", "tcp:1:2:3", "tcp:x:80"}) {
        CHECK(run_error({"--net", "user", "--forward", text.c_str()}) ==
              "--forward " + text + ": expected tcp:HOSTPORT:GUESTPORT, ports 1 to 65535");
    }
}

TEST_CASE("command line: --report takes files of three kinds, as often as wanted") {
    const RunOptions options =
        run_with({"--report", "a.txt", "--report", "b.c/d.json", "--report", "e.html"});
    CHECK(options.report_files == std::vector<std::string>{"a.txt", "b.c/d.json", "e.html"});
    CHECK(run_with({}).report_files.empty());
    for (const char* file : {"a", "a.csv", "a.TXT", "html", "a.json/b", ""}) {
        CAPTURE(file);
        CHECK(run_error({"--report", file}) ==
              "--report " + std::string(file) +
                  ": expected a file name that ends in .txt, .json or .html");
    }
}
