// SPDX-License-Identifier: Apache-2.0
// Why a run does not begin, in one line. Bad usage, board file or input file: exit status 2.
#pragma once

#include <stdexcept>
#include <string>

#include "base/one_line.h"

namespace athena::sim {

class UsageError : public std::runtime_error {
  public:
    explicit UsageError(const std::string& text) : std::runtime_error(base::one_line(text)) {}
};

/// Ctrl-C before the board runs: exit status 130.
class InterruptedError : public std::runtime_error {
  public:
    InterruptedError() : std::runtime_error("interrupted") {}
};

}  // namespace athena::sim
