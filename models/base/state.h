// SPDX-License-Identifier: Apache-2.0
// Saved state: named fields in versioned sections, so that what was written by another version is
// refused, never misread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace athena::base {

/// What load() throws when the data are not those of the same section, version and field.
class StateError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class StateWriter {
  public:
    void begin(std::string_view section, std::uint32_t version);
    void end();
    void value(std::string_view name, std::uint64_t value);
    void bytes(std::string_view name, std::span<const std::byte> data);
    void text(std::string_view name, std::string_view value);

    [[nodiscard]] const std::vector<std::byte>& data() const { return data_; }

  private:
    void put_name(char kind, std::string_view name);
    void put_u64(std::uint64_t value);

    std::vector<std::byte> data_;
};

class StateReader {
  public:
    explicit StateReader(std::span<const std::byte> data) : data_(data) {}

    void begin(std::string_view section, std::uint32_t version);
    void end();
    [[nodiscard]] std::uint64_t value(std::string_view name);
    /// Fills `data`; its size must be that which was written.
    void bytes(std::string_view name, std::span<std::byte> data);
    [[nodiscard]] std::vector<std::byte> bytes(std::string_view name);
    [[nodiscard]] std::string text(std::string_view name);

  private:
    void expect_name(char kind, std::string_view name);
    [[nodiscard]] std::uint64_t take_u64();
    [[nodiscard]] std::span<const std::byte> take(std::size_t size);

    std::span<const std::byte> data_;
};

}  // namespace athena::base
