// SPDX-License-Identifier: Apache-2.0
// Bad usage, board file or input file: exit status 2 with this one line.
#pragma once

#include <stdexcept>
#include <string>

#include "base/one_line.h"

namespace athena::sim {

class UsageError : public std::runtime_error {
  public:
    explicit UsageError(const std::string& text) : std::runtime_error(base::one_line(text)) {}
};

}  // namespace athena::sim
