// SPDX-License-Identifier: Apache-2.0
// Cycles a second of the timed model and of the Verilated tile under the same driver: a product
// without traffic, the same with reads and writes of L1 without a pause, and traffic alone. Times
// are the process's CPU time; of several interleaved measurements the fastest counts. The cycles
// must be equal.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "bench/rtl/bare_tile.h"
#include "tile/axi_driver.h"

using namespace athena;

namespace {

constexpr unsigned kRepeats = 3;
constexpr std::uint32_t kElsewhere = 0xF'0000;  // where the product does not go
constexpr std::uint64_t kTrafficCycles = 200'000;

struct Measured {
    std::uint64_t cycles = 0;
    double rate = 0;  // of the fastest, cycles a second
};

enum class Work { Product, ProductAndTraffic, Traffic };

template <typename Tile>
class Bench {
  public:
    template <typename... Parameters>
    explicit Bench(const Parameters&... parameters) : driver_(parameters...) {
        std::vector<std::byte> l1(tile::VerilatedTile::config().l1_bytes);
        test::fill_operands(l1);
        driver_.tile().poke(0, l1);
    }

    void measure(Work work, Measured& best) {
        driver_.reset();
        const std::clock_t start = std::clock();
        run(work);
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        best.cycles = driver_.cycle();
        best.rate = std::max(best.rate, static_cast<double>(best.cycles) / std::max(seconds, 1e-9));
    }

  private:
    void run(Work work) {
        if (work != Work::Traffic) {
            line_ = test::product_line();
            driver_.start({.write = true, .address = tile::kQueueWindow, .data = line_});
        }
        while (work == Work::Traffic ? driver_.cycle() < kTrafficCycles : driver_.records.empty()) {
            if (work != Work::Product && !driver_.busy()) {
                driver_.start({.write = true, .address = kElsewhere, .data = written_});
                driver_.start({.address = kElsewhere, .data = read_});
            }
            if (work == Work::Product) {
                driver_.run(driver_.cycle() + 100'000);
            } else {
                driver_.step();
            }
            driver_.finished.clear();
        }
        driver_.records.clear();
    }

    tile::PortDriver<Tile> driver_;
    tile::Beat line_{};
    std::vector<std::byte> written_ = std::vector<std::byte>(4096);
    std::vector<std::byte> read_ = std::vector<std::byte>(4096);
};

bool compare(const char* name, Work work, Bench<tile::VerilatedTile>& rtl,
             Bench<tile::TimedTile>& timed) {
    Measured of_rtl;
    Measured of_timed;
    for (unsigned i = 0; i < kRepeats; ++i) {
        rtl.measure(work, of_rtl);
        timed.measure(work, of_timed);
    }
    std::printf("%-20s rtl %8.1f  timed %10.1f kcycles/s  ratio %.1f  (%llu and %llu cycles)\n",
                name, of_rtl.rate / 1e3, of_timed.rate / 1e3, of_timed.rate / of_rtl.rate,
                static_cast<unsigned long long>(of_rtl.cycles),
                static_cast<unsigned long long>(of_timed.cycles));
    return of_rtl.cycles == of_timed.cycles;
}

}  // namespace

extern "C" int sc_main(int /*argc*/, char* /*argv*/[]) {
    Bench<tile::VerilatedTile> rtl;
    Bench<tile::TimedTile> timed(tile::VerilatedTile::config());
    bool equal = compare("product", Work::Product, rtl, timed);
    equal = compare("product and traffic", Work::ProductAndTraffic, rtl, timed) && equal;
    equal = compare("traffic", Work::Traffic, rtl, timed) && equal;
    return equal ? 0 : 1;
}
