// SPDX-License-Identifier: Apache-2.0
// The shipped board athena-mini, with numbers changed as by --set.
#pragma once

#include <string>
#include <vector>

#include "platform/board_file.h"

namespace athena::test {

inline platform::BoardConfig mini_board(const std::vector<std::string>& overrides = {}) {
    return platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", overrides);
}

}  // namespace athena::test
