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
        next_ = 0;
        seen_ = 0;
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
        put<std::uint32_t>(kAvailable, 0);
        put<std::uint32_t>(kUsed, 0);
        set(kQueueSel, 0);
        set(kQueueNum, kEntries);
        set_address(kQueueDesc, kDescriptors);
        set_address(kQueueDriver, kAvailable);
        set_address(kQueueDevice, kUsed);
        set(kQueueReady, 1);
        set(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
        return true;
    }

    void descriptor(std::uint16_t number, const Part& part, std::uint16_t flags,
                    std::uint16_t next) {
        const std::uint64_t at = kDescriptors + number * 16u;
        put(at, part.address);
        put(at + 8, part.length);
        put(at + 12, static_cast<std::uint16_t>(flags | (part.writable ? 2 : 0)));
        put(at + 14, next);
    }
    /// From descriptor `first` on.
    void offer(const std::vector<Part>& parts, std::uint16_t first = 0) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto number = static_cast<std::uint16_t>(first + i);
            const bool last = i + 1 == parts.size();
            descriptor(number, parts[i], last ? 0 : 1, static_cast<std::uint16_t>(number + 1));
        }
        offer_head(first);
    }
    void offer_head(std::uint16_t head) {
        put(kAvailable + 4 + next_ % kEntries * 2u, head);
        put(kAvailable + 2, ++next_);
    }
    void notify() {
        set(kQueueNotify, 0);
        sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_MS));
    }
    /// Buffers that have come back since the last call: head and length.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> used() {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
        for (const auto index = get_memory<std::uint16_t>(kUsed + 2); seen_ != index; ++seen_) {
            const std::uint64_t at = kUsed + 4 + seen_ % kEntries * 8u;
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
    void set_irq(unsigned, bool level) override { level_ = level; }

    FreshSimulation simulation_;
    std::ostringstream log_;
    base::Diagnostics diagnostics_{log_};
    base::EventQueue events_{"events"};
    base::CodePages code_;
    memory::Memory memory_{"memory", {.size = kMemory}, code_};
    virtio::VirtioMmio mmio_;
    Probe registers_{"registers"};
    std::uint16_t next_ = 0;
    std::uint16_t seen_ = 0;
    bool level_ = false;
};

}  // namespace athena::test
