// SPDX-License-Identifier: Apache-2.0
#include "base/hexadecimal.h"

#include <catch2/catch.hpp>

using namespace athena::base;

TEST_CASE("hexadecimal: as many digits as the value needs, lower case, 0 as one") {
    CHECK(hexadecimal(0) == "0x0");
    CHECK(hexadecimal(0xF) == "0xf");
    CHECK(hexadecimal(0x10) == "0x10");
    CHECK(hexadecimal(0x8000'00AB) == "0x800000ab");
    CHECK(hexadecimal(0xFEDC'BA98'7654'3210) == "0xfedcba9876543210");
    CHECK(hex_digits(0x1000'0000) == "10000000");
}

TEST_CASE("hexadecimal: zeros in front up to the least number of digits, and nothing cut off") {
    CHECK(hexadecimal(0xA5, 6) == "0x0000a5");
    CHECK(hexadecimal(0x123'4567, 6) == "0x1234567");
    CHECK(hexadecimal(1, 16) == "0x0000000000000001");
    CHECK(hex_digits(0, 2) == "00");
}
