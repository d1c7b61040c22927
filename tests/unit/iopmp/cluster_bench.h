// SPDX-License-Identifier: Apache-2.0
// Two clusters with small memories on a bus, and no harts: the test is the driver.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <vector>

#include "base/backlog.h"
#include "base/host_threads.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "platform/cluster.h"
#include "platform/memory_map.h"
#include "regs/command_regs.h"
#include "regs/iopmp_regs.h"
#include "unit/memory/probe.h"
#include "unit/platform/mini_board.h"

namespace athena::test {

using Line = std::array<std::byte, 64>;
using Status = regs::descriptor::Status;

constexpr std::uint64_t kRam = 0x8000'0000;
constexpr std::uint64_t kRamSize = 0x4'0000;
constexpr std::uint64_t kHbm = 0x80'0000'0000;
constexpr std::uint64_t kHbmSize = 0x4'0000;
constexpr std::uint64_t kSramSize = 0x1'0000;
constexpr std::uint64_t kL1Size = 0x8000;
constexpr std::uint32_t kRings = 4;

constexpr std::uint64_t sram_base(std::uint64_t cluster) {
    return platform::cluster_base(cluster) + platform::kSramOffset;
}

/// Permissions of an entry (ENTRY_CFG).
enum : std::uint32_t { kRead = 1, kWrite = 2 };
constexpr std::uint32_t for_rings(std::uint32_t mask) {
    return mask << regs::iopmp::kEntryCfgRingsShift;
}

class ClusterBench : public base::IrqSink {
  public:
    /// Without a backlog, unlike boards of several clusters, the host does all work at once.
    explicit ClusterBench(bool defers = true, unsigned threads = 1)
        : threads_(threads),
          backlog_(defers ? std::make_unique<base::Backlog>(threads_, 2) : nullptr) {
        probe_.socket.bind(bus_.add_input("from_probe"));
        bus_.map("ram", {kRam}, kRamSize).bind(ram_.socket);
        bus_.map("hbm", {kHbm}, kHbmSize).bind(hbm_.socket);
        for (std::uint64_t index = 0; index < 2; ++index) {
            clusters_.emplace_back(("cluster" + std::to_string(index)).c_str(), index, config_,
                                   blocks_,
                                   platform::BoardServices{events_, diagnostics_, threads_,
                                                           tile_clock_, backlog_.get()},
                                   bus_, *this);
            clusters_.back().reset();
        }
    }
    ClusterBench(const ClusterBench&) = delete;
    ClusterBench& operator=(const ClusterBench&) = delete;

    // Registers, as a hart accesses them.
    std::uint64_t get(std::uint64_t address, unsigned size = 4) {
        std::uint64_t value = 0;
        REQUIRE(transport(tlm::TLM_READ_COMMAND, address, &value, size));
        return value;
    }
    void set(std::uint64_t address, std::uint64_t value, unsigned size = 4) {
        REQUIRE(transport(tlm::TLM_WRITE_COMMAND, address, &value, size));
    }
    void write_line(std::uint64_t address, Line line) {
        REQUIRE(transport(tlm::TLM_WRITE_COMMAND, address, line.data(), line.size()));
    }

    /// Whatever the answer is.
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address,
                                    std::span<std::byte> bytes) {
        return probe_.access(command, address,
                             {reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    }
    /// As harts get at a memory: good until the board's time goes on.
    std::byte* direct(std::uint64_t address) {
        tlm::tlm_dmi dmi;
        probe_.payload.set_address(address);
        REQUIRE(probe_.socket->get_direct_mem_ptr(probe_.payload, dmi));
        return reinterpret_cast<std::byte*>(dmi.get_dmi_ptr()) +
               (address - dmi.get_start_address());
    }

    // Memory, behind everybody's back.
    void poke(std::uint64_t address, std::span<const std::byte> bytes) {
        std::vector<std::byte> copy(bytes.begin(), bytes.end());
        REQUIRE(debug(tlm::TLM_WRITE_COMMAND, address, copy) == copy.size());
    }
    std::vector<std::byte> peek(std::uint64_t address, std::size_t size) {
        std::vector<std::byte> bytes(size);
        REQUIRE(debug(tlm::TLM_READ_COMMAND, address, bytes) == size);
        return bytes;
    }

    static std::uint64_t ring_register(std::uint32_t ring, std::uint64_t offset) {
        return platform::cluster_base(0) + platform::kCommandOffset + offset +
               ring * regs::command::kRingBaseStride;
    }
    void grant(std::uint32_t entry, std::uint64_t base, std::uint64_t size,
               std::uint32_t permission) {
        namespace iopmp = regs::iopmp;
        const std::uint64_t offset = kIopmp + entry * iopmp::kEntryBaseStride;
        set(offset + iopmp::kEntryBaseOffset, base, 8);
        set(offset + iopmp::kEntryEndOffset, base + size, 8);
        set(offset + iopmp::kEntryCfgOffset, permission);
    }
    void protect() { set(kIopmp + regs::iopmp::kCtrlOffset, 1); }

    void enable(std::uint32_t ring, std::uint64_t base, std::uint32_t size) {
        namespace command = regs::command;
        set(ring_register(ring, command::kRingBaseOffset), base, 8);
        set(ring_register(ring, command::kRingSizeOffset), size);
        set(ring_register(ring, command::kRingCtrlOffset), command::kRingCtrlEnableMask |
                                                               command::kRingCtrlIrqCompletionMask |
                                                               command::kRingCtrlIrqErrorMask);
    }
    /// Takes no time unless something of the ring is with an engine.
    void reset(std::uint32_t ring) {
        set(ring_register(ring, regs::command::kRingCtrlOffset), regs::command::kRingCtrlResetMask);
    }
    void doorbell(std::uint32_t ring, std::uint32_t tail) {
        set(ring_register(ring, regs::command::kRingTailOffset), tail);
    }
    std::uint32_t ring_get(std::uint32_t ring, std::uint64_t offset) {
        return static_cast<std::uint32_t>(get(ring_register(ring, offset)));
    }
    bool stopped(std::uint32_t ring) {
        return (ring_get(ring, regs::command::kRingStatusOffset) &
                regs::command::kRingStatusStoppedMask) != 0;
    }
    bool idle(std::uint32_t ring) {
        return (ring_get(ring, regs::command::kRingStatusOffset) &
                regs::command::kRingStatusIdleMask) != 0;
    }
    Status error(std::uint32_t ring) {
        return static_cast<Status>(ring_get(ring, regs::command::kRingErrorStatusOffset));
    }
    std::uint64_t error_address(std::uint32_t ring) {
        return get(ring_register(ring, regs::command::kRingErrorAddressOffset), 8);
    }

    void run(std::uint64_t microseconds = 100) {
        sc_core::sc_start(static_cast<double>(microseconds), sc_core::SC_US);
    }
    /// Of the command processor of cluster 0.
    bool interrupts() { return levels_[platform::command_irq(0)]; }
    [[nodiscard]] const platform::BoardConfig& config() const { return config_; }
    [[nodiscard]] const base::Diagnostics& diagnostics() const { return diagnostics_; }
    [[nodiscard]] std::string log() const { return log_.str(); }
    [[nodiscard]] const base::Backlog* backlog() const { return backlog_.get(); }

    static constexpr std::uint64_t kIopmp = platform::kApertureBase + platform::kIopmpOffset;

  private:
    static platform::BoardConfig small_board() {
        platform::BoardConfig config =
            mini_board({"cluster.count=2", "tile.count=2", "vector.count=2", "dma.channels=2",
                        "tile.l1_bytes=0x8000", "sram.size=0x10000"});
        config.command.rings = kRings;
        config.iopmp.entries = 16;
        return config;
    }
    void set_irq(unsigned line, bool level) override { levels_[line] = level; }
    bool transport(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size) {
        return probe_.access(command, address, {static_cast<unsigned char*>(data), size}) ==
               tlm::TLM_OK_RESPONSE;
    }
    std::size_t debug(tlm::tlm_command command, std::uint64_t address, std::span<std::byte> bytes) {
        return probe_.debug(command, address,
                            {reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    }

    FreshSimulation simulation_;
    std::ostringstream log_;
    base::Diagnostics diagnostics_{log_};
    base::EventQueue events_{"events"};
    base::CodePages code_;
    platform::BoardConfig config_ = small_board();
    std::vector<platform::Block> blocks_ = platform::blocks_of(config_);
    base::HostThreads threads_;
    std::unique_ptr<base::Backlog> backlog_;
    tile::TileClock tile_clock_{events_, config_.tile.clock_hz, threads_};
    memory::Memory ram_{"ram", {.base = {kRam}, .size = kRamSize}, code_};
    memory::Memory hbm_{"hbm", {.base = {kHbm}, .size = kHbmSize}, code_, backlog_.get()};
    fabric::Router bus_{"bus", {}};
    Probe probe_{"probe"};
    std::deque<platform::Cluster> clusters_;
    std::map<unsigned, bool> levels_;
};

}  // namespace athena::test
