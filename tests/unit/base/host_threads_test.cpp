// SPDX-License-Identifier: Apache-2.0
#include "base/host_threads.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "base/kernel.h"

namespace {

using athena::base::HostThreads;

struct Counted final : athena::base::Kernel {
    Counted(HostThreads& threads, std::size_t parts) : Kernel(threads), calls(parts) {}
    ~Counted() { settle(); }
    void begin() { Kernel::begin(calls.size(), 1, calls.size()); }
    void run_rows(std::uint64_t first, std::uint64_t rows) override {
        for (std::uint64_t row = first; row < first + rows; ++row) {
            for (unsigned i = 0; i < row % 7; ++i) {
                std::this_thread::yield();
            }
            ++calls[row];
        }
    }
    [[nodiscard]] bool all(int times) const {
        return std::ranges::all_of(calls, [&](const auto& count) { return count == times; });
    }

    std::vector<std::atomic<int>> calls;
};

}  // namespace

TEST_CASE("host threads: each part of each task runs once, whatever the order of their ends") {
    constexpr unsigned seed = 1;  // the order of the threads is the host's
    for (const unsigned count : {1U, 2U, 3U, 8U}) {
        CAPTURE(count);
        std::mt19937 random(seed + count);
        HostThreads threads(count);
        REQUIRE(threads.count() == count);
        std::deque<std::unique_ptr<Counted>> begun;
        for (int step = 0; step < 3000; ++step) {
            if (begun.size() < 5 && random() % 2 == 0) {
                begun.push_back(std::make_unique<Counted>(threads, random() % 6));
                begun.back()->begin();
            } else if (!begun.empty()) {
                const auto index = static_cast<std::ptrdiff_t>(random() % begun.size());
                Counted& kernel = *begun[static_cast<std::size_t>(index)];
                kernel.settle();
                REQUIRE(kernel.all(1));
                kernel.settle();
                REQUIRE(kernel.end());
                REQUIRE_FALSE(kernel.end());
                REQUIRE(kernel.all(1));
                begun.erase(begun.begin() + index);
            }
        }
    }
}

TEST_CASE("host threads: a task runs while its owner does something else, also after a long rest") {
    HostThreads threads(2);
    for (int round = 0; round < 3; ++round) {
        Counted kernel(threads, 1);
        kernel.begin();
        const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!kernel.all(1)) {  // by the other thread: this one does not finish it
            REQUIRE(std::chrono::steady_clock::now() < late);
            std::this_thread::yield();
        }
        kernel.settle();
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
}

TEST_CASE("host threads: one thread does the work at once, and only once") {
    HostThreads threads(1);
    Counted kernel(threads, 3);
    CHECK(kernel.idle());
    kernel.begin();
    CHECK(kernel.is_done());
    CHECK(kernel.all(1));
    kernel.settle();
    CHECK(kernel.all(1));
}

TEST_CASE("host threads: run() returns when all parts have") {
    for (const unsigned count : {1U, 4U}) {
        HostThreads threads(count);
        for (const std::size_t parts : {0U, 1U, 2U, 50U}) {
            std::vector<std::atomic<int>> calls(parts);
            threads.run(parts, [&](std::size_t part) { ++calls[part]; });
            CHECK(std::ranges::all_of(calls, [](const auto& times) { return times == 1; }));
        }
    }
}
