// SPDX-License-Identifier: Apache-2.0
#include "deviation.h"

#include <algorithm>
#include <cmath>

#include "float64.h"
#include "reference.h"

namespace athena::charlm {

namespace {

void add(Distance& distance, double board, double float64) {
    distance.largest = std::max(distance.largest, std::abs(board - float64));
    distance.mean += board - float64;
}

}  // namespace

Deviation measure_deviation(const Options& options, const Text& text, std::uint32_t steps) {
    Reference board(options, text);
    Float64 same(options, text, Rounding::Bf16);
    Float64 plain(options, text, Rounding::None);
    Deviation found;
    for (std::uint32_t step = 0; step < steps; ++step) {
        const double loss = static_cast<double>(board.train_step(step));
        add(found.same_rounding, loss, same.train_step(step));
        add(found.no_rounding, loss, plain.train_step(step));
    }
    for (Distance* distance : {&found.same_rounding, &found.no_rounding}) {
        distance->mean = std::abs(distance->mean) / steps;
    }
    return found;
}

}  // namespace athena::charlm
