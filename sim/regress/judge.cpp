// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/judge.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>

namespace athena::regress {

namespace {

/// Calls `visit` with each line that the library's matcher can take, until it returns true: the
/// matcher recurses for each character, so a line is cut where it would need too much stack.
/// Returns the place behind what was found, or nothing.
std::optional<std::size_t> find_in_lines(const std::string& text, std::size_t from,
                                         const std::regex& regex) {
    constexpr std::size_t kLongestLine = 1024;
    while (from < text.size()) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        const std::size_t last = std::min(end, from + kLongestLine);
        std::smatch match;
        if (std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(from),
                              text.begin() + static_cast<std::ptrdiff_t>(last), match, regex)) {
            return static_cast<std::size_t>(match[0].second - text.begin());
        }
        from = end + 1;
    }
    return std::nullopt;
}

std::optional<std::string> wrong_output(const Run& run, const std::string& output) {
    std::size_t from = 0;
    for (const std::string& pattern : run.console) {
        const auto found = find_in_lines(output, from, std::regex(pattern));
        if (!found) {
            return "output lacks /" + pattern + "/";
        }
        from = *found;
    }
    for (const std::string& pattern : run.forbidden) {
        if (find_in_lines(output, 0, std::regex(pattern))) {
            return "output has /" + pattern + "/";
        }
    }
    return std::nullopt;
}

const nlohmann::json* child_of(const nlohmann::json& node, const std::string& name) {
    if (node.is_object()) {
        const auto found = node.find(name);
        return found == node.end() ? nullptr : &*found;
    }
    const bool is_number = !name.empty() && name.size() < 10 &&
                           name.find_first_not_of("0123456789") == std::string::npos;
    return node.is_array() && is_number && std::stoul(name) < node.size() ? &node[std::stoul(name)]
                                                                          : nullptr;
}

/// The value below `path`; a name may have dots itself.
const nlohmann::json* value_at(const nlohmann::json& node, const std::string& path) {
    if (const auto* const child = child_of(node, path)) {
        return child;
    }
    for (std::size_t dot = path.find('.'); dot != std::string::npos;
         dot = path.find('.', dot + 1)) {
        if (const auto* const child = child_of(node, path.substr(0, dot))) {
            if (const auto* const value = value_at(*child, path.substr(dot + 1))) {
                return value;
            }
        }
    }
    return nullptr;
}

std::string shown(double value) {
    std::ostringstream text;
    text.precision(15);
    text << value;
    return text.str();
}

std::optional<std::string> wrong_statistics(const Outcome& outcome) {
    if (outcome.run->bounds.empty()) {
        return std::nullopt;
    }
    const auto all =
        nlohmann::json::parse(read_file(outcome.folder / "stats.json"), nullptr, false);
    if (!all.is_object()) {
        return "there is no stats.json to hold against bounds";
    }
    for (const Bound& bound : outcome.run->bounds) {
        const std::string path =
            bound.path.starts_with("run.") ? bound.path : "machine." + bound.path;
        const auto* const value = value_at(all, path);
        if (value == nullptr || !value->is_number()) {
            return "statistics have no number '" + bound.path + "'";
        }
        const double number = value->get<double>();
        if (bound.least && number < *bound.least) {
            return bound.path + " is " + shown(number) + ", expected at least " +
                   shown(*bound.least);
        }
        if (bound.most && number > *bound.most) {
            return bound.path + " is " + shown(number) + ", expected at most " + shown(*bound.most);
        }
    }
    return std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        lines.push_back(line);
    }
    return lines;
}

/// Where two texts differ first, or nothing.
std::optional<std::string> first_difference(const std::string& expected, const std::string& actual,
                                            const std::string& name) {
    if (expected == actual) {
        return std::nullopt;
    }
    const auto wanted = lines_of(expected);
    const auto found = lines_of(actual);
    const auto [at, other] = std::ranges::mismatch(wanted, found);
    const auto line = [](const auto& place, const auto& lines) {
        constexpr std::size_t kShown = 100;
        return place == lines.end() ? std::string("its end") : "'" + place->substr(0, kShown) + "'";
    };
    return name + ":" + std::to_string(at - wanted.begin() + 1) + " is " + line(other, found) +
           ", expected " + line(at, wanted);
}

std::optional<std::string> wrong_signature(const Outcome& outcome) {
    if (!outcome.run->signature) {
        return std::nullopt;
    }
    return first_difference(read_file(*outcome.run->signature),
                            read_file(outcome.folder / "signature.txt"), "signature.txt");
}

std::optional<std::string> wrong_losses(const Outcome& outcome, const std::string& output) {
    if (!outcome.run->losses) {
        return std::nullopt;
    }
    const auto lines = lines_of(output);
    auto at = lines.begin();
    std::size_t number = 0;
    for (const std::string& wanted : lines_of(read_file(*outcome.run->losses))) {
        ++number;
        const auto found = std::find_if(at, lines.end(), [&](const std::string& line) {
            return line.find(wanted) != std::string::npos;
        });
        if (found == lines.end()) {
            return "output lacks line " + std::to_string(number) + " of " +
                   outcome.run->losses->filename().string() + ", '" + wanted + "'";
        }
        at = found + 1;
    }
    return std::nullopt;
}

std::optional<std::string> unexpected(const Outcome& outcome, int status) {
    if (WEXITSTATUS(status) != outcome.run->exit_status) {
        return "exit status " + std::to_string(WEXITSTATUS(status)) + ", expected " +
               std::to_string(outcome.run->exit_status);
    }
    const std::string output =
        read_file(outcome.folder / "console.txt") + read_file(outcome.folder / "log.txt");
    for (const auto& wrong : {wrong_output(*outcome.run, output), wrong_losses(outcome, output),
                              wrong_signature(outcome), wrong_statistics(outcome)}) {
        if (wrong) {
            return wrong;
        }
    }
    return std::nullopt;
}

std::string day(std::chrono::sys_days days) {
    const std::chrono::year_month_day date(days);
    char text[32];
    std::snprintf(text, sizeof text, "%d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

void apply_known_failure(Outcome& outcome, std::chrono::sys_days today) {
    if (!outcome.run->known_failure) {
        return;
    }
    const KnownFailure& known = *outcome.run->known_failure;
    if (outcome.verdict == Verdict::Passed) {
        outcome.reason = "passes, though known to fail: " + known.reason;
    } else if (today <= known.until) {
        outcome.verdict = Verdict::Known;
        outcome.reason += "; known until " + day(known.until) + ": " + known.reason;
    } else {
        outcome.reason += "; was known until " + day(known.until) + ": " + known.reason;
    }
}

/// The part of the statistics that is the same for every run.
nlohmann::json machine_of(const Outcome& outcome) {
    const auto all =
        nlohmann::json::parse(read_file(outcome.folder / "stats.json"), nullptr, false);
    return all.is_object() ? all.value("machine", nlohmann::json()) : nlohmann::json();
}

std::optional<std::string> repeated_otherwise(const Outcome& first, const Outcome& again) {
    if (first.verdict != again.verdict) {
        return "was '" + std::string(name_of(first.verdict)) + "' the first time, '" +
               std::string(name_of(again.verdict)) + "' when repeated" +
               (again.reason.empty() ? "" : ": " + again.reason);
    }
    if (first.verdict == Verdict::TimedOut || first.verdict == Verdict::Flooded) {
        return std::nullopt;  // the host ended them somewhere
    }
    if (const auto difference =
            first_difference(read_file(first.folder / "console.txt"),
                             read_file(again.folder / "console.txt"), "console.txt")) {
        return "repeated, " + *difference + " as the first time";
    }
    const nlohmann::json difference = nlohmann::json::diff(machine_of(first), machine_of(again));
    if (!difference.empty()) {
        return "repeated, the statistics differ at machine" +
               difference.front().value("path", std::string());
    }
    return std::nullopt;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void judge(Outcome& outcome, int status, Ended ended, std::chrono::sys_days today) {
    const Run& run = *outcome.run;
    outcome.verdict = Verdict::Failed;
    outcome.reason.clear();
    if (ended == Ended::TimeLimit) {
        outcome.verdict = Verdict::TimedOut;
        outcome.reason = "did not end within " + std::to_string(run.timeout.count()) + " s";
    } else if (ended == Ended::MemoryLimit) {
        outcome.verdict = Verdict::Flooded;
        outcome.reason = "took more than " + std::to_string(run.memory_mib.value_or(0)) + " MiB";
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) {
        outcome.verdict = Verdict::Flooded;
        outcome.reason = "a file of it grew beyond " + std::to_string(run.output_mib) + " MiB";
    } else if (WIFSIGNALED(status)) {
        outcome.verdict = Verdict::Crashed;
        outcome.reason = std::string("ended by signal: ") + strsignal(WTERMSIG(status));
    } else if (const auto reason = unexpected(outcome, status)) {
        outcome.reason = *reason;
    } else {
        outcome.verdict = Verdict::Passed;
    }
    apply_known_failure(outcome, today);
}

void judge_repetitions(std::vector<Outcome>& outcomes) {
    std::map<std::string, const Outcome*> first;
    for (Outcome& outcome : outcomes) {
        const std::string& original = outcome.run->original;
        if (original.empty()) {
            first[outcome.run->name] = &outcome;
            continue;
        }
        const auto found = first.find(original);
        if (found == first.end() || found->second->verdict == Verdict::NotRun ||
            outcome.verdict == Verdict::NotRun || outcome.verdict == Verdict::Flaky) {
            continue;
        }
        if (const auto reason = repeated_otherwise(*found->second, outcome)) {
            outcome.verdict = Verdict::Flaky;
            outcome.reason = *reason;
        }
    }
}

}  // namespace athena::regress
