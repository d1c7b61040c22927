// SPDX-License-Identifier: Apache-2.0
// A command line as one can give it to a shell.
#pragma once

#include <string>
#include <vector>

namespace athena::sim {

/// The words, quoted where that is needed, with spaces between.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

}  // namespace athena::sim
