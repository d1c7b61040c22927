// SPDX-License-Identifier: Apache-2.0
// The settings of a matrix, and the texts that name them.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace athena::regress {

/// Keys and the values that each takes.
using Matrix = std::vector<std::pair<std::string, std::vector<std::string>>>;
using Combination = std::map<std::string, std::string>;

inline constexpr std::size_t kMostRuns = 100'000;

/// Their number; more than kMostRuns are told as kMostRuns + 1.
[[nodiscard]] std::size_t combinations(const Matrix& matrix);

/// All combinations, the last key changing first; one without settings for an empty matrix.
void for_each_combination(const Matrix& matrix,
                          const std::function<void(const Combination&)>& visit);

/// Replaces each {key} of the settings by its value. What stands in other braces stays.
[[nodiscard]] std::string substitute(const std::string& text, const Combination& settings);

}  // namespace athena::regress
