// SPDX-License-Identifier: Apache-2.0
#include "numerics/workspace.h"

namespace athena::numerics {

std::span<float> Workspace::floats(std::size_t count) {
    constexpr std::size_t kPerLine = sizeof(Line) / sizeof(float);
    const std::size_t lines = (count + kPerLine - 1) / kPerLine;
    if (lines_.size() < lines) {
        lines_.resize(lines);
    }
    return {lines_.empty() ? nullptr : lines_.front().value, count};
}

Workspace& thread_workspace() {
    static thread_local Workspace workspace;
    return workspace;
}

}  // namespace athena::numerics
