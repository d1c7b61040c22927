// SPDX-License-Identifier: Apache-2.0
// Clock cycles a second of the bare Verilated tile on one core: idle, and busy with products that
// keep the array multiplying. No wrapper, no bus: an upper bound for whoever puts the tile into a
// board. Times are the process's CPU time.
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "bench/rtl/bare_tile.h"

namespace {

using athena::test::BareTile;
using athena::test::kSide;

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace

int main() {
    BareTile tile;
    const double start = cpu_seconds();
    std::uint64_t busy = 0;
    std::uint64_t products = 0;
    while (cpu_seconds() - start < 1.0) {
        for (tile.push(); !tile.idle(); ++busy) {
            tile.tick();
        }
        ++products;
    }
    const double middle = cpu_seconds();
    constexpr std::uint64_t kIdle = 5'000'000;
    for (std::uint64_t i = 0; i < kIdle; ++i) {
        tile.tick();
    }
    const double end = cpu_seconds();
    const double macs = static_cast<double>(products) * kSide * kSide * kSide;
    std::printf("busy  %8.1f kcycles/s  %7.2f MMAC/s  (16x16, %u x %u x %u)\n",
                static_cast<double>(busy) / (middle - start) / 1e3, macs / (middle - start) / 1e6,
                kSide, kSide, kSide);
    std::printf("idle  %8.1f kcycles/s\n", kIdle / (end - middle) / 1e3);
    return 0;
}
