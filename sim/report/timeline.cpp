// SPDX-License-Identifier: Apache-2.0
#include "sim/report/timeline.h"

#include <algorithm>

namespace athena::sim {

void Timeline::widen(std::uint64_t bin) {
    for (; bin_ < bin; bin_ *= 2) {
        for (std::size_t i = 0; i < kBins / 2; ++i) {
            busy_[i] = busy_[2 * i] + busy_[2 * i + 1];
        }
        std::fill(busy_.begin() + kBins / 2, busy_.end(), 0);
    }
}

void Timeline::add(std::uint64_t begin, std::uint64_t end) {
    while (end > bin_ * kBins) {
        widen(2 * bin_);
    }
    while (begin < end) {
        const std::size_t index = begin / bin_;
        const std::uint64_t part = std::min(end, (index + 1) * bin_) - begin;
        busy_[index] += part;
        begin += part;
    }
}

}  // namespace athena::sim
