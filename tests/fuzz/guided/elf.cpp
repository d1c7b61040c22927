// SPDX-License-Identifier: Apache-2.0
#include "sim/input_file.h"
#include "sim/usage_error.h"
#include "target.h"

using namespace athena;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::may_refuse<sim::UsageError>([&] {
        for (const auto& segment : sim::parse_elf("f.elf", test::bytes_of(data, size)).segments) {
            CHECK(segment.bytes.size() <= segment.memory_size);
            CHECK(segment.bytes.size() <= size);
        }
    });
    return 0;
}
