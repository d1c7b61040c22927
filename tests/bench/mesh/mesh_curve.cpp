// SPDX-License-Identifier: Apache-2.0
// Latency-load curves of the mesh, in the columns of the reference's tables.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/mesh/traffic.h"

namespace {

using athena::fabric::MeshConfig;
using athena::test::Load;
using athena::test::Point;

constexpr const char* kHelp =
    R"(usage: mesh_curve [OPTION=VALUE]…
Prints latency and throughput of the mesh for each load, as comma-separated values.

  size=WxH           routers (4x4)
  pattern=P          uniform, neighbor, transpose, bitcomp, bitrev, shuffle, tornado, hotspot (uniform)
  flits=N            of a packet (1)
  router_cycles=3|4  (4)
  link_cycles=N      (1)
  vcs=N              virtual channels of a port (4)
  buffer=N           flits of a virtual channel's buffer (8)
  loads=A,B,…        flits a node and cycle (0.1,0.2,…,1)
  seed=N             of the traffic (1)
  warm_up=N          cycles before the measurement (30000)
  cycles=N           measured (60000)
)";

struct Options {
    MeshConfig mesh;
    Load load;
    std::vector<double> loads = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
};

template <typename Number>
Number number(std::string_view name, std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument(std::string(name) + ": '" + std::string(text) +
                                    "' is no number for it");
    }
    return value;
}

std::vector<double> numbers(std::string_view name, std::string_view text) {
    std::vector<double> values;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const auto value = number<double>(name, text.substr(begin, end - begin));
        if (!(value > 0 && value <= 1)) {
            throw std::invalid_argument(std::string(name) + ": a load is above 0 and at most 1");
        }
        values.push_back(value);
        begin = end + 1;
    }
    return values;
}

void set_size(MeshConfig& mesh, std::string_view text) {
    const std::size_t by = std::min(text.find('x'), text.size());
    mesh.width = number<std::uint32_t>("size", text.substr(0, by));
    mesh.height = number<std::uint32_t>("size", text.substr(std::min(by + 1, text.size())));
}

void set(Options& options, std::string_view name, std::string_view text) {
    const struct {
        const char* name;
        std::uint32_t& value;
    } small[] = {{"flits", options.load.packet_flits},
                 {"router_cycles", options.mesh.router_cycles},
                 {"link_cycles", options.mesh.link_cycles},
                 {"vcs", options.mesh.vcs},
                 {"buffer", options.mesh.buffer_flits}};
    const struct {
        const char* name;
        std::uint64_t& value;
    } large[] = {{"seed", options.load.seed},
                 {"warm_up", options.load.warm_up},
                 {"cycles", options.load.measured}};
    for (const auto& option : small) {
        if (name == option.name) {
            option.value = number<std::uint32_t>(name, text);
            return;
        }
    }
    for (const auto& option : large) {
        if (name == option.name) {
            option.value = number<std::uint64_t>(name, text);
            return;
        }
    }
    if (name == "size") {
        set_size(options.mesh, text);
    } else if (name == "loads") {
        options.loads = numbers(name, text);
    } else if (name == "pattern") {
        const auto pattern = athena::test::pattern_named(text);
        if (!pattern) {
            throw std::invalid_argument("pattern: there is no '" + std::string(text) + "'");
        }
        options.load.pattern = *pattern;
    } else {
        throw std::invalid_argument("there is no option '" + std::string(name) + "', see --help");
    }
}

Options parse(int argc, char** argv) {
    Options options;
    for (int index = 1; index < argc; ++index) {
        const std::string_view argument = argv[index];
        const std::size_t equal = std::min(argument.find('='), argument.size());
        set(options, argument.substr(0, equal),
            argument.substr(std::min(equal + 1, argument.size())));
    }
    if (auto reason = options.mesh.check()) {
        throw std::invalid_argument(*reason);
    }
    if (auto reason = athena::test::misfit(options.load.pattern, options.mesh)) {
        throw std::invalid_argument(*reason);
    }
    if (options.load.packet_flits == 0 || options.load.packet_flits > 0xffff) {
        throw std::invalid_argument("flits: a packet has 1 to 65535");
    }
    if (options.load.measured == 0) {
        throw std::invalid_argument("cycles: at least one must be measured");
    }
    return options;
}

void print(const Options& options, const Load& load, const Point& point) {
    const MeshConfig& mesh = options.mesh;
    std::printf("%ux%u,%s,%u,%u,%u,%g,%.4f,", mesh.width, mesh.height,
                athena::test::name_of(load.pattern), load.packet_flits, mesh.router_cycles,
                mesh.link_cycles, load.offered, point.accepted);
    if (point.is_saturated) {
        std::printf(",,");
    } else {
        std::printf("%.2f,%.2f,", point.packet_latency, point.network_latency);
    }
    std::printf("%.3f,%d,1\n", point.links, point.is_saturated ? 1 : 0);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    for (int index = 1; index < argc; ++index) {
        if (std::strcmp(argv[index], "--help") == 0) {
            std::fputs(kHelp, stdout);
            return 0;
        }
    }
    try {
        const Options options = parse(argc, argv);
        std::puts(
            "mesh,traffic,packet_flits,router_cycles,link_cycles,offered_flits_per_node_cycle,"
            "accepted_flits_per_node_cycle,avg_packet_latency_cycles,avg_network_latency_cycles,"
            "avg_links_traversed,saturated,runs");
        for (const double offered : options.loads) {
            Load load = options.load;
            load.offered = offered;
            print(options, load, athena::test::measure(options.mesh, load));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mesh_curve: %s\n", error.what());
        return 2;
    }
    return 0;
}
