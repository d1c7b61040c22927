// SPDX-License-Identifier: Apache-2.0
#include "ring_bench.h"

#include <catch2/catch.hpp>

#include "unit/virtio/driver.h"

namespace athena::test {

RingBench::RingBench(std::unique_ptr<virtio::Device> device)
    : mmio_("virtio", {}, std::move(device), events_, diagnostics_) {
    mmio_.memory.bind(bus_.add_input("from_virtio"));
    probe_.socket.bind(bus_.add_input("from_probe"));
    bus_.map("to_ram", {kRam}, kRamSize).bind(ram_.socket);
    bus_.map("to_top", {kTop}, kTopSize).bind(top_.socket);
    bus_.map("to_virtio", {kRegisters}, 0x1000).bind(mmio_.socket);
    mmio_.irq.connect(*this, 1);
}

tlm::tlm_response_status RingBench::access(tlm::tlm_command command, std::uint64_t offset,
                                           void* data, unsigned length) {
    const auto status =
        probe_.access(command, kRegisters + offset, {static_cast<unsigned char*>(data), length});
    REQUIRE(status != tlm::TLM_INCOMPLETE_RESPONSE);
    return status;
}

std::uint32_t RingBench::get(std::uint64_t offset) {
    std::uint32_t value = 0;
    REQUIRE(access(tlm::TLM_READ_COMMAND, offset, &value, 4) == tlm::TLM_OK_RESPONSE);
    return value;
}

void RingBench::set(std::uint64_t offset, std::uint64_t value) {
    auto low = static_cast<std::uint32_t>(value);
    REQUIRE(access(tlm::TLM_WRITE_COMMAND, offset, &low, 4) == tlm::TLM_OK_RESPONSE);
}

std::array<std::span<std::byte>, 2> RingBench::memories() {
    return {*ram_.span(0, kRamSize), *top_.span(0, kTopSize)};
}

std::span<std::byte> RingBench::at(const Extent& extent) {
    const auto within = [&](memory::Memory& memory, std::uint64_t base) {
        return extent.first < base ? std::nullopt : memory.span(extent.first - base, extent.length);
    };
    if (const auto found = within(top_, kTop)) {
        return *found;
    }
    return within(ram_, kRam).value_or(std::span<std::byte>());
}

std::uint64_t RingBench::features() {
    set(kDeviceFeaturesSel, 1);
    const std::uint64_t high = get(kDeviceFeatures);
    set(kDeviceFeaturesSel, 0);
    return high << 32 | get(kDeviceFeatures);
}

bool RingBench::start(std::uint64_t features, const std::vector<Ring>& rings) {
    set(kStatus, 0);
    set(kStatus, kAcknowledge | kDriver);
    for (const std::uint32_t which : {0U, 1U}) {
        set(kDriverFeaturesSel, which);
        set(kDriverFeatures, features >> 32 * which);
    }
    set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
    const bool agreed = (get(kStatus) & kFeaturesOk) != 0;
    for (std::size_t queue = 0; queue < rings.size(); ++queue) {
        const Ring& ring = rings[queue];
        set(kQueueSel, queue);
        set(kQueueNum, ring.entries);
        for (const auto& [offset, address] : {std::pair{kQueueDesc, ring.descriptors},
                                              {kQueueDriver, ring.available},
                                              {kQueueDevice, ring.used}}) {
            set(offset, address);
            set(offset + 4, address >> 32);
        }
        set(kQueueReady, 1);
    }
    set(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
    return agreed;
}

void RingBench::run(std::uint64_t microseconds) {
    sc_core::sc_start(sc_core::sc_time(static_cast<double>(microseconds), sc_core::SC_US));
}

// A buffer of 128 parts of 4 GiB takes 256 s, and there are as many buffers.
void RingBench::settle() {
    for (int turn = 0; turn < 1000 && events_.next_time() != base::kNever; ++turn) {
        const std::uint64_t left = (events_.next_time() - events_.now()).value;
        sc_core::sc_start(sc_core::sc_time::from_value(left + 1));
    }
    REQUIRE(events_.next_time() == base::kNever);
}

std::vector<Extent> RingBench::writable(const std::vector<Ring>& rings) {
    std::vector<Extent> all;
    for (const Ring& ring : rings) {
        all.push_back(ring.used_ring());
        for (std::uint64_t i = 0; i < ring.entries; ++i) {
            const auto descriptor = look<Descriptor>(ring.descriptors + 16 * i);
            if ((descriptor.flags & kWritable) != 0) {
                all.push_back({descriptor.address, descriptor.length});
            }
            for (std::uint64_t j = 0; (descriptor.flags & kIndirect) != 0 &&
                                      j < std::min<std::uint64_t>(descriptor.length / 16, 1024);
                 ++j) {
                const auto inner = look<Descriptor>(descriptor.address + 16 * j);
                if ((inner.flags & kWritable) != 0) {
                    all.push_back({inner.address, inner.length});
                }
            }
        }
    }
    return all;
}

}  // namespace athena::test
