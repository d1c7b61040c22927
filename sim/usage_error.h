// SPDX-License-Identifier: Apache-2.0
// Bad usage, board file or input file: exit status 2 with this one line.
#pragma once

#include <stdexcept>

namespace athena::sim {

class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace athena::sim
