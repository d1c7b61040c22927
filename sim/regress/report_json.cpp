// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "sim/regress/report.h"

namespace athena::regress {

std::string report_json(const Report& report) {
    using Json = nlohmann::ordered_json;
    const Counts counts = count(report.outcomes);
    Json json = {{"format", "athena-regress"}, {"version", 1},          {"suite", report.suite},
                 {"started", report.started},  {"ended", report.ended}, {"passed", counts.passed},
                 {"failed", counts.failed},    {"known", counts.known}, {"not_run", counts.not_run},
                 {"runs", Json::array()}};
    for (const Outcome& outcome : report.outcomes) {
        json["runs"].push_back({{"name", outcome.run->name},
                                {"verdict", name_of(outcome.verdict)},
                                {"reason", outcome.reason},
                                {"seconds", outcome.seconds},
                                {"folder", outcome.folder.string()},
                                {"labels", outcome.run->labels},
                                {"settings", outcome.run->settings},
                                {"carried", outcome.carried}});
    }
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace athena::regress
