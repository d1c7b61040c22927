// SPDX-License-Identifier: Apache-2.0
// A command processor with one DMA channel and one tile behind the ring's registers, for tests of
// what the driver puts into the ring. Whatever the descriptors leave open happens in random order,
// and each conflict that the board would refuse is counted.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "mock_bus.h"
#include "numerics/gemm.h"
#include "ring.h"

namespace athena::test {

class RingDevice {
  public:
    static constexpr std::uintptr_t kRegisters = 0x40'0000'0000;
    static constexpr std::uintptr_t kClint = 0x200'0000;

    RingDevice(MockBus& bus, std::size_t l1_bytes, std::uint64_t seed);

    std::vector<std::uint8_t> l1;
    std::vector<std::string>
        conflicts;  // accesses to ranges of a running product, and bad commands
    std::uint32_t products = 0;

  private:
    using Line = std::array<std::uint8_t, 64>;
    struct Range {
        std::size_t begin;
        std::size_t end;
    };
    struct Running {
        numerics::GemmArgs args;
        std::array<Range, 3> ranges;  // A, B, C
        Line line;
    };

    void progress();  // one random action that the descriptors allow
    bool dispatch();
    bool run_copy();
    bool start_product();
    bool end_product();

    bool take_waits(const Line& line);
    void complete(const Line& line);
    void check_access(const std::uint8_t* bytes, std::size_t size, bool write);

    MockBus& bus_;
    std::mt19937_64 random_;
    std::array<std::uint32_t, 64> semaphores_{};
    std::uint32_t read_ = 0;  // descriptors taken from the ring
    std::uint32_t completed_ = 0;
    std::deque<Line> copies_;
    std::deque<Line> matmuls_;
    std::optional<Running> running_;
};

}  // namespace athena::test
