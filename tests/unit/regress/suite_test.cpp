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
    CHECK(error_of(head + "[[run]]\nname = \"lock\"\nboard = \"b\"\n") ==
          "s.toml:4: name 'lock' is that of a file in --out");
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

TEST_CASE("suite: a matrix, defaults and other files make further runs") {
    const TemporaryFolder folder;
    (void)folder.write("other.toml",
                       "format = 1\nname = \"o\"\n[[run]]\nname = \"z\"\nboard = \"b\"\n");
    const auto suite = load_suite(folder.write("s.toml", R"(
format = 1
name = "all"
include = ["other.toml"]
[defaults]
board = "athena-mini"
timeout_s = 9
[[run]]
name = "one"
append = "s={seed} {other}"
matrix = { seed = { from = 8, to = 9 }, fidelity = ["cluster0.tile0=rtl"] }
[[run]]
name = "two-{board}"
timeout_s = 3
matrix = { board = ["x/y"] }
)"));
    REQUIRE(suite.runs.size() == 4);
    CHECK(suite.runs[0].name == "z");
    CHECK(suite.runs[1].name == "one-cluster0.tile0_rtl-8");
    CHECK(suite.runs[2].arguments == std::vector<std::string>{"run", "athena-mini", "--append",
                                                              "s=9 {other}", "--seed", "9",
                                                              "--fidelity", "cluster0.tile0=rtl"});
    CHECK(suite.runs[2].timeout.count() == 9);
    CHECK(suite.runs[3].name == "two-x_y");
    CHECK(suite.runs[3].timeout.count() == 3);
}

TEST_CASE("suite: bounds, files and known failures are checked where they stand") {
    const std::string head = "format = 1\nname = \"s\"\n[[run]]\nname = \"a\"\nboard = \"b\"\n";
    CHECK(error_of(head + "bounds = { x = \"1\" }\n") ==
          "s.toml:6: bound of 'x': expected a number or { min = …, max = … }");
    CHECK(error_of(head + "bounds = { x = { least = 1 } }\n")
              .starts_with("s.toml:6: unknown key 'least', expected one of min, max"));
    CHECK(error_of(head + "losses = \"none.txt\"\n").starts_with("s.toml:6: 'losses': no file "));
    CHECK(error_of(head + "known_failure = { reason = \"x\" }\n") ==
          "s.toml:6: a known failure needs a day: until = 2030-12-31");
    CHECK(error_of(head + "matrix = { seed = [] }\n") ==
          "s.toml:6: 'seed' must be an array of values or { from = …, to = … }");
    CHECK(error_of(head + "matrix = { seed = { from = 2, to = 1 } }\n")
              .starts_with("s.toml:6: 'seed' must run from a number to one not below it"));
    CHECK(error_of(head + "matrix = { seed = { from = 0, to = 99999 }, harts = [1, 2] }\n") ==
          "s.toml:3: more than 100000 runs");
    CHECK(error_of(head + "matrix = { folder = [1] }\n")
              .starts_with("s.toml:6: a matrix cannot have the key 'folder'"));
    CHECK(error_of("format = 1\nname = \"s\"\ninclude = [\"s.toml\"]\n")
              .starts_with("s.toml:3: suites include each other more than 8 deep"));
}
