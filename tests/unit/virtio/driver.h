// SPDX-License-Identifier: Apache-2.0
// A virtio driver as VIRTIO 1.2 describes it, for a device on a memory of its own: what the device
// is held against.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include "base/code_pages.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"
#include "virtio/virtio_mmio.h"

namespace athena::test {

/// Registers (4.2.2).
enum VirtioRegister : std::uint64_t {
    kMagic = 0x000,
    kVersion = 0x004,
    kDeviceId = 0x008,
    kDeviceFeatures = 0x010,
    kDeviceFeaturesSel = 0x014,
    kDriverFeatures = 0x020,
    kDriverFeaturesSel = 0x024,
    kQueueSel = 0x030,
    kQueueNumMax = 0x034,
    kQueueNum = 0x038,
    kQueueReady = 0x044,
    kQueueNotify = 0x050,
    kInterruptStatus = 0x060,
    kInterruptAck = 0x064,
    kStatus = 0x070,
    kQueueDesc = 0x080,
    kQueueDriver = 0x090,
    kQueueDevice = 0x0A0,
    kConfiguration = 0x100,
};
enum VirtioStatus : std::uint32_t {
    kAcknowledge = 1,
    kDriver = 2,
    kDriverOk = 4,
    kFeaturesOk = 8,
    kNeedsReset = 64,
};

struct Part {
    std::uint64_t address;
    std::uint32_t length;
    bool writable;
};

class VirtioDriver : public base::IrqSink {
  public:
    static constexpr std::uint64_t kMemory = 1 << 20;
    static constexpr std::uint64_t kDescriptors = 0x1000;
    static constexpr std::uint64_t kAvailable = 0x2000;
    static constexpr std::uint64_t kUsed = 0x3000;
    static constexpr unsigned kMostQueues = 2;
    static constexpr std::uint64_t kNextQueue = 0x4'0000;  ///< so far are the next queue's rings
    static constexpr std::uint16_t kEntries = 16;

    explicit VirtioDriver(std::unique_ptr<virtio::Device> device)
        : mmio_("virtio", {}, std::move(device), events_, diagnostics_) {
        mmio_.memory.bind(memory_.socket);
        registers_.socket.bind(mmio_.socket);
        mmio_.irq.connect(*this, 1);
    }
    VirtioDriver(const VirtioDriver&) = delete;
    VirtioDriver& operator=(const VirtioDriver&) = delete;

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, void* data,
                                    unsigned length) {
        return registers_.access(command, offset, {static_cast<unsigned char*>(data), length});
    }
    std::uint32_t get(std::uint64_t offset) {
        std::uint32_t value = 0;
        REQUIRE(access(tlm::TLM_READ_COMMAND, offset, &value, 4) == tlm::TLM_OK_RESPONSE);
        return value;
    }
    void set(std::uint64_t offset, std::uint64_t value) {
        auto low = static_cast<std::uint32_t>(value);
        REQUIRE(access(tlm::TLM_WRITE_COMMAND, offset, &low, 4) == tlm::TLM_OK_RESPONSE);
    }
    void set_address(std::uint64_t offset, std::uint64_t value) {
        set(offset, value);
        set(offset + 4, value >> 32);
    }
    std::uint64_t features() {
        set(kDeviceFeaturesSel, 1);
        const std::uint64_t high = get(kDeviceFeatures);
        set(kDeviceFeaturesSel, 0);
        return high << 32 | get(kDeviceFeatures);
    }
    /// 3.1.1; whether the device agrees to the features.
    bool start(std::uint64_t features) {
        set(kStatus, 0);
        next_ = {};
        seen_ = {};
        set(kStatus, kAcknowledge);
        set(kStatus, kAcknowledge | kDriver);
        for (const std::uint32_t which : {0U, 1U}) {
            set(kDriverFeaturesSel, which);
            set(kDriverFeatures, features >> 32 * which);
        }
        set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
        if ((get(kStatus) & kFeaturesOk) == 0) {
            return false;
        }
        for (unsigned queue = kMostQueues; queue-- != 0;) {
            set(kQueueSel, queue);
            if (get(kQueueNumMax) != 0) {
                start_queue(queue * kNextQueue);
            }
        }
        set(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
        return true;
    }

    void descriptor(std::uint16_t number, const Part& part, std::uint16_t flags, std::uint16_t next,
                    unsigned queue = 0) {
        const std::uint64_t at = queue * kNextQueue + kDescriptors + number * 16u;
        put(at, part.address);
        put(at + 8, part.length);
        put(at + 12, static_cast<std::uint16_t>(flags | (part.writable ? 2 : 0)));
        put(at + 14, next);
    }
    /// From descriptor `first` on.
    void offer(const std::vector<Part>& parts, std::uint16_t first = 0, unsigned queue = 0) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto number = static_cast<std::uint16_t>(first + i);
            const bool last = i + 1 == parts.size();
            descriptor(number, parts[i], last ? 0 : 1, static_cast<std::uint16_t>(number + 1),
                       queue);
        }
        offer_head(first, queue);
    }
    /// A chain of its own, for a descriptor that names it.
    void table(std::uint64_t address, const std::vector<Part>& parts) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const std::uint64_t at = address + i * 16;
            const bool last = i + 1 == parts.size();
            put(at, parts[i].address);
            put(at + 8, parts[i].length);
            put(at + 12, static_cast<std::uint16_t>((parts[i].writable ? 2 : 0) | (last ? 0 : 1)));
            put(at + 14, static_cast<std::uint16_t>(i + 1));
        }
    }
    void offer_head(std::uint16_t head, unsigned queue = 0) {
        const std::uint64_t ring = queue * kNextQueue + kAvailable;
        put(ring + 4 + next_[queue] % kEntries * 2u, head);
        put(ring + 2, ++next_[queue]);
    }
    void notify(unsigned queue = 0) {
        set(kQueueNotify, queue);
        sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_MS));
    }
    /// Buffers that have come back since the last call: head and length.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> used(unsigned queue = 0) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
        const std::uint64_t ring = queue * kNextQueue + kUsed;
        std::uint16_t& seen = seen_[queue];
        for (const auto index = get_memory<std::uint16_t>(ring + 2); seen != index; ++seen) {
            const std::uint64_t at = ring + 4 + seen % kEntries * 8u;
            all.emplace_back(get_memory<std::uint32_t>(at), get_memory<std::uint32_t>(at + 4));
        }
        return all;
    }

    template <typename T>
    void put(std::uint64_t address, T value) {
        std::memcpy(bytes().data() + address, &value, sizeof(T));
    }
    template <typename T>
    T get_memory(std::uint64_t address) {
        T value;
        std::memcpy(&value, bytes().data() + address, sizeof(T));
        return value;
    }
    std::span<std::byte> bytes() { return *memory_.span(0, kMemory); }
    [[nodiscard]] bool interrupts() const { return level_; }
    [[nodiscard]] std::uint64_t faults() const { return diagnostics_.guest_faults(); }
    virtio::VirtioMmio& mmio() { return mmio_; }
    base::EventQueue& events() { return events_; }

  private:
    void start_queue(std::uint64_t base) {
        put<std::uint32_t>(base + kAvailable, 0);
        put<std::uint32_t>(base + kUsed, 0);
        set(kQueueNum, kEntries);
        set_address(kQueueDesc, base + kDescriptors);
        set_address(kQueueDriver, base + kAvailable);
        set_address(kQueueDevice, base + kUsed);
        set(kQueueReady, 1);
    }
    void set_irq(unsigned, bool level) override { level_ = level; }

    FreshSimulation simulation_;
    std::ostringstream log_;
    base::Diagnostics diagnostics_{log_};
    base::EventQueue events_{"events"};
    base::CodePages code_;
    memory::Memory memory_{"memory", {.size = kMemory}, code_};
    virtio::VirtioMmio mmio_;
    Probe registers_{"registers"};
    std::array<std::uint16_t, kMostQueues> next_{};
    std::array<std::uint16_t, kMostQueues> seen_{};
    bool level_ = false;
};

}  // namespace athena::test
