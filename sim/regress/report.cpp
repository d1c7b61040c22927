// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/report.h"

#include <fstream>

namespace athena::regress {

Counts count(const std::vector<Outcome>& outcomes) {
    Counts counts;
    for (const Outcome& outcome : outcomes) {
        switch (outcome.verdict) {
            case Verdict::Passed:
                ++counts.passed;
                break;
            case Verdict::Known:
                ++counts.known;
                break;
            case Verdict::NotRun:
                ++counts.not_run;
                break;
            default:
                ++counts.failed;
        }
    }
    return counts;
}

std::string tail_of(const std::filesystem::path& path, std::size_t bytes) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) {
        return {};
    }
    const auto size = static_cast<std::size_t>(in.tellg());
    const std::size_t from = size > bytes ? size - bytes : 0;
    in.seekg(static_cast<std::streamoff>(from));
    std::string text(size - from, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    const std::size_t line = from == 0 ? std::string::npos : text.find('\n');
    return line == std::string::npos ? text : text.substr(line + 1);
}

}  // namespace athena::regress
