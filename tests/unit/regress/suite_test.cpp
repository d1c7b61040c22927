// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/suite.h"

#include <catch2/catch.hpp>

#include "tests/temporary_folder.h"

using athena::regress::load_suite;
using athena::regress::SuiteError;
using athena::test::TemporaryFolder;

namespace {

std::string error_of(const std::string& text) {
    const TemporaryFolder folder;
    try {
        (void)load_suite(folder.write("s.toml", text));
    } catch (const SuiteError& error) {
        const std::string line = error.what();
        return line.substr(line.find("s.toml"));
    }
    return "no error";
}

}  // namespace

TEST_CASE("suite: a run becomes a command line") {
    const TemporaryFolder folder;
    const auto suite = load_suite(folder.write("s.toml", R"(
format = 1
name = "all"
[[run]]
name = "one"
board = "athena-mini"
firmware = "gemm"
append = "m=1 n=2"
fidelity = ["a=rtl", "b=lockstep"]
seed = 7
arguments = ["--strict"]
exit = 3
console = ["x+", "done"]
timeout_s = 5
labels = ["quick"]
[[run]]
name = "two"
command = "cosim"
arguments = ["--commands", "5"]
)"));
    REQUIRE(suite.runs.size() == 2);
    CHECK(suite.runs[0].arguments ==
          std::vector<std::string>{"run", "athena-mini", "--firmware", "gemm", "--append",
                                   "m=1 n=2", "--seed", "7", "--fidelity", "a=rtl", "--fidelity",
                                   "b=lockstep", "--strict"});
    CHECK(suite.runs[0].exit_status == 3);
    CHECK(suite.runs[0].timeout.count() == 5);
    CHECK(suite.runs[1].arguments == std::vector<std::string>{"cosim", "--commands", "5"});
}

TEST_CASE("suite: what is wrong is named with its line") {
    const std::string head = "format = 1\nname = \"s\"\n";
    CHECK(error_of("format = 2\nname = \"s\"\n") ==
          "s.toml:1: 'format' must be 1, the version that this program reads");
    CHECK(error_of(head) == "s.toml:1: no [[run]] in the suite");
    CHECK(error_of(head + "[[run]]\nname = \"a\"\nboard = \"b\"\ncolour = 1\n")
              .starts_with("s.toml:6: unknown key 'colour', expected one of name, board"));
    CHECK(error_of(head + "[[run]]\nname = \"a\"\n") == "s.toml:3: 'board' is missing");
    CHECK(error_of(head + "[[run]]\nname = \"../a\"\nboard = \"b\"\n")
              .starts_with("s.toml:4: name '../a', expected 1 to 100 of letters"));
    CHECK(error_of(head + "[[run]]\nname = \"a\"\nboard = \"b\"\nexit = \"0\"\n") ==
          "s.toml:6: 'exit' must be a whole number from 0 to 255");
    CHECK(error_of(head + "[[run]]\nname = \"a\"\nboard = \"b\"\nconsole = [\"(\"]\n") ==
          "s.toml:6: '(' is not a regular expression of at most 1000 characters");
    CHECK(error_of(head + "[[run]]\nname = \"a\"\nboard = \"b\"\n[[run]]\nname = \"a\"\nboard = "
                          "\"b\"\n") == "s.toml:6: two runs are named 'a'");
    CHECK(error_of(head + "[[run]]\nname = \"a\"\ncommand = \"boards\"\n") ==
          "s.toml:5: command 'boards', expected run or cosim");
    CHECK(error_of(head + "[[run]]\nname = \"a\"\ncommand = \"cosim\"\nboard = \"b\"\n")
              .starts_with("s.toml:6: unknown key 'board'"));
    CHECK(error_of(head + "[[run]]\nname = \"a\"\nboard = \"b\"\narguments = [\"--help\"]\n") ==
          "s.toml:6: '--help' only prints a text: nothing would be run");
    CHECK(error_of("format = \n").starts_with("s.toml:1: "));
    CHECK(error_of("\"a\\nb\" = 1\n" + head).starts_with("s.toml:1: unknown key 'a?b'"));
    CHECK_THROWS_WITH(load_suite("/nonexistent.toml"), "/nonexistent.toml: no such suite file");
}

TEST_CASE("suite: the shipped ones load") {
    CHECK_FALSE(load_suite(std::string(ATHENA_SUITES) + "/smoke.toml").runs.empty());
}
