// SPDX-License-Identifier: Apache-2.0
// What a router tells the log of the accesses that end at it.
#include <algorithm>
#include <cstring>

#include "base/hexadecimal.h"
#include "fabric/router.h"

namespace athena::fabric {

namespace {

// "to_uart0" is the way to uart0.
std::string target_name(const std::string& socket) {
    return socket.starts_with("to_") ? socket.substr(3) : socket;
}

// As much as one register holds.
std::string value_of(const tlm::tlm_generic_payload& payload) {
    std::uint64_t value = 0;
    if (payload.get_data_length() > sizeof(value) || payload.get_byte_enable_ptr() != nullptr) {
        return "";
    }
    std::memcpy(&value, payload.get_data_ptr(), payload.get_data_length());
    return (payload.is_write() ? " = " : ": ") + base::hexadecimal(value);
}

}  // namespace

void Router::name_registers(const std::string& output,
                            std::span<const base::RegisterInfo> registers, std::uint64_t offset) {
    registers_.resize(outputs_.size());
    for (std::size_t index = 0; index < outputs_.size(); ++index) {
        if (outputs_[index].basename() == output) {
            registers_[index] = {registers, offset};
        }
    }
}

// A write is told before what it brings about, a read when its value is there.
void Router::serve_logged(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
                          sc_core::sc_time& delay) {
    if (!range.remapped) {
        serve(port, payload, range, delay);  // the router behind tells it
        return;
    }
    const auto level =
        register_name(payload, range).empty() ? base::LogLevel::Trace : base::LogLevel::Debug;
    const auto line = [&] { return text_of(port, payload, &range) + value_of(payload); };
    if (payload.is_write()) {
        log_->write(base::LogSubsystem::Bus, level, name(), line);
    }
    serve(port, payload, range, delay);
    if (!payload.is_response_ok()) {
        log_refused(port, payload, &range);
    } else if (payload.is_read()) {
        log_->write(base::LogSubsystem::Bus, level, name(), line);
    }
}

// With its answer, a write too: what it brings about may be told before it.
void Router::tell_answered(unsigned port, const tlm::tlm_generic_payload& payload) const {
    const Range* range = find(payload.get_address());
    if (range == nullptr || !range->remapped) {
        return;
    }
    if (!payload.is_response_ok()) {
        log_refused(port, payload, range);
        return;
    }
    const auto level =
        register_name(payload, *range).empty() ? base::LogLevel::Trace : base::LogLevel::Debug;
    log_->write(base::LogSubsystem::Bus, level, name(),
                [&] { return text_of(port, payload, range) + value_of(payload); });
}

void Router::log_refused(unsigned port, const tlm::tlm_generic_payload& payload,
                         const Range* range) const {
    log_->write(base::LogSubsystem::Bus, base::LogLevel::Warning, name(), [&] {
        return text_of(port, payload, range) + ": " +
               (range == nullptr ? "nothing is there" : payload.get_response_string());
    });
}

std::string Router::text_of(unsigned port, const tlm::tlm_generic_payload& payload,
                            const Range* range) const {
    const std::string text =
        std::string(inputs_[port].basename()) + (payload.is_write() ? " writes " : " reads ");
    const std::string size = std::to_string(payload.get_data_length()) + " bytes at ";
    if (range == nullptr) {
        return text + size + base::hexadecimal(payload.get_address());
    }
    const std::string named = register_name(payload, *range);
    return text + (named.empty() ? size + target_name(range->socket->basename()) + "+" +
                                       base::hexadecimal(payload.get_address() - range->first)
                                 : named);
}

std::string Router::register_name(const tlm::tlm_generic_payload& payload,
                                  const Range& range) const {
    if (range.output >= registers_.size()) {
        return "";
    }
    const Registers& registers = registers_[range.output];
    const std::uint64_t offset = payload.get_address() - range.first - registers.offset;
    // 8 bytes may be two registers.
    const unsigned size = std::min(payload.get_data_length(), 4U);
    const auto place = base::find_register(registers.list, offset, size);
    if (!place) {
        return "";
    }
    const base::RegisterInfo& info = registers.list[place->index];
    std::string text = target_name(range.socket->basename()) + "." + std::string(info.name);
    if (info.count > 1) {
        text += "[" + std::to_string(place->element) + "]";
    }
    if (place->shift != 0) {
        text += "+" + std::to_string(place->shift / 8);
    }
    return payload.get_data_length() == info.width
               ? text
               : text + " (" + std::to_string(payload.get_data_length()) + " bytes)";
}

}  // namespace athena::fabric
