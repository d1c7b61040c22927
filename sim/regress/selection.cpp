// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/selection.h"

#include <algorithm>
#include <charconv>
#include <regex>

namespace athena::regress {

Shard parse_shard(const std::string& text) {
    constexpr unsigned kMost = 10'000;
    Shard shard;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, shard.index);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
        const auto second = std::from_chars(first.ptr + 1, end, shard.count);
        if (second.ec == std::errc() && second.ptr == end && shard.index >= 1 &&
            shard.index <= shard.count && shard.count <= kMost) {
            return shard;
        }
    }
    throw SuiteError("--shard " + text +
                     ": expected i/n with 1 <= i <= n <= " + std::to_string(kMost));
}

std::vector<Run> select_runs(const Suite& suite, const std::optional<std::string>& filter,
                             Shard shard, unsigned repeat) {
    std::optional<std::regex> regex;
    try {
        if (filter) {
            regex.emplace(*filter);
        }
    } catch (const std::regex_error&) {
        throw SuiteError("--filter '" + *filter + "' is not a regular expression");
    }
    std::vector<Run> runs;
    std::size_t number = 0;
    for (const Run& run : suite.runs) {
        const auto matches = [&](const std::string& text) {
            return !regex || std::regex_search(text, *regex);
        };
        if (!matches(run.name) && !std::ranges::any_of(run.labels, matches)) {
            continue;
        }
        if (number++ % shard.count != shard.index - 1) {
            continue;
        }
        for (unsigned time = 1; time <= repeat; ++time) {
            Run& again = runs.emplace_back(run);
            if (time != 1) {
                again.original = run.name;
                again.name += ".repeat" + std::to_string(time);
            }
        }
    }
    return runs;
}

}  // namespace athena::regress
