// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/runner.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "sim/regress/report.h"
#include "tests/temporary_folder.h"

using namespace athena::regress;
using athena::test::TemporaryFolder;

namespace {

Run shell(const std::string& name, const std::string& script) {
    Run run;
    run.name = name;
    run.arguments = {"-c", script};
    return run;
}

std::string first_word(const std::filesystem::path& file) {
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

/// Neither gone nor waiting to be reaped. A killed process takes a moment.
bool is_running(const std::string& process) {
    for (int i = 0; i < 100; ++i) {
        std::ifstream status("/proc/" + process + "/stat");
        std::string number;
        std::string name;
        std::string state;
        if (!(status >> number >> name >> state) || state == "Z" || state == "X") {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

std::vector<Outcome> run_shell(const std::vector<Run>& runs, const TemporaryFolder& folder,
                               unsigned jobs = 2) {
    std::vector<const Run*> pointers;
    for (const Run& run : runs) {
        pointers.push_back(&run);
    }
    return run_all(pointers, {.program = "/bin/sh", .folder = folder.path, .jobs = jobs});
}

}  // namespace

TEST_CASE("regress: exit statuses and console patterns, in order, decide") {
    const TemporaryFolder folder;
    std::vector<Run> runs{shell("good", "echo loss 3; echo loss 2; exit 4"),
                          shell("status", "exit 5"), shell("order", "echo b; echo a"),
                          shell("stderr", "echo oops >&2")};
    runs[0].exit_status = 4;
    runs[0].console = {"loss [3]", "loss 2"};
    runs[2].console = {"a", "b"};
    runs[3].console = {"oops"};
    const auto outcomes = run_shell(runs, folder);
    CHECK(outcomes[0].verdict == Verdict::Passed);
    CHECK(outcomes[0].reason.empty());
    CHECK(outcomes[1].reason == "exit status 5, expected 0");
    CHECK(outcomes[2].reason == "output lacks /b/");
    CHECK(outcomes[3].verdict == Verdict::Passed);
}

TEST_CASE(
    "regress: runs that crash, hang with children, or flood are contained, the others go on") {
    const TemporaryFolder folder;
    std::vector<Run> runs{shell("crash", "kill -SEGV $$"),
                          shell("hang", "sleep 100 & echo $!; wait"),
                          shell("flood",
                                "while :; do echo 0123456789012345678901234567890123456789"
                                "01234567890123456789012345678901234567890123456789; done"),
                          shell("good", "true"), shell("missing", "exec /nonexistent")};
    runs[1].timeout = std::chrono::seconds(1);
    const auto outcomes = run_shell(runs, folder);
    CHECK(outcomes[0].verdict == Verdict::Crashed);
    CHECK(outcomes[0].reason == "ended by signal: Segmentation fault");
    CHECK(outcomes[1].verdict == Verdict::TimedOut);
    CHECK(outcomes[1].seconds < 5);
    CHECK_FALSE(is_running(first_word(outcomes[1].folder / "console.txt")));
    CHECK(outcomes[2].verdict == Verdict::Flooded);
    CHECK(outcomes[2].reason == "a file of it grew beyond 64 MiB");
    CHECK(std::filesystem::file_size(folder.path / "flood/console.txt") <=
          (std::uintmax_t{64} << 20));
    CHECK(outcomes[3].verdict == Verdict::Passed);
    CHECK(outcomes[4].verdict == Verdict::Failed);
}

TEST_CASE("regress: a pattern is searched line by line, in lines of any length") {
    const TemporaryFolder folder;
    std::vector<Run> runs{shell("long", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end"),
                          shell("two-lines", "echo a; echo b")};
    runs[0].console = {"(x|y)*", "end"};
    runs[1].console = {"a[^c]*b"};
    const auto outcomes = run_shell(runs, folder);
    CHECK(outcomes[0].verdict == Verdict::Passed);
    CHECK(outcomes[1].reason == "output lacks /a[^c]*b/");
}

TEST_CASE("regress: what athena run and athena cosim write goes into the run's own folder") {
    const TemporaryFolder folder;
    std::vector<Run> runs(3);
    for (const std::size_t i : {0U, 1U, 2U}) {
        runs[i].name = runs[i].arguments.emplace_back(std::array{"run", "cosim", "dts"}[i]);
    }
    const auto outcomes = run_all({&runs[0], &runs[1], &runs[2]},
                                  {.program = "/bin/echo", .folder = folder.path, .jobs = 2});
    const auto words = [&](std::size_t i) {
        std::ostringstream text;
        text << std::ifstream(outcomes[i].folder / "console.txt").rdbuf();
        return text.str();
    };
    const std::string run = (folder.path / "run").string();
    CHECK(words(0) == "run --stats " + run + "/stats.json --reports " + run + "\n");
    CHECK(words(1) == "cosim --reports " + (folder.path / "cosim").string() + "\n");
    CHECK(words(2) == "dts\n");
}

TEST_CASE("regress: JUnit XML counts, escapes, and carries a line that repeats the run") {
    const TemporaryFolder folder;
    std::vector<Run> runs{shell("a<b", "printf '<&\\001>'; exit 1"), shell("ok", "true")};
    runs[0].name = "a_b";
    const auto outcomes = run_shell(runs, folder, 1);
    const std::string xml = junit_xml({.suite = "suite \"1\"",
                                       .folder = folder.path,
                                       .outcomes = outcomes,
                                       .history = History("/nonexistent")});
    CHECK(
        xml.find("<testsuite name=\"suite &quot;1&quot;\" tests=\"2\" failures=\"1\" errors=\"0\" "
                 "skipped=\"0\"") != std::string::npos);
    CHECK(xml.find("&lt;&amp;?&gt;") != std::string::npos);
    CHECK(xml.find("again: cd ") != std::string::npos);
    CHECK(xml.find("&amp;&amp; /bin/sh -c") != std::string::npos);
    CHECK(xml.find("\x01") == std::string::npos);
}
