// SPDX-License-Identifier: Apache-2.0
#include "bootargs.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>

namespace {

struct Values {
    std::uint32_t m = 7;
    std::uint64_t seed = 9;
    float rate = 0.5f;
};

// The result, and the culprit as the rest of the line.
std::pair<result, std::string> parse(const char* line, Values& values) {
    const std::array<bootarg, 3> known{{
        {"m", BOOTARG_U32, &values.m, 1, 100},
        {"seed", BOOTARG_U64, &values.seed, 0, UINT64_MAX},
        {"rate", BOOTARG_FLOAT, &values.rate, 0, 0},
    }};
    const char* culprit = "";
    const result done = bootargs_parse(line, known.data(), known.size(), &culprit);
    return {done, culprit};
}

float rate_of(const std::string& text) {
    Values values;
    REQUIRE(parse(("rate=" + text).c_str(), values).first == RESULT_OK);
    return values.rate;
}

}  // namespace

TEST_CASE("bootargs: keys that do not occur keep their values", "[firmware]") {
    Values values;
    CHECK(parse("", values).first == RESULT_OK);
    CHECK(parse(" \t\n ", values).first == RESULT_OK);
    CHECK(values.m == 7);
    CHECK(values.seed == 9);
}

TEST_CASE("bootargs: reads decimal and hexadecimal, the later word wins", "[firmware]") {
    Values values;
    CHECK(parse("m=3  seed=0xFFFFffffFFFFffff m=0x64", values).first == RESULT_OK);
    CHECK(values.m == 100);
    CHECK(values.seed == UINT64_MAX);
}

TEST_CASE("bootargs: names the word that does not fit", "[firmware]") {
    for (const char* word : {"n=1",
                             "m",
                             "m=",
                             "m=0",
                             "m=101",
                             "m=-1",
                             "m=4294967297",
                             "m=1x",
                             "m=0x",
                             "mm=1",
                             "=1",
                             "seed=18446744073709551616",
                             "seed=0x10000000000000000",
                             "rate=",
                             "rate=1.2.3",
                             "rate=-",
                             "rate=1e",
                             "rate=1e+",
                             "rate=1e3x",
                             "rate=1e100",
                             "rate=e5",
                             "rate=1e23",
                             "rate=.1e-22",
                             "rate=1234567890123456"}) {
        CAPTURE(word);
        Values values;
        const std::string line = std::string("m=5 ") + word + " seed=1";
        const auto [done, culprit] = parse(line.c_str(), values);
        CHECK(done == RESULT_BAD_ARGUMENT);
        CHECK(culprit == word + std::string(" seed=1"));
        CHECK(values.m == 5);
        CHECK(values.seed == 9);
    }
}

TEST_CASE("bootargs: a decimal is the FP32 nearest to its FP64", "[firmware]") {
    for (const char* text : {"0.3", "0.9", "-1.25", "100", ".5", "0.1", "3.4028234", "0.000001",
                             "16777217", "123456.789012345", "1e-3", "1e-4", "2.5E2", "1e-8",
                             "-7.25e+03", "1e22", "123456789012345e-22", "0.0001e-18", "0e5"}) {
        CAPTURE(text);
        CHECK(rate_of(text) == static_cast<float>(std::strtod(text, nullptr)));
    }
    CHECK(std::signbit(rate_of("-0")));
}
