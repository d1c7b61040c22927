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

void Router::log_access(unsigned port, const tlm::tlm_generic_payload& payload,
                        const Range* range) const {
    if (range != nullptr && !range->remapped) {
        return;  // the router behind tells it
    }
    const std::string named = range != nullptr ? register_name(payload, *range) : std::string();
    const base::LogLevel level = !payload.is_response_ok() ? base::LogLevel::Warning
                                 : !named.empty()          ? base::LogLevel::Debug
                                                           : base::LogLevel::Trace;
    log_->write(base::LogSubsystem::Bus, level, name(), [&] {
        std::string text = inputs_[port].basename();
        text += payload.is_write() ? " writes " : " reads ";
        const std::string size = std::to_string(payload.get_data_length()) + " bytes at ";
        if (range == nullptr) {
            return text + size + base::hexadecimal(payload.get_address()) + ": nothing is there";
        }
        text += named.empty() ? size + target_name(range->socket->basename()) + "+" +
                                    base::hexadecimal(payload.get_address() - range->first)
                              : named;
        return text + (payload.is_response_ok() ? value_of(payload)
                                                : ": " + payload.get_response_string());
    });
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
    return info.count > 1 ? text + "[" + std::to_string(place->element) + "]" : text;
}

}  // namespace athena::fabric
