// SPDX-License-Identifier: Apache-2.0
// Contents of operands: elements of every format and scales, each fill of one class of numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/cosim/random.h"
#include "sim/cosim/shape.h"

namespace athena::cosim {

enum class Fill : std::uint8_t { Ordinary, Wide, Subnormal, Cancelling, Special, AnyBits };
inline constexpr unsigned kFills = 6;

[[nodiscard]] Fill random_fill(Random& random);

/// The elements of a matrix of operands; gaps between rows keep their bytes.
void fill_elements(Random& random, std::span<std::byte> l1, const Part& part,
                   regs::descriptor::OperandFormat format, Fill fill);
/// Those of an FP32 C to start from.
void fill_results(Random& random, std::span<std::byte> l1, const Part& part, Fill fill);
/// Scales (E8M0) of operands that have this fill.
void fill_scales(Random& random, std::span<std::byte> l1, const Part& part, Fill fill);

/// Bytes as BF16 (2) or FP32 (4) elements of any class.
void fill_bytes(Random& random, std::span<std::byte> bytes, unsigned element_bytes);

}  // namespace athena::cosim
