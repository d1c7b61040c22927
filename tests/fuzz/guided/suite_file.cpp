// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/suite.h"
#include "target.h"

using namespace athena;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::may_refuse<regress::SuiteError>([&] {
        const auto suite = regress::parse_suite(test::text_of(data, size), "s.toml");
        CHECK(!suite.runs.empty());
    });
    return 0;
}
