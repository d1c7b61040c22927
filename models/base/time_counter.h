// SPDX-License-Identifier: Apache-2.0
// The board's running counter (mtime), read at an instant: a hart that runs ahead of board time
// reads it at its own.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace athena::base {

class TimeCounter {
  public:
    /// Value of the counter at board time `at`, in ticks; no side effects.
    [[nodiscard]] virtual std::uint64_t count(Picoseconds at) const = 0;

  protected:
    ~TimeCounter() = default;
};

}  // namespace athena::base
