// SPDX-License-Identifier: Apache-2.0
// Random numbers of a seed; or choices that libFuzzer makes, byte by byte, and those of a seed when
// they are used up.
#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <span>

namespace athena::test {

class Random {
  public:
    using result_type = std::uint64_t;

    explicit Random(std::uint64_t seed) : engine_(seed) {}
    /// `choices` outlive it.
    explicit Random(std::span<const std::uint8_t> choices)
        : engine_(choices.size()), choices_(choices) {}

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    /// A choice is a byte, or behind one of 0xC0 and above the next eight.
    result_type operator()() {
        if (choices_.empty()) {
            return engine_();
        }
        constexpr std::uint64_t kWide = 0xC0;
        const std::uint64_t narrow = take(1);
        return narrow < kWide ? narrow : take(8);
    }

  private:
    std::uint64_t take(std::size_t bytes) {
        std::uint64_t value = 0;
        for (; bytes != 0 && !choices_.empty(); --bytes) {
            value = value << 8 | choices_.front();
            choices_ = choices_.subspan(1);
        }
        return value;
    }

    std::mt19937_64 engine_;
    std::span<const std::uint8_t> choices_;
};

}  // namespace athena::test
