// SPDX-License-Identifier: Apache-2.0
// An HBM controller under test: every command of every channel goes through a checker, and every
// sum is checked at the end.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "bench/hbm/traffic.h"
#include "memory/hbm_checker.h"
#include "memory/hbm_controller.h"

namespace athena::test {

class HbmRig {
  public:
    explicit HbmRig(const memory::HbmConfig& config) : HbmRig(config, config) {}
    /// `rules`: what the checker believes, where a test wants it to find fault.
    HbmRig(const memory::HbmConfig& config, const memory::HbmConfig& rules)
        : controller(config),
          logs(controller.channels()),
          checkers(controller.channels(), memory::HbmChecker(rules)) {
        attach();
    }
    HbmRig(const HbmRig&) = delete;
    HbmRig& operator=(const HbmRig&) = delete;

    void attach() {
        for (unsigned i = 0; i < controller.channels(); ++i) {
            controller.channel(i).record(&logs[i]);
        }
    }
    /// The first fault of the commands so far.
    std::string check() {
        for (unsigned i = 0; i < logs.size(); ++i) {
            if (const auto reason = checkers[i].check(logs[i]); reason && fault.empty()) {
                fault = "channel " + std::to_string(i) + ": " + *reason;
            }
        }
        return fault;
    }
    HbmMeasured run(const HbmTraffic& traffic) {
        const HbmMeasured measured = run_traffic(controller, traffic, [this](memory::HbmCycle now) {
            if (now % 4096 == 0) {
                check();
            }
        });
        finish(traffic.warm_up + traffic.cycles);
        return measured;
    }
    void finish(memory::HbmCycle now) {
        controller.settle(now);
        CHECK(check() == "");
        for (const memory::HbmChecker& checker : checkers) {
            CHECK(checker.finish(now).value_or("") == "");
        }
        CHECK(controller.check_conservation().value_or("") == "");
    }

    memory::HbmController controller;
    std::vector<memory::HbmCommandLog> logs;
    std::vector<memory::HbmChecker> checkers;
    std::string fault;
};

using HbmSettings = std::vector<std::pair<const char*, const char*>>;

inline memory::HbmConfig hbm_with(const char* preset, const HbmSettings& set) {
    memory::HbmConfig config = *memory::hbm_preset(preset);
    for (const auto& [key, value] : set) {
        REQUIRE(memory::hbm_set(config, key, value).value_or("") == "");
    }
    REQUIRE(config.check().value_or("") == "");
    return config;
}

}  // namespace athena::test
