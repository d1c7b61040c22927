// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/outcome.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace athena::regress {

namespace {
constexpr std::array<std::string_view, 9> kNames = {
    "passed", "failed", "timed-out", "crashed", "flooded", "flaky", "known", "lost", "not-run"};
}

std::string_view name_of(Verdict verdict) {
    return kNames.at(static_cast<std::size_t>(verdict));
}

Verdict verdict_named(std::string_view name) {
    const auto* const found = std::ranges::find(kNames, name);
    if (found == kNames.end()) {
        throw std::invalid_argument("verdict '" + std::string(name) + "'");
    }
    return static_cast<Verdict>(found - kNames.begin());
}

}  // namespace athena::regress
