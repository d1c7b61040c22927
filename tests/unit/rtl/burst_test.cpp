// SPDX-License-Identifier: Apache-2.0
// athena_tile_axi_burst by its pins: where each beat of a burst goes and which lanes it has, byte
// by byte by AXI4, A3.4.1.
#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <random>

#include "Vathena_tile_axi_burst.h"

namespace athena::rtl {
namespace {

constexpr std::uint32_t kL1Bytes = 1048576;  // the module's default
constexpr std::uint32_t kRegisters = 0x80'0000;
constexpr std::uint32_t kQueue = 0x81'0000;

struct Burst {
    std::uint32_t address = 0;
    unsigned beats = 1;
    unsigned size = 6;  // log2 of the bytes of a beat
    unsigned type = 1;  // INCR
};

class BurstUnit {
  public:
    BurstUnit()
        : context_(std::make_unique<VerilatedContext>()),
          top_(std::make_unique<Vathena_tile_axi_burst>(context_.get())) {
        top_->valid_i = 1;
    }
    ~BurstUnit() { top_->final(); }
    BurstUnit(const BurstUnit&) = delete;
    BurstUnit& operator=(const BurstUnit&) = delete;

    void check(const Burst& burst) {
        INFO(std::hex << "address " << burst.address << " size " << burst.size << std::dec
                      << " beats " << burst.beats << " type " << burst.type);
        put(burst, 0);
        const bool legal = is_legal(burst);
        REQUIRE((top_->ok_o != 0) == legal);
        for (unsigned beat = 0; legal && beat < burst.beats; ++beat) {
            INFO("beat " << beat);
            put(burst, beat);
            check_beat(burst, beat);
        }
    }

  private:
    void put(const Burst& burst, unsigned beat) {
        top_->address_i = burst.address;
        top_->len_i = static_cast<std::uint8_t>(burst.beats - 1);
        top_->size_i = static_cast<std::uint8_t>(burst.size);
        top_->burst_i = static_cast<std::uint8_t>(burst.type);
        top_->beat_i = static_cast<std::uint8_t>(beat);
        top_->eval();
    }

    // models/tile/README.md, "The port"
    static bool is_legal(const Burst& burst) {
        const std::uint64_t bytes = std::uint64_t{1} << burst.size;
        const std::uint64_t end = (burst.address / bytes + burst.beats) * bytes;
        const bool single = burst.beats == 1 && burst.address % bytes == 0;
        const std::uint32_t range = burst.address & 0xFF'0000;
        const bool fits = burst.address < kRegisters ? end <= kL1Bytes
                          : range == kRegisters      ? single && bytes <= 8
                                                     : range == kQueue && single && bytes == 64;
        return burst.type == 1 && burst.size <= 6 && fits;
    }

    void check_beat(const Burst& burst, unsigned beat) {
        const std::uint64_t bytes = std::uint64_t{1} << burst.size;
        const std::uint64_t behind = (burst.address / bytes + beat + 1) * bytes;
        const std::uint64_t first = beat == 0 ? burst.address : behind - bytes;
        std::uint64_t lanes = 0;
        for (std::uint64_t byte = first; byte < behind; ++byte) {
            lanes |= std::uint64_t{1} << byte % 64;
        }
        REQUIRE(top_->lanes_o == lanes);
        const std::uint32_t range = burst.address & 0xFF'0000;
        REQUIRE((top_->l1_o != 0) == (burst.address < kRegisters));
        REQUIRE((top_->csr_o != 0) == (range == kRegisters));
        REQUIRE((top_->queue_o != 0) == (range == kQueue));
        if (burst.address < kRegisters) {
            REQUIRE(top_->l1_word_o == first / 64 * 2);
        } else {
            REQUIRE(top_->csr_offset_o == first % 0x1'0000 / 8 * 8);
        }
    }

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vathena_tile_axi_burst> top_;
};

TEST_CASE("rtl burst: bursts of every size at every place of a line") {
    BurstUnit unit;
    for (const std::uint32_t base : {0U, 0x4'2FC0U, 0xF'FF80U, 0xF'FFC0U, 0x10'0000U, kRegisters,
                                     kRegisters + 0xFFC0, kQueue, kQueue + 0xFFC0, 0x82'0000U}) {
        for (std::uint32_t place = 0; place < 64; ++place) {
            for (unsigned size = 0; size < 8; ++size) {
                for (const unsigned beats : {1U, 2U, 3U, 5U}) {
                    for (unsigned type = 0; type < 4; ++type) {
                        unit.check({base + place, beats, size, type});
                    }
                }
            }
        }
    }
}

TEST_CASE("rtl burst: bursts of any length anywhere, and up to the end of L1") {
    BurstUnit unit;
    std::mt19937 random(1);
    const auto draw = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random()) % limit;
    };
    for (int i = 0; i < 20'000; ++i) {
        Burst burst{.beats = 1 + draw(256), .size = draw(7)};
        const std::uint32_t bytes = burst.beats << burst.size;
        burst.address = i % 2 == 0 ? draw(0x100'0000) : kL1Bytes - bytes + draw(3) - 1;
        unit.check(burst);
    }
}

}  // namespace
}  // namespace athena::rtl
