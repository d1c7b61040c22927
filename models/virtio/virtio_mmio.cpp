// SPDX-License-Identifier: Apache-2.0
#include "virtio/virtio_mmio.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "base/hexadecimal.h"
#include "base/state.h"
#include "regs/virtio_mmio_regs.h"

namespace athena::virtio {

namespace {

namespace regs = athena::regs::virtio_mmio;

constexpr std::uint64_t kConfiguration = 0x100;
constexpr std::uint64_t kSize = 0x1000;
constexpr std::uint32_t kVendor = 0x4E48'5441;                          // "ATHN"
constexpr std::uint64_t kIndirectDescriptors = std::uint64_t{1} << 28;  // feature bits (6)
constexpr std::uint64_t kEventIndex = std::uint64_t{1} << 29;
constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::uint64_t kLowHalf = 0xFFFF'FFFF;
constexpr std::uint32_t kStateVersion = 2;

std::uint64_t half(std::uint64_t bits, std::uint64_t which) {
    return which > 1 ? 0 : bits >> 32 * which & kLowHalf;
}

void set_half(std::uint64_t& bits, std::uint64_t which, std::uint64_t value) {
    if (which <= 1) {
        bits = (bits & ~(kLowHalf << 32 * which)) | (value & kLowHalf) << 32 * which;
    }
}

}  // namespace

VirtioMmio::VirtioMmio(const sc_core::sc_module_name& name, const Config& config,
                       std::unique_ptr<Device> device, base::EventQueue& events,
                       base::Diagnostics& diagnostics)
    : sc_core::sc_module(name),
      socket("socket", *this),
      memory("memory", *this),
      config_(config),
      device_(std::move(device)),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      registers_(regs::kRegisters),
      queues_(device_ == nullptr ? 0 : device_->queues()) {
    origin_.initiator = config.initiator_id;
    payload_.set_extension(&origin_);
    if (device_ != nullptr) {
        device_->attach(*this);
        bind_reads();
        bind_writes();
        bind_queue_writes();
    }
    reset();
}

VirtioMmio::~VirtioMmio() {
    payload_.clear_extension(&origin_);
}

void VirtioMmio::reset() {
    events_.cancel(id_, kServe);
    registers_.reset();
    state_ = {};
    std::ranges::fill(queues_, Virtqueue{});
    if (device_ != nullptr) {
        device_->reset();
    }
    irq.set(false);
}

std::uint64_t VirtioMmio::offered() const {
    return device_->features() | kIndirectDescriptors | kEventIndex | kVersion1;
}

Virtqueue* VirtioMmio::selected() {
    return state_.selected < queues_.size() ? &queues_[state_.selected] : nullptr;
}

void VirtioMmio::bind_reads() {
    const auto reads = [this](unsigned index, auto value) {
        registers_.on_read(index,
                           [value](unsigned, std::uint64_t) -> std::uint64_t { return value(); });
    };
    reads(regs::kDeviceIdIndex, [this] { return std::uint64_t{device_->id()}; });
    reads(regs::kVendorIdIndex, [] { return std::uint64_t{kVendor}; });
    reads(regs::kDeviceFeaturesIndex,
          [this] { return half(offered(), registers_.get(regs::kDeviceFeaturesSelIndex)); });
    reads(regs::kQueueNumMaxIndex, [this] {
        return std::uint64_t{selected() == nullptr ? 0u : unsigned{Virtqueue::kMostEntries}};
    });
    reads(regs::kQueueReadyIndex,
          [this] { return std::uint64_t{selected() != nullptr && selected()->ready ? 1u : 0u}; });
    reads(regs::kInterruptStatusIndex, [this] { return std::uint64_t{state_.interrupts}; });
    reads(regs::kStatusIndex, [this] { return std::uint64_t{state_.status}; });
}

void VirtioMmio::bind_writes() {
    registers_.on_write(
        regs::kDriverFeaturesIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
            set_half(state_.driver_features, registers_.get(regs::kDriverFeaturesSelIndex), value);
        });
    registers_.on_write(regs::kQueueSelIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        state_.selected = value;
    });
    registers_.on_write(regs::kQueueNotifyIndex, [this](unsigned, std::uint64_t, std::uint64_t) {
        serve_in(config_.latency);
    });
    registers_.on_write(regs::kInterruptAckIndex,
                        [this](unsigned, std::uint64_t value, std::uint64_t) {
                            state_.interrupts &= ~static_cast<std::uint32_t>(value);
                            irq.set(state_.interrupts != 0);
                        });
    registers_.on_write(regs::kStatusIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        set_status(static_cast<std::uint32_t>(value));
    });
}

// Of a queue that is not in use.
void VirtioMmio::bind_queue_writes() {
    const auto writes = [this](unsigned index, auto set) {
        registers_.on_write(index, [this, set](unsigned, std::uint64_t value, std::uint64_t) {
            Virtqueue* const queue = selected();
            if (queue == nullptr || queue->ready) {
                diagnostics_.guest_fault(
                    name(),
                    "a register of a queue that is ready, or that there is not, was written");
                return;
            }
            set(*queue, value);
        });
    };
    writes(regs::kQueueNumIndex, [this](Virtqueue& queue, std::uint64_t value) {
        if (!std::has_single_bit(value) || value > Virtqueue::kMostEntries) {
            diagnostics_.guest_fault(name(), "QUEUE_NUM " + std::to_string(value) +
                                                 " is no power of two up to " +
                                                 std::to_string(Virtqueue::kMostEntries));
            return;
        }
        queue.entries = static_cast<std::uint16_t>(value);
    });
    registers_.on_write(regs::kQueueReadyIndex,
                        [this](unsigned, std::uint64_t value, std::uint64_t) {
                            if (Virtqueue* const queue = selected(); queue != nullptr) {
                                queue->ready = (value & regs::kQueueReadyReadyMask) != 0;
                            }
                        });
    const auto address = [&](unsigned low, unsigned high, std::uint64_t Virtqueue::*member) {
        writes(low, [member](Virtqueue& queue, std::uint64_t value) {
            set_half(queue.*member, 0, value);
        });
        writes(high, [member](Virtqueue& queue, std::uint64_t value) {
            set_half(queue.*member, 1, value);
        });
    };
    address(regs::kQueueDescLowIndex, regs::kQueueDescHighIndex, &Virtqueue::descriptors);
    address(regs::kQueueDriverLowIndex, regs::kQueueDriverHighIndex, &Virtqueue::available);
    address(regs::kQueueDeviceLowIndex, regs::kQueueDeviceHighIndex, &Virtqueue::used);
}

void VirtioMmio::set_status(std::uint32_t value) {
    if (value == 0) {
        diagnostics_.log().write(base::LogSubsystem::Virtio, base::LogLevel::Info, name(),
                                 [] { return std::string("reset by the driver"); });
        reset();
        return;
    }
    const bool agreed =
        (state_.driver_features & ~offered()) == 0 && (state_.driver_features & kVersion1) != 0;
    if (!agreed) {
        value &= ~static_cast<std::uint32_t>(regs::kStatusFeaturesOkMask);
    }
    for (Virtqueue& queue : queues_) {
        queue.indirect = agreed && (state_.driver_features & kIndirectDescriptors) != 0;
        queue.event_index = agreed && (state_.driver_features & kEventIndex) != 0;
    }
    const std::uint32_t broken = state_.status & regs::kStatusNeedsResetMask;
    diagnostics_.log().write(base::LogSubsystem::Virtio, base::LogLevel::Info, name(), [&] {
        return "status " + base::hexadecimal(value) + (agreed ? "" : ", no features agreed") +
               ", driver's features " + base::hexadecimal(state_.driver_features);
    });
    state_.status = (value & ~static_cast<std::uint32_t>(regs::kStatusNeedsResetMask)) | broken;
}

void VirtioMmio::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& /*delay*/) {
    const std::uint64_t address = payload.get_address();
    if (address >= kConfiguration && address < kSize) {
        read_configuration(payload);
    } else if (payload.get_data_length() != 4) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else {
        registers_.transport(payload);
        if (device_ == nullptr && payload.is_read() && payload.is_response_ok() &&
            address > regs::kVersionOffset) {
            std::memset(payload.get_data_ptr(), 0, 4);
        }
    }
}

// What lies behind the fields reads 0; writes have no effect.
void VirtioMmio::read_configuration(tlm::tlm_generic_payload& payload) const {
    const std::uint64_t offset = payload.get_address() - kConfiguration;
    const unsigned length = payload.get_data_length();
    if (payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    if (length > 8 || payload.get_streaming_width() < length ||
        offset + length > kSize - kConfiguration) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (payload.is_read()) {
        const std::span<const std::byte> fields =
            device_ == nullptr ? std::span<const std::byte>() : device_->configuration();
        for (unsigned i = 0; i < length; ++i) {
            payload.get_data_ptr()[i] =
                offset + i < fields.size() ? std::to_integer<unsigned char>(fields[offset + i]) : 0;
        }
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned VirtioMmio::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    registers_.set(regs::kStatusIndex, state_.status);
    registers_.set(regs::kInterruptStatusIndex, state_.interrupts);
    registers_.set(regs::kDeviceIdIndex, device_ == nullptr ? 0 : device_->id());
    return registers_.transport_dbg(payload);
}

bool VirtioMmio::running() const {
    return (state_.status & regs::kStatusDriverOkMask) != 0 &&
           (state_.status & regs::kStatusNeedsResetMask) == 0;
}

void VirtioMmio::serve_in(base::Picoseconds time) {
    if (running() && !state_.serving) {
        state_.serving = true;
        events_.schedule(events_.now() + time, id_, kServe);
    }
}

void VirtioMmio::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    state_.serving = false;
    serve();
}

// A buffer of the first queue that has one, from the one behind the last that was served; the next
// one when its time is over.
void VirtioMmio::serve() {
    const auto count = static_cast<unsigned>(queues_.size());
    for (unsigned looked_at = 0; looked_at < count; ++looked_at) {
        const unsigned queue = (state_.turn + looked_at) % count;
        if (!queues_[queue].ready || !device_->wants(queue)) {
            continue;
        }
        switch (queues_[queue].take(*this, buffer_)) {
            case Virtqueue::Next::None:
                break;
            case Virtqueue::Next::Broken:
                break_off(queue);
                return;
            case Virtqueue::Next::Buffer:
                state_.turn = queue + 1;
                serve_buffer(queue, buffer_);
                return;
        }
    }
}

void VirtioMmio::serve_buffer(unsigned queue, const Buffer& buffer) {
    const Served served = device_->serve(queue, buffer, *this);
    bool interrupts = false;
    if (served.broken || !queues_[queue].give_back(*this, buffer, served.written, interrupts)) {
        break_off(queue);
        return;
    }
    ++buffers_;
    diagnostics_.log().write(base::LogSubsystem::Virtio, base::LogLevel::Debug, name(), [&] {
        return "queue " + std::to_string(queue) + ": buffer " + std::to_string(buffer.head) + ", " +
               std::to_string(buffer.readable_bytes()) + " bytes to read and " +
               std::to_string(buffer.writable_bytes()) +
               " to write: " + std::to_string(served.written) + " written" +
               (interrupts ? ", interrupt" : ", no interrupt");
    });
    if (interrupts) {
        interrupt(regs::kInterruptStatusUsedMask);
    }
    __extension__ using Wide = unsigned __int128;
    const Wide streaming =
        Wide{served.data_bytes} * kPicosecondsPerSecond / config_.bytes_per_second;
    serve_in(config_.latency + base::Picoseconds{static_cast<std::uint64_t>(streaming)});
}

void VirtioMmio::break_off(unsigned queue) {
    ++broken_;
    state_.status |= regs::kStatusNeedsResetMask;
    diagnostics_.guest_fault(name(), "queue " + std::to_string(queue) +
                                         " is broken: what the driver has written there is no "
                                         "buffer, or lies in no memory");
    interrupt(regs::kInterruptStatusConfigMask);
}

void VirtioMmio::interrupt(std::uint32_t causes) {
    state_.interrupts |= causes;
    irq.set(true);
}

bool VirtioMmio::read(std::uint64_t address, std::span<std::byte> bytes) {
    return access(tlm::TLM_READ_COMMAND, address, bytes.data(), bytes.size());
}

bool VirtioMmio::write(std::uint64_t address, std::span<const std::byte> bytes) {
    // TLM payloads have one data pointer for both directions; a write does not change it.
    return access(tlm::TLM_WRITE_COMMAND, address, const_cast<std::byte*>(bytes.data()),
                  bytes.size());
}

bool VirtioMmio::access(tlm::tlm_command command, std::uint64_t address, std::byte* bytes,
                        std::size_t length) {
    if (length == 0) {
        return true;
    }
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(bytes));
    payload_.set_data_length(static_cast<unsigned>(length));
    payload_.set_streaming_width(static_cast<unsigned>(length));
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    memory.send(payload_, delay);
    return payload_.is_response_ok();
}

void VirtioMmio::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("buffers", buffers_);
    visitor.counter("broken", broken_);
    if (device_ != nullptr) {
        device_->report(visitor);
    }
}

void VirtioMmio::save(base::StateWriter& writer) const {
    writer.begin("virtio_mmio", kStateVersion);
    registers_.save(writer);
    writer.value("driver_features", state_.driver_features);
    writer.value("status", state_.status);
    writer.value("interrupts", state_.interrupts);
    writer.value("selected", state_.selected);
    writer.value("serving", state_.serving ? 1 : 0);
    writer.value("turn", state_.turn);
    for (const Virtqueue& queue : queues_) {
        queue.save(writer);
    }
    writer.value("buffers", buffers_);
    writer.value("broken", broken_);
    if (device_ != nullptr) {
        device_->save(writer);
    }
    writer.end();
}

// Pending events are the event queue's to load, before or after this.
void VirtioMmio::load(base::StateReader& reader) {
    reader.begin("virtio_mmio", kStateVersion);
    registers_.load(reader);
    state_.driver_features = reader.value("driver_features");
    state_.status = static_cast<std::uint32_t>(reader.value("status"));
    state_.interrupts = static_cast<std::uint32_t>(reader.value("interrupts"));
    state_.selected = reader.value("selected");
    state_.serving = reader.value("serving") != 0;
    state_.turn = static_cast<std::uint32_t>(reader.value("turn"));
    for (Virtqueue& queue : queues_) {
        queue.load(reader);
    }
    buffers_ = reader.value("buffers");
    broken_ = reader.value("broken");
    if (device_ != nullptr) {
        device_->load(reader);
    }
    reader.end();
    irq.set(state_.interrupts != 0);
}

}  // namespace athena::virtio
