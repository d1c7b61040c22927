// SPDX-License-Identifier: Apache-2.0
// The parts of a board and their wiring. Used within a Simulation::Scope, by board.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/backlog.h"
#include "base/code_pages.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/statistics.h"
#include "devices/clint.h"
#include "devices/flash.h"
#include "devices/plic.h"
#include "devices/rtc.h"
#include "devices/syscon.h"
#include "devices/uart.h"
#include "fabric/noc.h"
#include "fabric/router.h"
#include "memory/hbm.h"
#include "memory/memory.h"
#include "perf/perf.h"
#include "platform/board.h"
#include "platform/cluster.h"
#include "platform/htif.h"
#include "riscv/hart.h"
#include "virtio/console.h"
#include "virtio/loop_peer.h"
#include "virtio/net.h"
#include "virtio/virtio_mmio.h"

namespace athena::platform {

/// Looks into memories by debug transport: no time, no side effects.
class Debugger : public sc_core::sc_module, private base::Initiator {
  public:
    base::InitiatorSocket socket;

    explicit Debugger(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}

    /// False: not all of it is readable.
    [[nodiscard]] bool read(std::uint64_t address, std::span<std::byte> bytes);

    /// Bytes of one access, as far as one block answers; 0: it cannot be looked into so.
    [[nodiscard]] std::size_t read_some(std::uint64_t address, std::span<std::byte> bytes);
    [[nodiscard]] std::size_t write_some(std::uint64_t address, std::span<const std::byte> bytes);

  private:
    std::size_t move(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
                     std::size_t size);
};

/// Frames on their way out of the board.
class OutwardCable final : public virtio::NetworkPort {
  public:
    void send(std::span<const std::byte> frame) override {
        sent_.emplace_back(frame.begin(), frame.end());
    }
    [[nodiscard]] std::vector<virtio::Frame> take() { return std::exchange(sent_, {}); }

  private:
    std::vector<virtio::Frame> sent_;
};

class BoardModules : public base::StatisticsSource, private base::EventTarget {
  public:
    BoardModules(const BoardConfig& config, BoardOptions options, std::ostream& log);

    /// Bytes of RAM or HBM as the run began with them.
    struct Image {
        std::uint64_t address;
        std::vector<std::byte> bytes;
        std::uint64_t size;  ///< zeros after the bytes
    };
    /// Throws std::out_of_range.
    void place(Image image);
    void run_until(base::Picoseconds time);
    /// In place, between two actions.
    void reset();
    void report(base::StatisticsVisitor& visitor) const override;
    /// What a mesh or a channel of HBM has lost, in timed fidelity; nothing: all is in balance.
    [[nodiscard]] std::optional<std::string> imbalance() const;
    /// fabric::AtRouter::waits() of all that are timed.
    [[nodiscard]] std::vector<std::string> fabric_waits() const;

    base::Diagnostics diagnostics;
    base::CodePages code_pages;
    base::EventQueue events;
    base::HostThreads threads;
    base::Backlog backlog;
    tile::TileClock tile_clock;
    std::unique_ptr<fabric::Router> bus;
    memory::Memory rom;
    memory::Memory ram;
    HtifWatch htif;
    std::unique_ptr<memory::Memory> hbm;
    devices::Clint clint;
    devices::Plic plic;
    devices::Uart uart;
    devices::Syscon syscon;
    devices::Rtc rtc;
    perf::Perf perf;
    OutwardCable cable;
    std::unique_ptr<virtio::LoopPeer> loop_peer;              ///< null: there is none
    virtio::Net* net = nullptr;                               ///< in its slot, or there is none
    virtio::Console* console = nullptr;                       ///< in its slot, or there is none
    std::vector<std::unique_ptr<devices::Flash>> flashes;     ///< by bank
    std::vector<std::unique_ptr<virtio::VirtioMmio>> virtio;  ///< by slot
    std::vector<std::unique_ptr<Device>> devices;             ///< as BoardConfig::devices
    std::vector<std::unique_ptr<riscv::Hart>> harts;
    std::vector<std::unique_ptr<Cluster>> clusters;
    Debugger debugger;

  private:
    enum Kind : std::uint32_t { kTarget, kReset };

    void make_virtio(BoardOptions& options);
    [[nodiscard]] std::unique_ptr<virtio::Device> make_net(Network network);
    void make_flashes(std::vector<std::unique_ptr<devices::FlashFile>> files);
    void make_harts(const BoardConfig& config, const BoardOptions& options);
    /// Throws BoardFileError for a kind that is not among `kinds`.
    void make_devices(const BoardConfig& config, const DeviceKinds& kinds);
    void map_bus(const BoardConfig& config);
    /// The bus and HBM where they are timed, else null.
    [[nodiscard]] fabric::Noc* mesh() const;
    [[nodiscard]] memory::Hbm* timed_hbm() const;
    [[nodiscard]] fabric::Router& at_node(const BoardConfig& config, std::uint64_t cluster);
    void map_hbm(const BoardConfig& config);
    void connect_interrupts(const BoardConfig& config);
    void log_accesses();
    void copy(const Image& image);
    [[nodiscard]] std::span<std::byte> memory_at(std::uint64_t address, std::uint64_t size);
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    base::EventQueue::TargetId id_;
    std::vector<Image> images_;
    std::vector<std::string> device_names_;
};

/// What a hart that sleeps waits for, in words.
[[nodiscard]] std::string describe_wait(const riscv::Hart& hart);

}  // namespace athena::platform
