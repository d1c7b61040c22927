// SPDX-License-Identifier: Apache-2.0
// Packets that read and write registers and memory.
#include <algorithm>

#include "sim/gdb/registers.h"
#include "sim/gdb/stub.h"

namespace athena::sim::gdb {

namespace {

const std::string kBadRequest = "E16";  // EINVAL
const std::string kNoMemory = "E0e";    // EFAULT
constexpr std::size_t kRegisterDigits = 16;

}  // namespace

bool Stub::may_change() {
    const std::string why = target_.frozen();
    if (!why.empty()) {
        answer("E." + why);
    }
    return why.empty();
}

void Stub::read_registers(Fields /*fields*/) {
    std::string text;
    for (std::uint64_t number = 0; number < kGeneral; ++number) {
        text += to_hex(target_.read_register(current_, number).value_or(0));
    }
    answer(text);
}

void Stub::write_registers(Fields fields) {
    const std::string_view digits = fields.rest();
    const std::size_t count = digits.size() / kRegisterDigits;
    if (count == 0 || count > kGeneral || digits.size() % kRegisterDigits != 0 ||
        !from_hex(digits)) {
        answer(kBadRequest);
        return;
    }
    if (!may_change()) {
        return;
    }
    for (std::size_t number = 0; number < count; ++number) {
        const auto value =
            register_from_hex(digits.substr(number * kRegisterDigits, kRegisterDigits));
        (void)target_.write_register(current_, number, *value);
    }
    answer("OK");
}

void Stub::read_register(Fields fields) {
    const auto number = fields.number();
    const auto value =
        number && fields.at_end() ? target_.read_register(current_, *number) : std::nullopt;
    answer(value ? to_hex(*value) : kBadRequest);
}

void Stub::write_register(Fields fields) {
    const auto number = fields.number();
    const bool equals = fields.skip("=");
    const auto value = register_from_hex(fields.rest());
    if (!number || !equals || !value) {
        answer(kBadRequest);
    } else if (may_change()) {
        answer(target_.write_register(current_, *number, *value)
                   ? "OK"
                   : "E.the register cannot be written");
    }
}

void Stub::read_memory(Fields fields) {
    const auto address = fields.number();
    const bool comma = fields.skip(",");
    const auto length = fields.number();
    if (!address || !comma || !length || !fields.at_end()) {
        answer(kBadRequest);
        return;
    }
    std::vector<std::byte> bytes(std::min<std::uint64_t>(*length, kMostPayload / 2));
    bytes.resize(target_.read_memory(current_, physical_, *address, bytes));
    answer(bytes.empty() && *length != 0 ? kNoMemory : to_hex(bytes));
}

void Stub::write_memory(Fields fields) {
    const auto address = fields.number();
    const bool comma = fields.skip(",");
    const auto length = fields.number();
    const bool colon = fields.skip(":");
    if (!address || !comma || !length || !colon) {
        answer(kBadRequest);
        return;
    }
    write(*address, *length, from_hex(fields.rest()));
}

void Stub::write_binary(Fields fields) {
    const auto address = fields.number();
    const bool comma = fields.skip(",");
    const auto length = fields.number();
    const bool colon = fields.skip(":");
    if (!address || !comma || !length || !colon) {
        answer(kBadRequest);
        return;
    }
    write(*address, *length, std::string(fields.rest()));
}

void Stub::write(std::uint64_t address, std::uint64_t length,
                 const std::optional<std::string>& data) {
    if (!data || data->size() != length) {
        answer(kBadRequest);
    } else if (length == 0) {
        answer("OK");  // asks whether there is such a packet
    } else if (may_change()) {
        const auto bytes = std::as_bytes(std::span(*data));
        answer(target_.write_memory(current_, physical_, address, bytes) ? "OK" : kNoMemory);
    }
}

}  // namespace athena::sim::gdb
