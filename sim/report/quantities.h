// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them: four digits and a prefix, the same on every host.
#pragma once

#include <cstdint>
#include <string>

namespace athena::sim {

inline constexpr std::uint64_t kPerMillion = 1'000'000;

/// Of picoseconds: "12.34 us".
[[nodiscard]] std::string time_text(std::uint64_t picoseconds);
/// Decimal prefixes: "1.234 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// Of femtojoules: "1.234 mJ".
[[nodiscard]] std::string energy_text(std::uint64_t femtojoules);
/// "1.234 T"
[[nodiscard]] std::string count_text(std::uint64_t count);
/// "12.3 %"; of nothing "-".
[[nodiscard]] std::string percent(std::uint64_t part, std::uint64_t whole);
/// Of thousandths: "12.34x".
[[nodiscard]] std::string factor_text(std::uint64_t thousandths);

}  // namespace athena::sim
