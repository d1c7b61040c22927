// SPDX-License-Identifier: Apache-2.0
// The printer of `athena dts`.
#include <sstream>
#include <stdexcept>

#include "sim/decompile.h"
#include "target.h"

using namespace athena;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::may_refuse<std::runtime_error>([&] {
        std::ostringstream out;
        sim::decompile(test::bytes_of(data, size), out);
        CHECK(out.str().ends_with("};\n"));
    });
    return 0;
}
