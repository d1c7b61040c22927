// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/selection.h"

#include <catch2/catch.hpp>
#include <set>

#include "sim/regress/matrix.h"

using namespace athena::regress;

namespace {

Suite suite_of(std::size_t runs) {
    Suite suite{.name = "s", .runs = std::vector<Run>(runs)};
    for (std::size_t i = 0; i < runs; ++i) {
        suite.runs[i].name = "r" + std::to_string(i);
        suite.runs[i].labels = {i % 2 == 0 ? "even" : "odd"};
    }
    return suite;
}

}  // namespace

TEST_CASE("regress: shards are disjoint and are all runs together") {
    const Suite suite = suite_of(11);
    for (const unsigned count : {1U, 3U, 11U, 20U}) {
        std::multiset<std::string> seen;
        for (unsigned index = 1; index <= count; ++index) {
            for (const Run& run : select_runs(suite, std::nullopt, {index, count}, 1)) {
                seen.insert(run.name);
            }
        }
        CHECK(seen.size() == 11);
        CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 11);
    }
}

TEST_CASE("regress: a filter is for names and labels, before shards and repetitions") {
    const auto runs = select_runs(suite_of(6), "odd|^r0$", {2, 2}, 2);
    REQUIRE(runs.size() == 4);  // of r0 r1 r3 r5 every second
    CHECK(runs[0].name == "r1");
    CHECK(runs[1].name == "r1.repeat2");
    CHECK(runs[1].original == "r1");
    CHECK(runs[2].name == "r5");
    CHECK_THROWS_WITH(select_runs(suite_of(1), "(", {}, 1),
                      "--filter '(' is not a regular expression");
}

TEST_CASE("regress: what is no shard is refused") {
    CHECK(parse_shard("3/7").index == 3);
    CHECK(parse_shard("3/7").count == 7);
    for (const char* const text :
         {"", "1", "/", "0/2", "3/2", "1/0", "-1/2", "1/2x", "a/b", "1/99999999999", " 1/2"}) {
        CHECK_THROWS_AS(parse_shard(text), SuiteError);
    }
}

TEST_CASE("regress: a matrix has all combinations, the last key changing first") {
    std::string seen;
    for_each_combination({{"a", {"1", "2"}}, {"b", {"x", "y"}}}, [&](const Combination& settings) {
        seen += substitute("{a}{b}{c} ", settings);
    });
    CHECK(seen == "1x{c} 1y{c} 2x{c} 2y{c} ");
    CHECK(combinations({{"a", std::vector<std::string>(1000)},
                        {"b", std::vector<std::string>(1000)}}) == kMostRuns + 1);
    CHECK(substitute("{a", {{"a", "1"}}) == "{a");
    CHECK(substitute("{{a}}", {{"a", "1"}}) == "{1}");
}
