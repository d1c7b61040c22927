// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace athena::perf {

/// Names that software has given to parts of its work, by their numbers, 1 to 65535: printable,
/// "layer/operation" or an operation alone.
using Sections = std::map<std::uint16_t, std::string>;

/// Told of each instant that software marks.
class MarkObserver {
  public:
    /// `name`: printable. `now` in picoseconds.
    virtual void marked(std::string_view name, std::uint32_t number, std::uint64_t now) = 0;

  protected:
    ~MarkObserver() = default;
};

}  // namespace athena::perf
