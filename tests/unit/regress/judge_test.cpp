// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/judge.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "sim/regress/history.h"
#include "sim/regress/result_file.h"
#include "tests/temporary_folder.h"

using namespace athena::regress;
using athena::test::TemporaryFolder;

namespace {

constexpr std::chrono::sys_days kToday = std::chrono::year(2030) / 6 / 15;

/// A run that ended with status 0 and left these.
struct Ran {
    explicit Ran(const std::string& console, const std::string& statistics = "{}") {
        std::ofstream(folder.path / "console.txt") << console;
        std::ofstream(folder.path / "stats.json") << statistics;
        outcome.run = &run;
        outcome.folder = folder.path;
    }
    const Outcome& judged(int status = 0, Ended ended = Ended::ByItself) {
        judge(outcome, status, ended, kToday);
        return outcome;
    }
    TemporaryFolder folder;
    Run run;
    Outcome outcome;
};

constexpr int kExit1 = 1 << 8;  // as waitpid() says it

}  // namespace

TEST_CASE("regress: bounds are of numbers in the statistics, by path") {
    Ran ran("", R"({"machine": {"a.b": {"n": 5}, "list": [{"x": 7}]}, "run": {"mips": 1.5}})");
    const auto reason = [&](const Bound& bound) {
        ran.run.bounds = {bound};
        return ran.judged().reason;
    };
    CHECK(reason({"a.b.n", 5, 5}).empty());
    CHECK(reason({"a.b.n", 6, std::nullopt}) == "a.b.n is 5, expected at least 6");
    CHECK(reason({"list.0.x", std::nullopt, 6.5}) == "list.0.x is 7, expected at most 6.5");
    CHECK(reason({"run.mips", 1, 2}).empty());
    CHECK(reason({"list.1.x", 1, 2}) == "statistics have no number 'list.1.x'");
    CHECK(reason({"a.b", 1, 2}) == "statistics have no number 'a.b'");
    std::ofstream(ran.folder.path / "stats.json") << "{";
    CHECK(reason({"a", 1, 2}) == "there is no stats.json to hold against bounds");
}

TEST_CASE("regress: what is forbidden, signatures and losses decide") {
    Ran ran("step 0 loss 4.5 0x40900000, 10 tokens/s\nstep 1 loss 4.25 0x40880000, 11 tokens/s\n");
    const auto losses = ran.folder.path / "losses";
    ran.run.losses = losses;
    std::ofstream(losses) << "step 0 loss 4.5 0x40900000\nstep 1 loss 4.25 0x40880000\n";
    CHECK(ran.judged().verdict == Verdict::Passed);
    std::ofstream(losses) << "step 0 loss 4.5 0x40900000\nstep 1 loss 4.25 0x40880001\n";
    CHECK(ran.judged().reason == "output lacks line 2 of losses, 'step 1 loss 4.25 0x40880001'");
    std::ofstream(losses) << "step 1 loss 4.25 0x40880000\nstep 0 loss 4.5 0x40900000\n";
    CHECK(ran.judged().reason == "output lacks line 2 of losses, 'step 0 loss 4.5 0x40900000'");
    ran.run.losses.reset();
    std::ofstream(losses) << "step 0 loss 4.5 0x40900000\nstep 1 loss 4.25 0x40880001\n";
    ran.run.forbidden = {"loss 4\\.2"};
    CHECK(ran.judged().reason == "output has /loss 4\\.2/");
    ran.run.forbidden.clear();
    ran.run.signature = losses;
    CHECK(ran.judged().reason ==
          "signature.txt:1 is its end, expected 'step 0 loss 4.5 0x40900000'");
    std::ofstream(ran.folder.path / "signature.txt") << "step 0 loss 4.5 0x40900000\nno\n";
    CHECK(ran.judged().reason == "signature.txt:2 is 'no', expected 'step 1 loss 4.25 0x40880001'");
}

TEST_CASE("regress: a known failure counts up to its day") {
    Ran ran("");
    ran.run.known_failure = KnownFailure{"bug 7", kToday};
    CHECK(ran.judged(kExit1).verdict == Verdict::Known);
    CHECK(ran.judged(kExit1).reason == "exit status 1, expected 0; known until 2030-06-15: bug 7");
    CHECK(ran.judged().verdict == Verdict::Passed);
    CHECK(ran.judged().reason == "passes, though known to fail: bug 7");
    ran.run.known_failure->until = kToday - std::chrono::days(1);
    CHECK(ran.judged(kExit1).verdict == Verdict::Failed);
    CHECK(ran.judged(0, Ended::TimeLimit).verdict == Verdict::TimedOut);
}

TEST_CASE("regress: what a repetition does otherwise is an error of its own") {
    Ran first("a\nb\n", R"({"machine": {"n": 1}, "run": {"s": 1}})");
    Ran again("a\nb\n", R"({"machine": {"n": 1}, "run": {"s": 2}})");
    first.run.name = again.run.original = "r";
    const auto reason = [&] {
        std::vector<Outcome> outcomes{first.judged(), again.judged()};
        judge_repetitions(outcomes);
        CHECK((outcomes[1].verdict == Verdict::Flaky) == !outcomes[1].reason.empty());
        return outcomes[1].reason;
    };
    CHECK(reason().empty());
    std::ofstream(again.folder.path / "stats.json") << R"({"machine": {"n": 2}})";
    CHECK(reason() == "repeated, the statistics differ at machine/n");
    std::ofstream(again.folder.path / "console.txt") << "a\nc\n";
    CHECK(reason() == "repeated, console.txt:2 is 'c', expected 'b' as the first time");
    again.run.exit_status = 3;
    CHECK(reason().starts_with("was 'passed' the first time, 'failed' when repeated: "));
}

TEST_CASE("regress: a fingerprint changes with the program, files and what is expected") {
    const TemporaryFolder folder;
    const auto program = folder.write("athena", "1");
    const auto data = folder.write("data", "1");
    std::filesystem::create_directory(folder.path / "firmware");
    const auto shipped = folder.path / "firmware/hello.elf";
    std::ofstream(shipped) << "1";
    Run run;
    run.arguments = {"run", "b", "--firmware", "hello", "--load", data.string() + "@0x100"};
    std::set<std::string> seen{fingerprint(run, program)};
    CHECK(seen.contains(fingerprint(run, program)));
    for (const auto& file : {program, data, shipped}) {
        std::ofstream(file) << "22";
        CHECK(seen.insert(fingerprint(run, program)).second);
    }
    run.exit_status = 1;
    CHECK(seen.insert(fingerprint(run, program)).second);
    run.bounds = {{"x", 1, 2}};
    CHECK(seen.insert(fingerprint(run, program)).second);
    run.known_failure = KnownFailure{"bug 7", kToday};
    CHECK(seen.insert(fingerprint(run, program)).second);
    run.known_failure->until += std::chrono::days(1);
    CHECK(seen.insert(fingerprint(run, program)).second);
}

TEST_CASE("regress: results and history are read again, damaged ones left out") {
    const TemporaryFolder folder;
    const Result result{Verdict::Crashed, "why \xFF", 1.5, "f", "s"};
    write_result(folder.path, result);
    const auto read = read_result(folder.path);
    REQUIRE(read);
    CHECK(read->verdict == Verdict::Crashed);
    CHECK(read->seconds == 1.5);
    CHECK(read->submission == "s");
    for (const char* const text : {"", "{", "[]", "{\"verdict\": \"nice\"}", "{\"verdict\": 1}"}) {
        std::ofstream(folder.path / "result.json") << text;
        CHECK_FALSE(read_result(folder.path));
    }
    const auto file = folder.path / "history";
    std::ofstream(file) << "nonsense\n{\"runs\": {\"r\": [\"nice\", 1]}}\n";
    Run run;
    run.name = "r";
    for (std::size_t i = 0; i < History::kKept + 3; ++i) {
        History(file).add({{&run, Verdict::Passed, "", double(i), {}, false}});
    }
    const History history(file);
    REQUIRE(history.of("r").size() == History::kKept);
    CHECK(history.of("r").back().seconds == History::kKept + 2);
    CHECK(history.of("other").empty());
}
