// SPDX-License-Identifier: Apache-2.0
#include "base/one_line.h"

#include <catch2/catch.hpp>

using athena::base::one_line;

TEST_CASE("one line: control characters become question marks") {
    CHECK(one_line("a\nb\tc\rd") == "a?b?c?d");
    CHECK(one_line("\x1b[31mred\x7f") == "?[31mred?");
    CHECK(one_line(std::string("\0x", 2)) == "?x");
    CHECK(one_line("\xC2\x9B"
                   "31m \xC2\x80\xC2\x9F") == "?31m ??");
}

TEST_CASE("one line: other UTF-8 and bytes that are none stay") {
    CHECK(one_line("") == "");
    CHECK(one_line("gr\xC3\xBC\xC3\x9F, \xC2\xA0\xC2\xB5s, \xE2\x80\xA6") ==
          "gr\xC3\xBC\xC3\x9F, \xC2\xA0\xC2\xB5s, \xE2\x80\xA6");
    CHECK(one_line("cut \xC2") == "cut \xC2");
}
