// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace athena::perf {

/// What software says it has done, in the unit that it had named last.
struct Work {
    std::string unit;  ///< printable
    std::uint64_t amount = 0;
};

}  // namespace athena::perf
