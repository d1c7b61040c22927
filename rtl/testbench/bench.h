// SPDX-License-Identifier: Apache-2.0
// The tile by its ports, one access after another.
#pragma once

#include <verilated.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "Vathena_tile.h"
#include "formats.h"

inline constexpr std::uint32_t kRegisters = 0x80'0000;
inline constexpr std::uint32_t kQueue = 0x81'0000;

[[noreturn]] inline void fail(const char* what, std::uint64_t a = 0, std::uint64_t b = 0) {
    std::printf("FAILED: %s (%#llx, %#llx)\n", what, static_cast<unsigned long long>(a),
                static_cast<unsigned long long>(b));
    std::exit(1);
}

inline void check(bool ok, const char* what, std::uint64_t a = 0, std::uint64_t b = 0) {
    if (!ok) {
        fail(what, a, b);
    }
}

struct Record {
    std::uint32_t tag, status;
};

class Bench {
  public:
    Bench() : tile_(&context_) { reset(); }

    void reset() {
        tile_.rst_ni = 0;
        tick();
        tick();
        tile_.rst_ni = 1;
        tile_.completion_ready_i = 1;
        tile_.s_axi_bready_i = 1;
        tile_.s_axi_rready_i = 1;
        records.clear();
        tick();
    }

    // What is there before the edge is taken with it.
    void tick() {
        tile_.clk_i = 0;
        tile_.eval();
        if (tile_.completion_valid_o != 0 && tile_.completion_ready_i != 0) {
            records.push_back({tile_.completion_tag_o, tile_.completion_status_o});
        }
        tile_.clk_i = 1;
        tile_.eval();
        check(++cycles_ < 2'000'000'000, "too many cycles");
    }

    // A beat of up to 64 bytes that does not cross a line. True: answered with OKAY.
    bool write(std::uint32_t address, const std::uint8_t* data, unsigned size) {
        address_channel(true, address, size);
        auto* lanes = reinterpret_cast<std::uint8_t*>(&tile_.s_axi_wdata_i);
        std::memcpy(lanes + address % kLine, data, size);
        const std::uint64_t ones = size == kLine ? ~0ULL : (1ULL << size) - 1;
        tile_.s_axi_wstrb_i = ones << address % kLine;
        tile_.s_axi_wlast_i = 1;
        tile_.s_axi_awvalid_i = 1;
        tile_.s_axi_wvalid_i = 1;
        for (unsigned i = 0; i < 100'000; ++i) {
            tile_.clk_i = 0;
            tile_.eval();
            const bool addressed = tile_.s_axi_awready_o != 0;
            const bool taken = tile_.s_axi_wready_o != 0;
            const bool answered = tile_.s_axi_bvalid_o != 0;
            const bool ok = tile_.s_axi_bresp_o == 0;
            tick();
            tile_.s_axi_awvalid_i = tile_.s_axi_awvalid_i != 0 && !addressed ? 1 : 0;
            tile_.s_axi_wvalid_i = tile_.s_axi_wvalid_i != 0 && !taken ? 1 : 0;
            if (answered) {
                return ok;
            }
        }
        fail("no answer to a write", address);
    }

    bool read(std::uint32_t address, std::uint8_t* data, unsigned size) {
        address_channel(false, address, size);
        tile_.s_axi_arvalid_i = 1;
        for (unsigned i = 0; i < 100'000; ++i) {
            tile_.clk_i = 0;
            tile_.eval();
            const bool addressed = tile_.s_axi_arready_o != 0;
            const bool answered = tile_.s_axi_rvalid_o != 0;
            const bool ok = tile_.s_axi_rresp_o == 0;
            std::memcpy(
                data, reinterpret_cast<const std::uint8_t*>(&tile_.s_axi_rdata_o) + address % kLine,
                size);
            tick();
            tile_.s_axi_arvalid_i = tile_.s_axi_arvalid_i != 0 && !addressed ? 1 : 0;
            if (answered) {
                return ok;
            }
        }
        fail("no answer to a read", address);
    }

    std::uint64_t register_value(std::uint32_t offset) {
        std::uint64_t value = 0;
        check(read(kRegisters + offset, reinterpret_cast<std::uint8_t*>(&value), 8),
              "a register's read is refused", offset);
        return value;
    }
    void set_register(std::uint32_t offset, std::uint64_t value) {
        check(write(kRegisters + offset, reinterpret_cast<const std::uint8_t*>(&value), 8),
              "a register's write is refused", offset);
    }
    bool push(const std::array<std::uint8_t, kLine>& line) {
        return write(kQueue, line.data(), kLine);
    }

    Record next_record() {
        for (unsigned i = 0; i < 10'000'000 && records.empty(); ++i) {
            tick();
        }
        check(!records.empty(), "no completion record");
        const Record record = records.front();
        records.erase(records.begin());
        return record;
    }

    void hold_records(bool hold) { tile_.completion_ready_i = hold ? 0 : 1; }
    [[nodiscard]] bool irq() const { return tile_.irq_o != 0; }
    [[nodiscard]] bool idle() const { return tile_.idle_o != 0; }

    std::vector<Record> records;

  private:
    void address_channel(bool write, std::uint32_t address, unsigned size) {
        const auto log = static_cast<std::uint8_t>(size >= 8 && size < kLine ? 3 : std::log2(size));
        if (write) {
            tile_.s_axi_awaddr_i = address;
            tile_.s_axi_awsize_i = log;
            tile_.s_axi_awburst_i = 1;
        } else {
            tile_.s_axi_araddr_i = address;
            tile_.s_axi_arsize_i = log;
            tile_.s_axi_arburst_i = 1;
        }
    }

    VerilatedContext context_;
    Vathena_tile tile_;
    std::uint64_t cycles_ = 0;
};
