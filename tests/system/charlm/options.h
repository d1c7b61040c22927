// SPDX-License-Identifier: Apache-2.0
// What a run of charlm depends on, with the defaults of docs/charlm.md.
#pragma once

#include <cstdint>

#include "training/text.h"

namespace athena::charlm {

struct Options {
    std::uint32_t steps = 2000;
    std::uint32_t batch = 128;
    std::uint32_t context = 6;
    std::uint32_t embedding = 32;
    std::uint32_t hidden = 256;
    std::uint64_t seed = 1;
    float rate = 0.3f;
    float momentum = 0.9f;
    std::uint32_t every = 100;   // steps between two loss lines
    std::uint32_t eval = 0;      // validation characters; 0 means all
    std::uint32_t sample = 400;  // characters to generate
    float temperature = 0.7f;
};

// Streams of draws.
enum Stream : std::uint32_t { kEmbedding, kLayer1, kLayer2, kBatch, kSample };

using training::Text;

}  // namespace athena::charlm
