// SPDX-License-Identifier: Apache-2.0
// Two containers of a mesh that cost nothing for what is idle and allocate nothing after their
// construction.
#pragma once

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

    void insert(std::uint32_t number) {
        words_[number / 64] |= std::uint64_t{1} << (number % 64);
        summary_ |= std::uint64_t{1} << (number / 64);
    }
    [[nodiscard]] bool empty() const { return summary_ == 0; }
    /// Those for which `stays` returns false leave the set. It may not insert.
    template <typename Stays>
    void visit(Stays stays) {
        for (std::uint64_t left = summary_; left != 0; left &= left - 1) {
            const auto at = static_cast<std::uint32_t>(std::countr_zero(left));
            std::uint64_t kept = words_[at];
            for (std::uint64_t bits = kept; bits != 0; bits &= bits - 1) {
                const auto number = at * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
                const std::uint64_t gone = std::uint64_t{!stays(number)} << (number % 64);
                kept &= ~gone;
            }
            words_[at] = kept;
            summary_ &= ~(std::uint64_t{kept == 0} << at);
        }
    }
    [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
    void set_words(const std::vector<std::uint64_t>& words) {
        words_ = words;
        summary_ = 0;
        for (std::size_t at = 0; at < words.size(); ++at) {
            summary_ |= std::uint64_t{words[at] != 0} << at;
        }
    }

  private:
    std::vector<std::uint64_t> words_;
    std::uint64_t summary_ = 0;
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

    /// Puts things that arrive in one cycle; no other writer of that cycle may live meanwhile.
    class Writer {
      public:
        Writer(DelayLine& line, std::uint64_t cycle)
            : count_(line.counts_[cycle & line.mask_]),
              first_(&line.things_[(cycle & line.mask_) << line.shift_]),
              next_(first_ + count_) {}
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;
        ~Writer() { count_ = static_cast<std::uint32_t>(next_ - first_); }
        void put(const T& thing) { *next_++ = thing; }

      private:
        std::uint32_t& count_;
        T* first_;
        T* next_;
    };

    void put(std::uint64_t cycle, const T& thing) { Writer(*this, cycle).put(thing); }
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
