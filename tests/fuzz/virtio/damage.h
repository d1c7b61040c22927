// SPDX-License-Identifier: Apache-2.0
// What a bad driver does to a ring.
#pragma once

#include "ring_bench.h"

namespace athena::test {

/// Where a limit of something is.
[[nodiscard]] std::uint64_t odd_address(Random& random);

/// Spoils one descriptor or entry of a ring, or a chain of them.
void damage(RingBench& bench, Random& random, const Ring& ring);

}  // namespace athena::test
