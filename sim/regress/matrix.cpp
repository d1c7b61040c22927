// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/matrix.h"

#include <algorithm>

namespace athena::regress {

std::size_t combinations(const Matrix& matrix) {
    std::size_t count = 1;
    for (const auto& [key, values] : matrix) {
        count = std::min(count * values.size(), kMostRuns + 1);
    }
    return count;
}

void for_each_combination(const Matrix& matrix,
                          const std::function<void(const Combination&)>& visit) {
    std::vector<std::size_t> at(matrix.size(), 0);
    for (std::size_t left = combinations(matrix); left != 0; --left) {
        Combination combination;
        for (std::size_t i = 0; i < matrix.size(); ++i) {
            combination[matrix[i].first] = matrix[i].second[at[i]];
        }
        visit(combination);
        for (std::size_t i = matrix.size(); i-- != 0;) {
            if (++at[i] != matrix[i].second.size()) {
                break;
            }
            at[i] = 0;
        }
    }
}

std::string substitute(const std::string& text, const Combination& combination) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
        const auto found = end == std::string::npos
                               ? combination.end()
                               : combination.find(text.substr(at + 1, end - at - 1));
        if (found == combination.end()) {
            result += text[at++];
        } else {
            result += found->second;
            at = end + 1;
        }
    }
    return result;
}

}  // namespace athena::regress
