// SPDX-License-Identifier: Apache-2.0
// fuzz_virtio with choices of libFuzzer's; the first one is of the device.
#include "fuzz/virtio/virtio_fuzzer.h"

using namespace athena::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    constexpr int kRounds = 1;
    const Kind& kind = kinds()[data[0] % kinds().size()];
    VirtioFuzzer(kind, Random(std::span(data, size).subspan(1))).run(kRounds);
    return 0;
}
