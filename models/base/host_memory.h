// SPDX-License-Identifier: Apache-2.0
// When the host has less memory than the board takes.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace athena::base {

/// One line: what there is no memory for, and what to do.
class HostMemoryError : public std::runtime_error {
  public:
    explicit HostMemoryError(const std::string& what)
        : std::runtime_error(what +
                             ": the host has not enough memory: allow more (ulimit -v), or take "
                             "less (--memory, --set hbm.size=…)") {}
    /// No `bytes` in one piece for a memory of the board.
    HostMemoryError(const std::string& name, std::uint64_t bytes)
        : HostMemoryError(std::to_string(bytes / 1024) + " KiB for " + name) {}
};

}  // namespace athena::base
