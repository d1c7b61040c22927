// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace athena::perf {

/// Names that software has given to parts of its work, by their numbers, 1 to 65535: printable,
/// "layer/operation" or an operation alone.
using Sections = std::map<std::uint16_t, std::string>;

}  // namespace athena::perf
