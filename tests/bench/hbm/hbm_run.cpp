// SPDX-License-Identifier: Apache-2.0
// Runs one kind of traffic through the HBM controller and prints a line of CSV in the columns of
// published measurements (models/memory/README.md, "Timed HBM").
#include <bit>
#include <cstdio>
#include <exception>

#include "bench/hbm/traffic.h"

using namespace athena;

namespace {

constexpr const char* kHelp =
    "usage: hbm_run [--preset NAME] [--no-header] [KEY=VALUE ...]\n"
    "  traffic: stream=seq|rand|stride|several driver=per_channel|inorder|sources\n"
    "           load=full|FRACTION requests=bursts|blocks reads=PERCENT block_bytes=N\n"
    "           stride=BYTES streams=N per_cycle=N span=BYTES\n"
    "           warmup=CYCLES cycles=CYCLES seed=N\n"
    "  controller: mapping=... organisation=bank-queues|channel-buffer page_policy=open|closed\n"
    "           refresh=none|all-bank|per-bank bank_hash=false|true and";

void help() {
    std::printf("%s", kHelp);
    unsigned column = 100;
    for (const memory::HbmParameter& parameter : memory::hbm_parameters()) {
        if (column + parameter.name.size() > 90) {
            std::printf("\n          ");
            column = 10;
        }
        std::printf(" %s", std::string(parameter.name).c_str());
        column += static_cast<unsigned>(parameter.name.size()) + 1;
    }
    std::printf("\n  presets:");
    for (const std::string_view name : memory::hbm_preset_names()) {
        std::printf(" %s", std::string(name).c_str());
    }
    std::printf("\n");
}

int fail(const std::string& what) {
    std::fprintf(stderr, "hbm_run: %s (--help lists the options)\n", what.c_str());
    return 2;
}

std::string kind(const test::HbmTraffic& traffic) {
    static constexpr const char* kNames[] = {"seq", "rand", "stride", "several"};
    std::string name = kNames[static_cast<unsigned>(traffic.stream)];
    if (traffic.stream == test::HbmStream::Random) {
        name += std::to_string(traffic.block_bytes);
    }
    if (traffic.read_percent == 100) {
        return name + "_read";
    }
    return name +
           (traffic.read_percent == 0 ? "_write" : "_read" + std::to_string(traffic.read_percent));
}

void print(const memory::HbmConfig& config, const test::HbmTraffic& traffic,
           const test::HbmMeasured& m) {
    static constexpr const char* kDrivers[] = {"per_channel", "inorder", "sources"};
    const bool full = traffic.offered == 0;
    std::printf("%s,%s,%s,%u,%s,", config.mapping.c_str(),
                config.page_policy == memory::HbmPagePolicy::Open ? "open" : "closed",
                kind(traffic).c_str(), config.total_channels(),
                kDrivers[static_cast<unsigned>(traffic.driver)]);
    if (full) {
        std::printf("full,");
    } else {
        std::printf("%.4f,", traffic.offered);
    }
    std::printf("%.4f,%.3f,", m.achieved, m.gigabytes_per_second);
    if (m.reads != 0 && (full || !m.saturated)) {
        std::printf("%.2f,%llu", m.read_latency,
                    static_cast<unsigned long long>(m.max_read_latency));
    } else {
        std::printf(",");
    }
    std::printf(",%d,%.4f,%llu,%llu,%llu\n", m.saturated ? 1 : 0, m.row_hit_rate,
                static_cast<unsigned long long>(m.reads), static_cast<unsigned long long>(m.writes),
                static_cast<unsigned long long>(m.activates));
}

int run(int argc, char* argv[]) {
    memory::HbmConfig config;
    test::HbmTraffic traffic;
    bool header = true;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help") {
            help();
            return 0;
        }
        if (argument == "--no-header") {
            header = false;
            continue;
        }
        if (argument == "--preset") {
            const std::string name = i + 1 < argc ? argv[++i] : "";
            const auto preset = memory::hbm_preset(name);
            if (!preset) {
                return fail("unknown preset '" + name + "'");
            }
            config = *preset;
            continue;
        }
        const std::size_t equals = argument.find('=');
        if (equals == std::string_view::npos) {
            return fail("'" + std::string(argument) + "' is not KEY=VALUE");
        }
        const std::string_view key = argument.substr(0, equals);
        const std::string_view value = argument.substr(equals + 1);
        auto wrong = test::set_traffic(traffic, key, value);
        if (wrong && wrong->starts_with("unknown option")) {
            wrong = memory::hbm_set(config, key, value);
        }
        if (wrong) {
            return fail(*wrong);
        }
    }
    if (const auto reason = config.check()) {
        return fail(*reason);
    }
    if (!std::has_single_bit(traffic.block_bytes)) {
        return fail("block_bytes is not a power of two");
    }
    if (config.channel_bytes() < traffic.block_bytes ||
        (traffic.span != 0 && traffic.span < traffic.block_bytes)) {
        return fail("span is less than a block");
    }
    if (traffic.cycles == 0 || traffic.cycles > 1'000'000'000 || traffic.warm_up > 1'000'000'000) {
        return fail("cycles is not between 1 and 1000000000");
    }
    memory::HbmController controller(config);
    const test::HbmMeasured measured = run_traffic(controller, traffic);
    if (const auto reason = controller.check_conservation()) {
        std::fprintf(stderr, "hbm_run: %s\n", reason->c_str());
        return 3;
    }
    if (header) {
        std::printf(
            "mapping,page_policy,stream,channels,driver,offered_fraction_of_peak,"
            "achieved_fraction_of_peak,achieved_GB_per_s,avg_read_latency_cycles,"
            "max_read_latency_cycles,saturated,row_hit_rate,read_cmds,write_cmds,act_cmds\n");
    }
    print(config, traffic, measured);
    return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}
