// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a virtqueue and in the registers: nothing is written but what the driver gave
// the device to write, the device ends with its work or says that it needs a reset, and after one
// it works. With the asan preset this also finds accesses out of bounds. ATHENA_FUZZ=N goes through
// N seeds.
#include <catch2/catch.hpp>

#include "fuzz/parsers/mutator.h"
#include "virtio_fuzzer.h"

using namespace athena::test;

TEST_CASE("virtio: random and damaged rings") {
    const std::uint32_t first = first_seed();
    const std::uint32_t seeds = iterations(40);
    for (const Kind& kind : kinds()) {
        std::uint64_t calm = 0;
        std::uint64_t completed = 0;
        std::uint64_t broken = 0;
        std::uint64_t came_in = 0;
        std::uint64_t gone_out = 0;
        for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
            INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_virtio; device "
                                        << kind.name);
            VirtioFuzzer fuzzer(kind, Random(seed));
            fuzzer.run();
            calm += fuzzer.calm_;
            completed += fuzzer.completed_;
            broken += fuzzer.broken_;
            came_in += fuzzer.came_in_;
            gone_out += fuzzer.gone_out_;
        }
        INFO(kind.name << ": " << calm << " rounds checked, " << completed << " completed, "
                       << broken << " broken, " << came_in << " buffers in, " << gone_out
                       << " bytes out");
        if (seeds >= 20) {  // the fuzzer reaches what it is about
            CHECK(calm >= seeds * VirtioFuzzer::kRounds / 3);
            CHECK(completed >= seeds * VirtioFuzzer::kRounds / 10);
            CHECK(broken >= seeds * VirtioFuzzer::kRounds / 10);
            const bool talks = kind.waits(0);
            CHECK(came_in >= (talks ? seeds * VirtioFuzzer::kRounds / 10 : 0));
            CHECK(gone_out >= (talks ? seeds * VirtioFuzzer::kRounds * 10 : 0));
        }
    }
}
