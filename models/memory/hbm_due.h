// SPDX-License-Identifier: Apache-2.0
// Which channel may complete something first: a tree of winners, so that one channel's change costs
// the logarithm of their number.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "memory/hbm_config.h"

namespace athena::memory {

class HbmDue {
  public:
    explicit HbmDue(unsigned channels)
        : leaves_(std::bit_ceil(channels)),
          key_(leaves_, kHbmNever),
          winner_(2 * std::size_t{leaves_}) {
        for (unsigned channel = 0; channel < leaves_; ++channel) {
            winner_[leaves_ + channel] = channel;
        }
        for (unsigned node = leaves_ - 1; node != 0; --node) {
            winner_[node] = winner_[2 * node];
        }
        winner_[0] = 0;
    }

    /// The channel completes nothing before cycle `key`.
    void set(unsigned channel, HbmCycle key) {
        key_[channel] = key;
        for (unsigned node = (leaves_ + channel) / 2; node != 0; node /= 2) {
            const unsigned left = winner_[2 * node];
            const unsigned right = winner_[2 * node + 1];
            winner_[node] = key_[right] < key_[left] ? right : left;
        }
    }
    /// Of the channels with the least key the first.
    [[nodiscard]] unsigned channel() const { return leaves_ == 1 ? 0 : winner_[1]; }
    [[nodiscard]] HbmCycle cycle() const { return key_[channel()]; }
    /// To which cycle channel() goes on before another one's turn: those of a lower number come
    /// first in the same cycle.
    [[nodiscard]] HbmCycle bound_of_others() const {
        const unsigned own = channel();
        HbmCycle bound = kHbmNever;
        for (unsigned node = leaves_ + own; node > 1; node /= 2) {
            const unsigned other = winner_[node ^ 1U];
            bound = std::min(bound, other < own ? key_[other] - 1 : key_[other]);
        }
        return bound;
    }

  private:
    unsigned leaves_;
    std::vector<HbmCycle> key_;
    std::vector<unsigned> winner_;  // of a node's leaves; node n has 2 n and 2 n + 1 below it
};

}  // namespace athena::memory
