// SPDX-License-Identifier: Apache-2.0
// The Verilated tile by its pins: clock, an AXI4 manager with random stalls, the completion stream.
// Needs nothing of the models.
#pragma once

#include <verilated.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "Vathena_tile.h"

namespace athena::rtl {

// Parameters of the tile under test.
#ifndef ATHENA_RTL_ROWS
#define ATHENA_RTL_ROWS 16
#define ATHENA_RTL_COLS 16
#define ATHENA_RTL_L1_BYTES 1048576
#define ATHENA_RTL_QUEUE_DEPTH 8
#endif
inline constexpr std::uint32_t kRows = ATHENA_RTL_ROWS;
inline constexpr std::uint32_t kCols = ATHENA_RTL_COLS;
inline constexpr std::uint32_t kQueueDepth = ATHENA_RTL_QUEUE_DEPTH;
inline constexpr std::uint32_t kL1Bytes = ATHENA_RTL_L1_BYTES;
inline constexpr std::uint32_t kRegisters = 0x80'0000;
inline constexpr std::uint32_t kQueue = 0x81'0000;
inline constexpr std::uint8_t kOkay = 0;
inline constexpr std::uint8_t kSlverr = 2;
inline constexpr std::uint8_t kIncr = 1;

using Beat = std::array<std::byte, 64>;

/// A burst on AW and W, or on AR. Beats are whole buses: a narrow beat has its data in its lanes.
struct Burst {
    std::uint32_t address = 0;
    std::uint8_t size = 6;  ///< log2 of the bytes of a beat
    std::uint8_t type = kIncr;
    std::uint8_t id = 0;
    std::vector<Beat> data = std::vector<Beat>(1);  ///< of a write; its size gives the length
    std::vector<std::uint64_t> strobes = {~std::uint64_t{0}};  ///< of a write, one for each beat
};

struct WriteResponse {
    std::uint8_t id = 0;
    std::uint8_t response = 0;
};

struct ReadBeat {
    std::uint8_t id = 0;
    std::uint8_t response = 0;
    bool last = false;
    Beat data{};
};

struct Record {
    std::uint32_t tag = 0;
    std::uint32_t status = 0;
    bool operator==(const Record&) const = default;
};

/// Percent of cycles in which a channel does not move.
struct Stalls {
    unsigned aw = 0, w = 0, b = 0, ar = 0, r = 0, completion = 0;
    static Stalls all(unsigned percent) {
        return {percent, percent, percent, percent, percent, percent};
    }
};

class TileBench {
  public:
    /// `state_seed`: random contents of all registers before the first reset, where the tile is
    /// Verilated with --x-initial unique; 0: zeros.
    explicit TileBench(std::uint32_t seed = 1, int state_seed = 0);
    ~TileBench();
    TileBench(const TileBench&) = delete;
    TileBench& operator=(const TileBench&) = delete;

    void reset();
    void tick();
    void run(std::uint64_t cycles);
    /// Clocks until everything sent is answered; false after `limit` cycles.
    [[nodiscard]] bool settle(std::uint64_t limit = 2'000'000);
    /// The same, and until the tile is idle.
    [[nodiscard]] bool drain(std::uint64_t limit = 2'000'000);

    // Channels: sent in order, answered into the vectors.
    void send_write(const Burst& burst);
    void send_read(const Burst& burst, unsigned beats);
    std::vector<WriteResponse> write_responses;
    std::vector<ReadBeat> read_beats;
    std::vector<Record> records;

    // One access after the other. Registers: `size` bytes at an aligned offset.
    [[nodiscard]] bool write(std::uint32_t address, std::span<const std::byte> data);
    [[nodiscard]] bool write_register(std::uint32_t offset, std::uint64_t value, unsigned size = 8);
    [[nodiscard]] bool read_register(std::uint32_t offset, std::uint64_t& value, unsigned size = 8);
    [[nodiscard]] std::uint64_t register_value(std::uint32_t offset);  ///< throws if refused
    [[nodiscard]] bool push(const Beat& line);

    /// L1 by the back door.
    [[nodiscard]] std::span<std::byte> l1();
    /// CYCLES by the back door.
    [[nodiscard]] std::uint64_t& cycle_counter();

    Vathena_tile& top() { return *top_; }
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
    Stalls stalls;
    /// 0 … limit - 1
    [[nodiscard]] std::uint32_t draw(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % limit);
    }
    std::mt19937 random;

  private:
    struct WriteBeat {
        Beat data;
        std::uint64_t strobes;
        bool last;
    };
    bool moves(unsigned percent) { return percent == 0 || random() % 100 >= percent; }
    [[nodiscard]] bool answered() const { return writes_open_ == 0 && read_beats_open_ == 0; }
    void drive();
    void sample();

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vathena_tile> top_;
    std::uint64_t cycles_ = 0;
    std::deque<Burst> aw_;
    std::deque<WriteBeat> w_;
    std::deque<std::pair<Burst, unsigned>> ar_;
    std::size_t writes_open_ = 0;  ///< sent, not answered
    std::size_t read_beats_open_ = 0;
};

}  // namespace athena::rtl
