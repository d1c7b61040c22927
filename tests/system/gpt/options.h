// SPDX-License-Identifier: Apache-2.0
// What gpt is told: docs/gpt.md, "Parameters".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schedule.h"
#include "training/text.h"

namespace athena::gpt {

struct Options {
    std::uint32_t layers = 4;
    std::uint32_t heads = 4;
    std::uint32_t channels = 128;
    std::uint32_t block = 64;
    std::uint32_t batch = 12;
    std::uint32_t vocabulary = 0;
    std::uint32_t shares = 1;
    std::uint64_t seed = 1;
    std::uint32_t mxfp8 = 0;
    std::uint32_t e5m2 = 1;
    float clip = 1;
    gpt_schedule schedule{1e-3F, 1e-4F, 100, 2000, 0.9F, 0.99F, 1e-8F, 0.1F};
    std::uint32_t stop = 0;    ///< steps at the end of the run; read_options() fills it in
    std::uint32_t keep = 100;  ///< of checkpoints: no bit depends on it
    std::uint32_t every = 100;
    std::uint32_t eval = 20;
    std::uint32_t eval_every = 500;
    std::uint32_t sample = 400;
    float temperature = 0.8F;
};

/// Words key=value, read as the board reads them. Throws std::invalid_argument if one is unknown or
/// out of range, or if they make no sense together.
[[nodiscard]] Options read_options(const std::vector<std::string>& words);

using training::Text;

/// Streams of draws: docs/gpt.md, "Data".
inline constexpr std::uint32_t kStarts = 0x80000000;
inline constexpr std::uint32_t kSample = 0x80000001;
inline constexpr std::uint32_t kTokens = 0x80000002;

struct Batch {
    std::vector<std::int32_t> tokens;
    std::vector<std::int32_t> targets;
};
[[nodiscard]] Batch training_batch(const Options& options, const Text& text, std::uint32_t step);
[[nodiscard]] Batch validation_batch(const Options& options, const Text& text, std::uint32_t index);

}  // namespace athena::gpt
