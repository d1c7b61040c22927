// SPDX-License-Identifier: Apache-2.0
// How far the losses of the board's arithmetic are from those in float64 (docs/charlm.md).
#pragma once

#include <cstdint>

#include "options.h"

namespace athena::charlm {

// Distance of the losses of training steps, in nats, from a run in float64.
struct Distance {
    double largest = 0.0;  // of any step's loss
    double mean = 0.0;     // of the mean of all the losses
};

struct Deviation {
    Distance same_rounding;  // float64 with operands rounded to BF16 at the same places
    Distance no_rounding;    // float64 without any rounding
};

// Over the first `steps` steps of a run of `options`.
[[nodiscard]] Deviation measure_deviation(const Options& options, const Text& text,
                                          std::uint32_t steps);

}  // namespace athena::charlm
