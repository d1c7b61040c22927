// SPDX-License-Identifier: Apache-2.0
#include "sim/log_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "sim/usage_error.h"

namespace athena::sim {

namespace {

std::size_t find(const std::string& text, std::string_view name, const char* what,
                 std::span<const std::string_view> names) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
        throw UsageError(fmt::format("--log {}: there is no {} '{}'; there are {}{}", text, what,
                                     name, fmt::join(names, ", "),
                                     names.data() == base::kLogSubsystems.data() ? ", all" : ""));
    }
    return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

void set_log_levels(const std::string& text, base::LogLevels& levels) {
    std::string_view rest = text;
    for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        more = comma != std::string_view::npos;
        rest.remove_prefix(more ? comma + 1 : rest.size());
        const std::size_t equal = std::min(part.find('='), part.size());
        const std::string_view subsystem = part.substr(0, equal);
        const std::string_view name =
            equal == part.size() ? std::string_view("debug") : part.substr(equal + 1);
        const auto level = static_cast<base::LogLevel>(find(text, name, "level", base::kLogLevels));
        if (subsystem == "all") {
            levels.fill(level);
        } else {
            levels[find(text, subsystem, "subsystem", base::kLogSubsystems)] = level;
        }
    }
}

}  // namespace athena::sim
