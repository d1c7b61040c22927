// SPDX-License-Identifier: Apache-2.0
// Two containers of a mesh that cost nothing for what is idle and allocate nothing after their
// construction.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace athena::fabric::mesh {

/// A set of numbers below 4096, visited in ascending order.
class ActiveSet {
  public:
    explicit ActiveSet(std::size_t size) : words_((size + 63) / 64) {}

    void insert(std::uint32_t number) { insert_if(true, number); }
    void insert_if(bool condition, std::uint32_t number) {
        words_[number / 64] |= std::uint64_t{condition} << (number % 64);
    }
    [[nodiscard]] bool empty() const {
        return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
    }
    /// Those for which `stays` returns false leave the set. It may not insert.
    template <typename Stays>
    void visit(Stays stays) {
        for (std::uint32_t at = 0; at < words_.size(); ++at) {
            std::uint64_t gone = 0;
            for (std::uint64_t bits = words_[at]; bits != 0; bits &= bits - 1) {
                const auto number = static_cast<std::uint32_t>(std::countr_zero(bits));
                gone |= std::uint64_t{!stays(at * 64 + number)} << number;
            }
            words_[at] &= ~gone;
        }
    }
    [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
    void set_words(const std::vector<std::uint64_t>& words) { words_ = words; }

  private:
    std::vector<std::uint64_t> words_;
};

/// Things under way, by the cycle of their arrival modulo a power of two that no delay reaches.
template <typename T>
class DelayLine {
  public:
    /// At most `capacity` of them arrive in one cycle.
    DelayLine(std::size_t slots, std::size_t capacity)
        : mask_(slots - 1),
          shift_(static_cast<unsigned>(std::bit_width(capacity - 1))),
          counts_(slots),
          things_(slots << shift_) {}

    void put(std::uint64_t cycle, const T& thing) {
        T* const place = end(cycle);
        *place = thing;
        set_end(cycle, place + 1);
    }
    /// For many at once: where the next thing of the cycle goes, and that all before `end` are put.
    [[nodiscard]] T* end(std::uint64_t cycle) {
        const std::size_t slot = cycle & mask_;
        return &things_[slot << shift_] + counts_[slot];
    }
    void set_end(std::uint64_t cycle, const T* end) {
        const std::size_t slot = cycle & mask_;
        counts_[slot] = static_cast<std::uint32_t>(end - &things_[slot << shift_]);
    }
    [[nodiscard]] std::span<const T> at(std::uint64_t cycle) const {
        const std::size_t slot = cycle & mask_;
        return {things_.data() + (slot << shift_), counts_[slot]};
    }
    void clear(std::uint64_t cycle) { counts_[cycle & mask_] = 0; }
    [[nodiscard]] std::size_t slots() const { return counts_.size(); }
    [[nodiscard]] std::size_t capacity() const { return std::size_t{1} << shift_; }

  private:
    std::size_t mask_;
    unsigned shift_;
    std::vector<std::uint32_t> counts_;
    std::vector<T> things_;
};

}  // namespace athena::fabric::mesh
