// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/history.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/regress/result_file.h"

namespace athena::regress {

History::History(std::filesystem::path file) : file_(std::move(file)) {
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
        lines_.push_back(line);
    }
    // A shard or a filter runs some of them only: lines enough for kKept of each.
    constexpr std::size_t kLines = 10 * kKept;
    if (lines_.size() > kLines) {
        lines_.erase(lines_.begin(), lines_.end() - kLines);
    }
    for (const std::string& line : lines_) {
        const auto json = nlohmann::json::parse(line, nullptr, false);
        if (!json.is_object() || !json.contains("runs") || !json["runs"].is_object()) {
            continue;
        }
        for (const auto& [name, past] : json["runs"].items()) {
            try {
                runs_[name].push_back({verdict_named(past.at(0).get<std::string>()), past.at(1)});
            } catch (const std::exception&) {
                continue;
            }
            if (runs_[name].size() > kKept) {
                runs_[name].erase(runs_[name].begin());
            }
        }
    }
}

const std::vector<Past>& History::of(const std::string& run) const {
    static const std::vector<Past> kNothing;
    const auto found = runs_.find(run);
    return found == runs_.end() ? kNothing : found->second;
}

void History::add(const std::vector<Outcome>& outcomes) {
    nlohmann::json runs = nlohmann::json::object();
    for (const Outcome& outcome : outcomes) {
        if (outcome.verdict != Verdict::NotRun && !outcome.carried) {
            runs[outcome.run->name] = {name_of(outcome.verdict), outcome.seconds};
        }
    }
    if (runs.empty()) {
        return;
    }
    lines_.push_back(nlohmann::json{{"runs", runs}}.dump());
    std::string text;
    for (const std::string& line : lines_) {
        text += line + '\n';
    }
    replace_file(file_, text);
}

}  // namespace athena::regress
