// SPDX-License-Identifier: Apache-2.0
// Which banks of a channel have passed their earliest cycle, as a mask, so that a scheduler looks
// at all banks at once. The cycles themselves are the calendar's: a gate looks at those of closed
// banks alone, and only when the first of them may have come.
#pragma once

#include <algorithm>
#include <bit>

#include "memory/hbm_config.h"

namespace athena::memory {

class HbmGate {
  public:
    /// The earliest cycle of the banks of `mask` is now `at`, or later if it was.
    void close(std::uint64_t mask, HbmCycle at) {
        closed_ |= mask;
        next_ = std::min(next_, at);
    }
    /// Lets in the banks whose cycle has come: `at(bank)` is the earliest of a bank, and of all
    /// banks of `mask(bank)`. `now` does not go back.
    template <typename At, typename Mask>
    void look(HbmCycle now, At&& at, Mask&& mask) {
        if (now < next_) {
            return;
        }
        HbmCycle next = kHbmNever;
        std::uint64_t open = 0;
        for (std::uint64_t rest = closed_; rest != 0;) {
            const auto bank = static_cast<unsigned>(std::countr_zero(rest));
            const std::uint64_t banks = mask(bank);
            const HbmCycle cycle = at(bank);
            // All bits if its cycle has come, else none: a branch would be guessed wrong too often.
            const std::uint64_t come = 0 - std::uint64_t{cycle <= now};
            rest &= ~banks;
            open |= banks & come;
            next = std::min(next, cycle | come);
        }
        closed_ &= ~open;
        next_ = next;
    }
    /// As of the last look().
    [[nodiscard]] std::uint64_t closed() const { return closed_; }
    /// No closed bank opens before.
    [[nodiscard]] HbmCycle next() const { return next_; }
    /// The cycles have become others.
    void forget() {
        closed_ = ~std::uint64_t{0};
        next_ = 0;
    }

  private:
    std::uint64_t closed_ = 0;
    HbmCycle next_ = kHbmNever;
};

}  // namespace athena::memory
