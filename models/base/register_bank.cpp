// SPDX-License-Identifier: Apache-2.0
#include "base/register_bank.h"

#include <cstring>
#include <utility>

#include "base/state.h"

namespace athena::base {

namespace {

constexpr std::uint64_t mask_of(unsigned bytes) {
    return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
}

constexpr bool is_access(std::uint64_t offset, unsigned size) {
    return (size == 1 || size == 2 || size == 4 || size == 8) && offset % size == 0;
}

}  // namespace

std::optional<RegisterPlace> find_register(std::span<const RegisterInfo> registers,
                                           std::uint64_t offset, unsigned size) {
    for (unsigned index = 0; index < registers.size(); ++index) {
        const RegisterInfo& info = registers[index];
        if (offset < info.offset) {
            continue;
        }
        const std::uint64_t distance = offset - info.offset;
        const std::uint64_t stride = info.stride != 0 ? info.stride : info.width;
        const std::uint64_t element = distance / stride;
        const std::uint64_t within = distance % stride;
        if (element < info.count && within + size <= info.width) {
            return RegisterPlace{index, static_cast<unsigned>(element),
                                 static_cast<unsigned>(8 * within)};
        }
    }
    return std::nullopt;
}

RegisterBank::RegisterBank(std::span<const RegisterInfo> registers)
    : registers_(registers), read_hooks_(registers.size()), write_hooks_(registers.size()) {
    std::size_t next = 0;
    for (const RegisterInfo& info : registers_) {
        first_.push_back(next);
        next += info.count;
    }
    values_.resize(next);
    reset();
}

void RegisterBank::on_read(unsigned index, ReadHook hook) {
    read_hooks_[index] = std::move(hook);
}

void RegisterBank::on_write(unsigned index, WriteHook hook) {
    write_hooks_[index] = std::move(hook);
}

void RegisterBank::reset() {
    for (std::size_t index = 0; index < registers_.size(); ++index) {
        for (unsigned element = 0; element < registers_[index].count; ++element) {
            values_[first_[index] + element] = registers_[index].reset;
        }
    }
}

std::uint64_t RegisterBank::read_part(const RegisterPlace& place, unsigned size) {
    const RegisterInfo& info = registers_[place.index];
    std::uint64_t& stored = values_[first_[place.index] + place.element];
    std::uint64_t value = stored;
    if (read_hooks_[place.index]) {
        value = read_hooks_[place.index](place.element, value);
    }
    stored &= ~(info.rc_mask & (mask_of(size) << place.shift));
    return ((value & info.read_mask) >> place.shift) & mask_of(size);
}

void RegisterBank::write_part(const RegisterPlace& place, unsigned size, std::uint64_t value) {
    const RegisterInfo& info = registers_[place.index];
    std::uint64_t& stored = values_[first_[place.index] + place.element];
    const std::uint64_t lanes = mask_of(size) << place.shift;
    const std::uint64_t in_place = (value << place.shift) & lanes;
    stored = (stored & ~(info.write_mask & lanes)) | (in_place & info.write_mask);
    stored &= ~(in_place & info.w1c_mask);
    if (write_hooks_[place.index]) {
        write_hooks_[place.index](place.element, in_place, lanes);
    }
}

std::optional<std::uint64_t> RegisterBank::read(std::uint64_t offset, unsigned size) {
    if (!is_access(offset, size)) {
        return std::nullopt;
    }
    if (const auto place = find_register(registers_, offset, size)) {
        return read_part(*place, size);
    }
    if (size == 8) {
        const auto low = find_register(registers_, offset, 4);
        const auto high = find_register(registers_, offset + 4, 4);
        if (low && high) {
            const std::uint64_t value = read_part(*low, 4);
            return value | read_part(*high, 4) << 32;
        }
    }
    return std::nullopt;
}

bool RegisterBank::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (!is_access(offset, size)) {
        return false;
    }
    if (const auto place = find_register(registers_, offset, size)) {
        write_part(*place, size, value);
        return true;
    }
    if (size == 8) {
        const auto low = find_register(registers_, offset, 4);
        const auto high = find_register(registers_, offset + 4, 4);
        if (low && high) {
            write_part(*low, 4, value & mask_of(4));
            write_part(*high, 4, value >> 32);
            return true;
        }
    }
    return false;
}

std::optional<std::uint64_t> RegisterBank::peek(std::uint64_t offset, unsigned size) const {
    const auto place =
        is_access(offset, size) ? find_register(registers_, offset, size) : std::nullopt;
    if (!place) {
        return std::nullopt;
    }
    const std::uint64_t stored = values_[first_[place->index] + place->element];
    return (stored >> place->shift) & mask_of(size);
}

void RegisterBank::transport(tlm::tlm_generic_payload& payload) {
    const unsigned size = payload.get_data_length();
    if (payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    if (payload.get_streaming_width() < size || size > 8) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    bool answered = true;
    if (payload.is_write()) {
        std::uint64_t value = 0;
        std::memcpy(&value, payload.get_data_ptr(), size);
        answered = write(payload.get_address(), size, value);
    } else if (payload.is_read()) {
        const auto value = read(payload.get_address(), size);
        answered = value.has_value();
        if (value) {
            std::memcpy(payload.get_data_ptr(), &*value, size);
        }
    }
    payload.set_response_status(answered ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned RegisterBank::transport_dbg(tlm::tlm_generic_payload& payload) const {
    const unsigned size = payload.get_data_length();
    const auto value =
        payload.is_read() && size <= 8 ? peek(payload.get_address(), size) : std::nullopt;
    if (!value) {
        return 0;
    }
    std::memcpy(payload.get_data_ptr(), &*value, size);
    return size;
}

void RegisterBank::save(StateWriter& writer) const {
    writer.begin("registers", 1);
    for (std::size_t index = 0; index < registers_.size(); ++index) {
        for (unsigned element = 0; element < registers_[index].count; ++element) {
            writer.value(registers_[index].name, values_[first_[index] + element]);
        }
    }
    writer.end();
}

void RegisterBank::load(StateReader& reader) {
    reader.begin("registers", 1);
    for (std::size_t index = 0; index < registers_.size(); ++index) {
        for (unsigned element = 0; element < registers_[index].count; ++element) {
            values_[first_[index] + element] = reader.value(registers_[index].name);
        }
    }
    reader.end();
}

}  // namespace athena::base
