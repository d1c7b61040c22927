// SPDX-License-Identifier: Apache-2.0
// The printer of `athena dts`, with libfdt's opinion beside it.
#include <libfdt.h>

#include <sstream>
#include <stdexcept>

#include "sim/decompile.h"
#include "target.h"

using namespace athena;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // libfdt wants 8-byte alignment.
    const std::vector<std::byte> tree = test::bytes_of(data, size);
    const bool is_good =
        size >= sizeof(fdt_header) && fdt_check_full(tree.data(), tree.size()) == 0;
    std::ostringstream out;
    try {
        sim::decompile(tree, out);
        CHECK(is_good);
    } catch (const std::runtime_error&) {  // also where libfdt overlooks a negative length
    }
    return 0;
}
