// SPDX-License-Identifier: Apache-2.0
// The [[device]] tables of a board file (docs/boards.md).
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "platform/board_config.h"

namespace athena::platform {

/// `file` stands in messages. Throws BoardFileError; whether ranges overlap is not looked at.
[[nodiscard]] std::vector<BoardConfig::Device> read_devices(const toml::node& node,
                                                            const std::string& file);

}  // namespace athena::platform
