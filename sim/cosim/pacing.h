// SPDX-License-Identifier: Apache-2.0
// How many commands a round lets wait, so that the queue is empty, half full and full at times.
#pragma once

#include <array>
#include <cstddef>

#include "sim/cosim/random.h"

namespace athena::cosim {

class Pacing {
  public:
    explicit Pacing(Random& random) : random_(random) { change(); }

    /// Whether the next command may be pushed while `outstanding` ones have not completed.
    [[nodiscard]] bool wants(std::size_t outstanding) const { return outstanding < most_; }
    void pushed() {
        if (random_.chance(15)) {
            change();
        }
    }

  private:
    void change() {
        constexpr std::array<std::size_t, 8> kMost{1, 1, 2, 4, 6, 8, 64, 64};
        most_ = kMost[random_.below(kMost.size())];
    }

    Random& random_;
    std::size_t most_ = 1;
};

}  // namespace athena::cosim
