// SPDX-License-Identifier: Apache-2.0
#include "base/state.h"

#include <algorithm>

namespace athena::base {

namespace {
constexpr char kBegin = 'B';
constexpr char kEnd = 'E';
constexpr char kValue = 'V';
constexpr char kBytes = 'D';
}  // namespace

void StateWriter::put_u64(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        data_.push_back(static_cast<std::byte>(value >> shift));
    }
}

void StateWriter::put_name(char kind, std::string_view name) {
    data_.push_back(static_cast<std::byte>(kind));
    put_u64(name.size());
    const auto* first = reinterpret_cast<const std::byte*>(name.data());
    data_.insert(data_.end(), first, first + name.size());
}

void StateWriter::begin(std::string_view section, std::uint32_t version) {
    put_name(kBegin, section);
    put_u64(version);
}

void StateWriter::end() {
    put_name(kEnd, "");
}

void StateWriter::value(std::string_view name, std::uint64_t value) {
    put_name(kValue, name);
    put_u64(value);
}

void StateWriter::bytes(std::string_view name, std::span<const std::byte> data) {
    put_name(kBytes, name);
    put_u64(data.size());
    data_.insert(data_.end(), data.begin(), data.end());
}

void StateWriter::text(std::string_view name, std::string_view value) {
    bytes(name, std::as_bytes(std::span(value.data(), value.size())));
}

std::span<const std::byte> StateReader::take(std::size_t size) {
    if (size > data_.size()) {
        throw StateError("saved state ends early");
    }
    const auto taken = data_.first(size);
    data_ = data_.subspan(size);
    return taken;
}

std::uint64_t StateReader::take_u64() {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const std::byte byte : take(8)) {
        value |= std::to_integer<std::uint64_t>(byte) << shift;
        shift += 8;
    }
    return value;
}

void StateReader::expect_name(char kind, std::string_view name) {
    const char found_kind = static_cast<char>(take(1).front());
    const auto found = take(take_u64());
    const std::string_view found_name(reinterpret_cast<const char*>(found.data()), found.size());
    if (found_kind != kind || found_name != name) {
        throw StateError("saved state: expected '" + std::string(name) + "', found '" +
                         std::string(found_name) + "'");
    }
}

void StateReader::begin(std::string_view section, std::uint32_t version) {
    expect_name(kBegin, section);
    const std::uint64_t found = take_u64();
    if (found != version) {
        throw StateError("saved state of '" + std::string(section) + "' is version " +
                         std::to_string(found) + ", not " + std::to_string(version));
    }
}

void StateReader::end() {
    expect_name(kEnd, "");
}

std::uint64_t StateReader::value(std::string_view name) {
    expect_name(kValue, name);
    return take_u64();
}

void StateReader::bytes(std::string_view name, std::span<std::byte> data) {
    expect_name(kBytes, name);
    if (take_u64() != data.size()) {
        throw StateError("saved state: '" + std::string(name) + "' has another size");
    }
    std::ranges::copy(take(data.size()), data.begin());
}

std::vector<std::byte> StateReader::bytes(std::string_view name) {
    expect_name(kBytes, name);
    const auto found = take(take_u64());
    return {found.begin(), found.end()};
}

std::string StateReader::text(std::string_view name) {
    const std::vector<std::byte> found = bytes(name);
    return {reinterpret_cast<const char*>(found.data()), found.size()};
}

}  // namespace athena::base
