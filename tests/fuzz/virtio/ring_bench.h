// SPDX-License-Identifier: Apache-2.0
// A virtio device on a bus with two memories, the second at the very end of the address space, and
// with its own registers; and the rings that a driver, or somebody worse, puts into memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include "base/code_pages.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "kinds.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"
#include "virtio/virtio_mmio.h"

namespace athena::test {

/// Addresses from `first` on; may wrap.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t length = 0;

    [[nodiscard]] bool overlaps(const Extent& other) const {
        return length != 0 && other.length != 0 &&
               (other.first - first < length || first - other.first < other.length);
    }
    /// What of it lies in `outer`, from its beginning; of what wraps, the part before.
    [[nodiscard]] Extent within(const Extent& outer) const {
        const std::uint64_t skipped = first < outer.first ? outer.first - first : 0;
        const std::uint64_t from = first < outer.first ? 0 : first - outer.first;
        if (skipped >= length || from >= outer.length) {
            return {};
        }
        return {from, std::min(length - skipped, outer.length - from)};
    }
};

/// One queue's registers as the driver has written them.
struct Ring {
    std::uint64_t descriptors = 0;
    std::uint64_t available = 0;
    std::uint64_t used = 0;
    std::uint16_t entries = 0;

    [[nodiscard]] Extent descriptor_table() const { return {descriptors, entries * 16ull}; }
    [[nodiscard]] Extent available_ring() const { return {available, 6 + entries * 2ull}; }
    [[nodiscard]] Extent used_ring() const { return {used, 6 + entries * 8ull}; }
};

struct Descriptor {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    std::uint16_t flags = 0;
    std::uint16_t next = 0;
};
static_assert(sizeof(Descriptor) == 16);
enum DescriptorFlags : std::uint16_t { kNext = 1, kWritable = 2, kIndirect = 4 };

class RingBench : public base::IrqSink {
  public:
    static constexpr std::uint64_t kRegisters = 0x1000'1000;
    static constexpr std::uint64_t kRam = 0x8000'0000;
    static constexpr std::uint64_t kRamSize = 256 << 10;
    static constexpr std::uint64_t kTopSize = 64 << 10;
    static constexpr std::uint64_t kTop = 0 - kTopSize;

    explicit RingBench(std::unique_ptr<virtio::Device> device);
    RingBench(const RingBench&) = delete;
    RingBench& operator=(const RingBench&) = delete;

    [[nodiscard]] std::uint32_t get(std::uint64_t offset);
    void set(std::uint64_t offset, std::uint64_t value);
    /// Any access to the registers; answered, whatever it is.
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, void* data,
                                    unsigned length);

    /// Memory as it lies in the host; nothing if it is not all in one memory.
    [[nodiscard]] std::span<std::byte> at(const Extent& extent);
    template <typename T>
    bool put(std::uint64_t address, const T& value) {
        const std::span<std::byte> place = at({address, sizeof(T)});
        if (!place.empty()) {
            std::memcpy(place.data(), &value, sizeof(T));
        }
        return !place.empty();
    }
    template <typename T>
    T look(std::uint64_t address) {
        T value{};
        const std::span<const std::byte> place = at({address, sizeof(T)});
        if (!place.empty()) {
            std::memcpy(&value, place.data(), sizeof(T));
        }
        return value;
    }

    /// From reset to DRIVER_OK with those rings, one for each queue; whether the device agrees.
    bool start(std::uint64_t features, const std::vector<Ring>& rings);
    [[nodiscard]] std::uint64_t features();
    void run(std::uint64_t microseconds);
    /// Until nothing of the device is pending.
    void settle();

    /// What the driver lets the device write: used rings, and writable parts of all descriptors,
    /// also of those that no chain comes to, and of tables that descriptors name.
    [[nodiscard]] std::vector<Extent> writable(const std::vector<Ring>& rings);

    [[nodiscard]] bool level() const { return level_; }
    [[nodiscard]] std::array<std::span<std::byte>, 2> memories();
    [[nodiscard]] const base::Diagnostics& diagnostics() const { return diagnostics_; }
    [[nodiscard]] virtio::VirtioMmio& mmio() { return mmio_; }
    [[nodiscard]] base::EventQueue& events() { return events_; }

  private:
    void set_irq(unsigned, bool level) override { level_ = level; }

    FreshSimulation simulation_;
    std::ostringstream log_;
    base::Diagnostics diagnostics_{log_};
    base::EventQueue events_{"events"};
    base::CodePages code_;
    fabric::Router bus_{"bus", {.latency = {50'000}}};
    memory::Memory ram_{"ram", {.base = {kRam}, .size = kRamSize}, code_};
    memory::Memory top_{"top", {.base = {kTop}, .size = kTopSize}, code_};
    virtio::VirtioMmio mmio_;
    Probe probe_{"probe"};
    bool level_ = false;
};

}  // namespace athena::test
