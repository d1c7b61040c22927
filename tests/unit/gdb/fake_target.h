// SPDX-License-Identifier: Apache-2.0
// A machine of two harts with 64 bytes of memory at 0x1000, seen as virtual at 0x5000.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "sim/gdb/target.h"

namespace athena::test {

class FakeTarget final : public sim::gdb::Target {
  public:
    static constexpr std::uint64_t kPhysical = 0x1000;
    static constexpr std::uint64_t kVirtual = 0x5000;

    std::array<std::map<std::uint64_t, std::uint64_t>, 2> registers;
    std::array<std::byte, 64> memory{};
    std::string reason;  ///< of frozen()

    [[nodiscard]] std::size_t harts() const override { return registers.size(); }
    [[nodiscard]] std::string describe(std::size_t hart) const override {
        return "hart" + std::to_string(hart);
    }
    [[nodiscard]] std::vector<sim::gdb::Csr> csrs() override {
        return {{1, "fflags"}, {2, "frm"}, {3, "fcsr"}, {0x300, "mstatus"}};
    }
    [[nodiscard]] std::optional<std::uint64_t> read_register(std::size_t hart,
                                                             std::uint64_t number) override {
        if (number > sim::gdb::kPrivilege) {
            return std::nullopt;
        }
        return registers.at(hart)[number];
    }
    bool write_register(std::size_t hart, std::uint64_t number, std::uint64_t value) override {
        if (number > sim::gdb::kPrivilege) {
            return false;
        }
        registers.at(hart)[number] = value;
        return true;
    }
    [[nodiscard]] std::size_t read_memory(std::size_t hart, bool physical, std::uint64_t address,
                                          std::span<std::byte> bytes) override {
        const auto place = locate(hart, physical, address);
        const std::size_t count = std::min(place.size(), bytes.size());
        std::copy_n(place.begin(), count, bytes.begin());
        return count;
    }
    bool write_memory(std::size_t hart, bool physical, std::uint64_t address,
                      std::span<const std::byte> bytes) override {
        const auto place = locate(hart, physical, address);
        if (place.size() < bytes.size()) {
            return false;
        }
        std::ranges::copy(bytes, place.begin());
        return true;
    }
    [[nodiscard]] std::string frozen() const override { return reason; }
    [[nodiscard]] std::optional<std::string> monitor(
        std::span<const std::string_view> words) override {
        if (words[0] != "long" && words[0] != "help") {
            return std::nullopt;
        }
        return words[0] == "long" ? std::string(10'000, 'x') : "more help\n";
    }

  private:
    std::span<std::byte> locate(std::size_t hart, bool physical, std::uint64_t address) {
        const std::uint64_t offset = address - (physical ? kPhysical : kVirtual);
        if (hart >= harts() || offset >= memory.size()) {
            return {};
        }
        return std::span(memory).subspan(offset);
    }
};

}  // namespace athena::test
