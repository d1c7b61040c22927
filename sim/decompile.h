// SPDX-License-Identifier: Apache-2.0
// A device tree as source text.
#pragma once

#include <cstddef>
#include <ostream>
#include <span>

namespace athena::sim {

/// Writes a flattened device tree as dtc reads it. Properties that look like text are written as
/// text, others as cells, or as bytes if they are no whole cells. Throws std::runtime_error if the
/// tree is damaged.
void decompile(std::span<const std::byte> blob, std::ostream& out);

}  // namespace athena::sim
