// SPDX-License-Identifier: Apache-2.0
// Catch2's words for benches that libFuzzer drives: a check that fails ends the program, as
// libFuzzer wants it.
#pragma once

#include <cstdio>
#include <cstdlib>

#define ATHENA_CHECK(text, ...) \
    ((__VA_ARGS__)              \
         ? void()               \
         : (std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, text), std::abort()))
#define CHECK(...) ATHENA_CHECK("CHECK(" #__VA_ARGS__ ")", __VA_ARGS__)
#define REQUIRE(...) ATHENA_CHECK("REQUIRE(" #__VA_ARGS__ ")", __VA_ARGS__)
#define REQUIRE_FALSE(...) ATHENA_CHECK("REQUIRE_FALSE(" #__VA_ARGS__ ")", !(__VA_ARGS__))
#define INFO(...) static_cast<void>(0)
#define CAPTURE(...) static_cast<void>(0)
