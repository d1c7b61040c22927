// SPDX-License-Identifier: Apache-2.0
#include "sim/statistics_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/version.h"

namespace athena::sim {

namespace {

/// Counters as a tree of objects; children named by a number are elements of an array.
class JsonVisitor final : public base::StatisticsVisitor {
  public:
    explicit JsonVisitor(nlohmann::ordered_json& root) : path_{&root} {}

    void counter(std::string_view name, std::uint64_t value) override {
        (*path_.back())[std::string(name)] = value;
    }

    void enter(std::string_view name) override {
        nlohmann::ordered_json& parent = *path_.back();
        if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) {
            parent.push_back(nlohmann::ordered_json::object());
            path_.push_back(&parent.back());
        } else {
            path_.push_back(&parent[std::string(name)]);
        }
    }

    void leave() override { path_.pop_back(); }

  private:
    std::vector<nlohmann::ordered_json*> path_;
};

constexpr double kMillion = 1e6;

}  // namespace

void StatisticsFile::write(const base::StatisticsSource& machine, const RunFacts& run) {
    nlohmann::ordered_json root;
    JsonVisitor visitor(root["machine"]);
    machine.report(visitor);
    const double seconds = run.wall_seconds;
    const double mips =
        seconds > 0 ? static_cast<double>(run.instructions) / seconds / kMillion : 0;
    root["run"] = {{"wall_seconds", seconds},
                   {"mips", mips},
                   {"version", version()},
                   {"command_line", run.command_line}};
    if (!run.work_unit.empty()) {
        root["run"][run.work_unit + "_per_second"] = run.work_per_second;
    }
    file_.write(root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace athena::sim
