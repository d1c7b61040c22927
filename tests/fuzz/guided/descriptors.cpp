// SPDX-License-Identifier: Apache-2.0
// fuzz_descriptors with choices of libFuzzer's.
#include "fuzz/descriptors/descriptor_fuzzer.h"

using namespace athena::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MarkedBoard board;
    DescriptorFuzzer fuzzer{Random(std::span(data, size))};
    fuzz_round(board, fuzzer, std::byte{1});
    (void)check_rings(board);
    end_round(board);
    return 0;
}
