// SPDX-License-Identifier: Apache-2.0
// Which runs of a suite an invocation is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/regress/suite.h"

namespace athena::regress {

/// Part `index` of `count`, from 1 on.
struct Shard {
    unsigned index = 1;
    unsigned count = 1;
};

/// "i/n" with 1 <= i <= n <= 10000. Throws SuiteError.
[[nodiscard]] Shard parse_shard(const std::string& text);

/// The runs whose name or one of whose labels the expression matches, of these every `count`-th,
/// each `repeat` times: the further ones are named NAME.repeat2 and so on. Throws SuiteError if
/// `filter` is no regular expression.
[[nodiscard]] std::vector<Run> select_runs(const Suite& suite,
                                           const std::optional<std::string>& filter, Shard shard,
                                           unsigned repeat);

}  // namespace athena::regress
