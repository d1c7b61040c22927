// SPDX-License-Identifier: Apache-2.0
#include "base/fifo.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>

using athena::base::Fifo;

TEST_CASE("fifo: it does what a deque does") {
    std::mt19937 random(1);
    Fifo<unsigned> fifo;
    std::deque<unsigned> deque;
    for (unsigned step = 0; step < 20'000; ++step) {
        switch (random() % 8) {
            case 0:
            case 1:
            case 2:
                fifo.push(step);
                deque.push_back(step);
                break;
            case 3:
                fifo.push() = step;
                deque.push_back(step);
                break;
            case 4:
            case 5:
            case 6:
                if (!deque.empty()) {
                    fifo.pop();
                    deque.pop_front();
                }
                break;
            default: {
                const auto divisor = static_cast<unsigned>(2 + random() % 30);
                const auto goes = [&](unsigned value) { return value % divisor == 0; };
                REQUIRE(fifo.erase_if(goes) == std::erase_if(deque, goes));
                if (random() % 100 == 0) {
                    fifo.clear();
                    deque.clear();
                }
            }
        }
        REQUIRE(fifo.empty() == deque.empty());
        REQUIRE(std::ranges::equal(fifo, deque));
        REQUIRE((deque.empty() ||
                 (fifo.front() == deque.front() && fifo[deque.size() - 1] == deque.back())));
    }
}
