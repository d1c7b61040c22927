// SPDX-License-Identifier: Apache-2.0
#include "sim/report/quantities.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace athena::sim {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kStep = 1000;
constexpr std::uint64_t kDigits = 1000;  // four of them, the last three behind a unit's point

// Four digits, rounded down; `prefixes` are for steps of 1000.
template <std::size_t N>
std::string with_prefix(std::uint64_t value, const std::array<std::string_view, N>& prefixes,
                        std::string_view unit) {
    std::size_t step = 0;
    std::uint64_t whole = value;
    std::uint64_t part = 0;  // thousandths
    while (whole >= kStep && step + 1 < N) {
        part = whole % kStep;
        whole /= kStep;
        ++step;
    }
    std::string number = std::to_string(whole);
    if (step != 0 && whole < kDigits) {
        const std::string behind = fmt::format("{:03}", part).substr(0, 4 - number.size());
        number += behind.empty() ? "" : "." + behind;
    }
    const std::string end = std::string(prefixes[step]) + std::string(unit);
    return end.empty() ? number : number + " " + end;
}

}  // namespace

std::string time_text(std::uint64_t picoseconds) {
    constexpr std::array<std::string_view, 5> kPrefixes = {"p", "n", "u", "m", ""};
    return with_prefix(picoseconds, kPrefixes, "s");
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 6> kPrefixes = {"", "k", "M", "G", "T", "P"};
    return with_prefix(bytes, kPrefixes, "B");
}

std::string energy_text(std::uint64_t femtojoules) {
    constexpr std::array<std::string_view, 6> kPrefixes = {"f", "p", "n", "u", "m", ""};
    return with_prefix(femtojoules, kPrefixes, "J");
}

std::string count_text(std::uint64_t count) {
    constexpr std::array<std::string_view, 7> kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
    return with_prefix(count, kPrefixes, "");
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return "-";
    }
    const auto tenths = static_cast<std::uint64_t>((Wide{part} * 1000 + whole / 2) / whole);
    return fmt::format("{}.{} %", tenths / 10, tenths % 10);
}

std::string factor_text(std::uint64_t thousandths) {
    const std::uint64_t hundredths = (thousandths + 5) / 10;
    return fmt::format("{}.{:02}x", hundredths / 100, hundredths % 100);
}

}  // namespace athena::sim
