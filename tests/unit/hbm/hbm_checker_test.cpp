// SPDX-License-Identifier: Apache-2.0
// The checker finds fault with commands that break a rule, and with a controller that believes
// other timing than the checker.
#include "memory/hbm_checker.h"

#include "rig.h"

using namespace athena;
using memory::HbmCommand;
using memory::HbmIssued;
using test::hbm_with;
using test::HbmRig;
using test::HbmStream;

namespace {

/// The fault of the last of `commands`; those before must be right.
std::string fault(const memory::HbmConfig& config, const std::vector<HbmIssued>& commands) {
    memory::HbmChecker checker(config);
    for (std::size_t i = 0; i + 1 < commands.size(); ++i) {
        REQUIRE(checker.check(commands[i]).value_or("") == "");
    }
    return checker.check(commands.back()).value_or("");
}

}  // namespace

TEST_CASE("hbm checker: each rule is broken by one cycle and kept by the next") {
    const memory::HbmConfig legacy = hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"rc", "50"}});
    auto per_bank = legacy;
    per_bank.refresh = memory::HbmRefresh::PerBank;
    const memory::HbmConfig pseudo = hbm_with("hbm2-pseudochannel", {{"channels", "1"}});
    constexpr auto A = HbmCommand::Activate;
    constexpr auto P = HbmCommand::Precharge;
    constexpr auto PA = HbmCommand::PrechargeAll;
    constexpr auto R = HbmCommand::Read;
    constexpr auto W = HbmCommand::Write;
    constexpr auto RA = HbmCommand::ReadAuto;
    constexpr auto WA = HbmCommand::WriteAuto;
    constexpr auto REF = HbmCommand::Refresh;
    constexpr auto REFB = HbmCommand::RefreshBank;
    struct Case {
        const char* rule;
        std::vector<HbmIssued> commands;  // the last is a cycle too early
        const memory::HbmConfig& config;
    };
    // Banks 0 and 1 are one group, 4 another.
    const std::vector<Case> cases = {
        {"tRCDRD", {{0, A, 0}, {13, R, 0}}, legacy},
        {"tRCDWR", {{0, A, 0}, {13, W, 0}}, legacy},
        {"tRAS", {{0, A, 0}, {33, P, 0}}, legacy},
        {"tRAS", {{0, A, 0}, {33, PA, 0}}, legacy},
        {"tRC", {{0, A, 0}, {34, P, 0}, {49, A, 0}}, legacy},
        {"tRP", {{0, A, 0}, {40, P, 0}, {53, A, 0}}, legacy},
        {"tRTP", {{0, A, 0}, {40, R, 0}, {44, P, 0}}, legacy},
        {"tWR", {{0, A, 0}, {40, W, 0}, {61, P, 0}}, legacy},
        {"tRP", {{0, A, 0}, {40, RA, 0}, {60, A, 0}}, legacy},
        {"tRP", {{0, A, 0}, {40, WA, 0}, {75, A, 0}}, legacy},
        {"tRRD_S", {{0, A, 0}, {3, A, 4}}, legacy},
        {"tRRD_L", {{0, A, 0}, {5, A, 1}}, legacy},
        {"tFAW", {{0, A, 0}, {4, A, 4}, {8, A, 8}, {12, A, 12}, {29, A, 1}}, legacy},
        {"the data bus", {{0, A, 0}, {4, A, 4}, {20, R, 0}, {21, R, 4}}, legacy},
        {"tCCD_L", {{0, A, 0}, {20, R, 0}, {23, R, 0}}, pseudo},
        {"tCCD_L", {{0, A, 0}, {20, W, 0}, {23, W, 0}}, pseudo},
        {"tCCD_S", {{0, A, 0}, {4, A, 4}, {20, R, 0}, {21, R, 4}}, pseudo},
        {"tWTR_L", {{0, A, 0}, {20, W, 0}, {33, R, 0}}, legacy},
        {"tWTR_S", {{0, A, 0}, {4, A, 4}, {20, W, 0}, {31, R, 4}}, legacy},
        {"read to write", {{0, A, 0}, {20, R, 0}, {33, W, 0}}, legacy},
        {"tRP to refresh", {{3800, A, 0}, {3890, P, 0}, {3903, REF, 0}}, legacy},
        {"tRFC", {{3900, REF, 0}, {4159, A, 0}}, legacy},
        {"tRFCb", {{243, REFB, 0}, {402, A, 0}}, per_bank},
        {"tRREFD", {{243, REFB, 0}, {250, A, 1}}, per_bank},
        {"tRRD_S to refresh of a bank", {{240, A, 1}, {243, REFB, 0}}, per_bank},
        {"tRP to refresh of a bank", {{100, A, 0}, {240, P, 0}, {253, REFB, 0}}, per_bank},
        {"the row command bus", {{0, A, 0}, {1, A, 16}}, pseudo},
        {"the row command bus", {{0, A, 0}, {40, A, 16}, {41, P, 0}}, pseudo},
        {"one column command a cycle", {{0, A, 0}, {2, A, 16}, {20, R, 0}, {20, R, 16}}, pseudo},
    };
    for (const Case& c : cases) {
        INFO(c.rule);
        CHECK(fault(c.config, c.commands).find(std::string("breaks ") + c.rule) !=
              std::string::npos);
        auto later = c.commands;
        ++later.back().cycle;
        CHECK(fault(c.config, later) == "");
    }
}

TEST_CASE("hbm checker: rows and refreshes") {
    const memory::HbmConfig c = hbm_with("hbm2-8gb-legacy", {{"channels", "1"}});
    CHECK(fault(c, {{0, HbmCommand::Read, 0}}) ==
          "Read of bank 0 at cycle 0 breaks its row is not open");
    CHECK(fault(c, {{0, HbmCommand::Activate, 0, 1}, {20, HbmCommand::Read, 0, 2}}) != "");
    CHECK(fault(c, {{0, HbmCommand::Activate, 0}, {60, HbmCommand::Activate, 0}}) != "");
    CHECK(fault(c, {{0, HbmCommand::Precharge, 0}}) != "");
    CHECK(fault(c, {{3000, HbmCommand::Activate, 3}, {3900, HbmCommand::Refresh, 0}}) != "");
    CHECK(fault(c, {{3899, HbmCommand::Refresh, 0}}) != "");
    CHECK(fault(c, {{7800, HbmCommand::Refresh, 0}}) != "");
    CHECK(fault(c, {{0, HbmCommand::Activate, 99}}) != "");
    memory::HbmChecker checker(c);
    CHECK(checker.finish(3900 * 3 + 1).value_or("") == "only 0 refreshes before cycle 11701");
    auto per_bank = c;
    per_bank.refresh = memory::HbmRefresh::PerBank;
    CHECK(fault(per_bank, {{243, HbmCommand::RefreshBank, 0}, {486, HbmCommand::RefreshBank, 0}}) !=
          "");
}

TEST_CASE("hbm checker: a controller with one timing parameter a cycle short is caught") {
    struct Case {
        const char* preset;
        const char* parameter;
        test::HbmSettings set;
    };
    const char* const kLegacy = "hbm2-8gb-legacy";
    const char* const kPseudo = "hbm2-pseudochannel";
    const std::vector<Case> cases = {
        {kLegacy, "cl", {}},
        {kLegacy, "rcdrd", {}},
        {kLegacy, "rcdwr", {}},
        {kLegacy, "rp", {{"rc", "60"}}},
        {kLegacy, "ras", {{"rc", "60"}}},
        {kLegacy, "rc", {{"rc", "60"}}},
        {kLegacy, "rrd_s", {{"faw", "8"}}},
        {kLegacy, "rrd_l", {{"faw", "8"}}},
        {kLegacy, "faw", {}},
        {kLegacy, "wtr_s", {}},
        {kLegacy, "wtr_l", {}},
        {kLegacy, "wr", {}},
        {kLegacy, "rtp", {}},
        {kLegacy, "rtw_bubble", {}},
        {kLegacy, "rfc", {}},
        {kLegacy, "rtp_auto", {{"page_policy", "closed"}, {"rtp_auto", "34"}}},
        {kLegacy, "rfcb", {{"refresh", "per-bank"}}},
        {kLegacy, "rrefd", {{"refresh", "per-bank"}, {"rrefd", "60"}}},
        {kPseudo, "ccd_s", {}},
        {kPseudo, "ccd_l", {}},
        {kPseudo, "act_cycles", {}},
        {kPseudo, "rrd_s", {}},
        {kPseudo, "rcdrd", {}},
    };
    for (const Case& c : cases) {
        INFO(c.parameter);
        memory::HbmConfig rules = hbm_with(c.preset, c.set);
        rules.channels = 1;
        if (std::string(c.preset) == kPseudo) {
            rules.mapping = "robacobgpc";
            rules.ccd_s = 3;  // longer than the burst, or it would not bind
        }
        memory::HbmConfig shorter = rules;
        for (const memory::HbmParameter& parameter : memory::hbm_parameters()) {
            if (parameter.name == c.parameter) {
                --(shorter.*parameter.value);
            }
        }
        REQUIRE(shorter.check().value_or("") == "");
        std::string found;
        for (const HbmStream stream : {HbmStream::Random, HbmStream::Several}) {
            HbmRig right(rules);
            right.run({.stream = stream,
                       .read_percent = 60,
                       .span = 1 << 20,
                       .warm_up = 0,
                       .cycles = 20'000});
            HbmRig rig(shorter, rules);
            test::run_traffic(rig.controller, {.stream = stream,
                                               .read_percent = 60,
                                               .span = 1 << 20,
                                               .warm_up = 0,
                                               .cycles = 20'000});
            found += rig.check();
        }
        CHECK(found != "");
    }
}
