// SPDX-License-Identifier: Apache-2.0
// Latency and throughput against load: the reference's curves, and what any XY network obeys.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/mesh/reference.h"
#include "tests/unit/mesh/traffic.h"

namespace {

using namespace athena;
using fabric::MeshConfig;
using test::Load;
using test::Pattern;
using test::Point;

double error(double value, double reference) {
    return std::abs(value / reference - 1);
}

// Of the curve that the row belongs to.
double saturation(const test::ReferencePoint& row) {
    double most = 0;
    for (const test::ReferencePoint& other : test::kReference) {
        if (other.pattern == row.pattern && other.packet_flits == row.packet_flits &&
            other.router_cycles == row.router_cycles) {
            most = std::max(most, other.accepted);
        }
    }
    return most;
}

}  // namespace

// Asked are 5 % of latency up to half of saturation, 15 % up to 80 %, and 5 % of saturation
// throughput. The model's structure is the reference's, so less is left: mostly the noise of both
// sources, 2 % at a load of 0.01.
TEST_CASE("mesh: the reference's curves") {
    for (const test::ReferencePoint& row : test::kReference) {
        MeshConfig mesh;
        mesh.router_cycles = row.router_cycles;
        Load load;
        load.pattern = row.pattern;
        load.packet_flits = row.packet_flits;
        load.offered = row.offered;
        load.warm_up = 6000;
        load.measured = row.offered < 0.05 ? 60000 : 16000;
        const Point point = test::measure(mesh, load);
        CAPTURE(test::name_of(row.pattern), row.packet_flits, row.router_cycles, row.offered,
                row.accepted, point.accepted, row.packet_latency, point.packet_latency,
                row.network_latency, point.network_latency);
        const double share = row.offered / saturation(row);
        if (share < 0.93) {  // beyond, latencies depend on the length of the run
            CHECK_FALSE(point.is_saturated);
            const double allowed = share < 0.8 ? 0.03 : 0.08;
            CHECK(error(point.packet_latency, row.packet_latency) < allowed);
            CHECK(error(point.network_latency, row.network_latency) < allowed);
        }
        if (share > 0.5) {
            CHECK(error(point.accepted, row.accepted) < 0.03);
        }
        if (share > 1.05) {
            CHECK(point.is_saturated);
        }
    }
}

TEST_CASE("mesh: other patterns, sizes and lengths begin at zero load and end at their bounds") {
    const std::uint32_t sizes[][2] = {{4, 4}, {8, 8}, {2, 8}};
    for (const auto& size : sizes) {
        for (const test::PatternName& named : test::kPatterns) {
            for (const std::uint32_t flits : {2, 8}) {
                MeshConfig mesh;
                mesh.width = size[0];
                mesh.height = size[1];
                if (test::misfit(named.pattern, mesh)) {
                    continue;
                }
                Load load;
                load.pattern = named.pattern;
                load.packet_flits = flits;
                load.warm_up = 2000;
                load.measured = 6000;
                const double bound = test::channel_bound(named.pattern, mesh);
                CAPTURE(size[0], size[1], named.name, flits, bound);
                // At 5 % of the bound a packet seldom meets another.
                load.offered = 0.05 * bound;
                const double empty = test::zero_load_latency(load, mesh);
                CHECK(test::measure(mesh, load).packet_latency == Approx(empty).epsilon(0.06));
                // Wormhole networks of this kind carry 70 % of what the busiest channel could.
                load.offered = 0.7 * bound;
                const Point most = test::measure(mesh, load);
                CHECK_FALSE(most.is_saturated);
                CHECK(most.accepted == Approx(load.offered).epsilon(0.06));
                CHECK(most.packet_latency > empty);
                // In overload no more arrives than the busiest channel can carry, where all
                // sources share it; in so short a run a little more of what avoids the hot spot.
                if (named.pattern == Pattern::Uniform || named.pattern == Pattern::Hotspot) {
                    load.offered = std::min(1.0, 1.5 * bound);
                    CHECK(test::measure(mesh, load).accepted < 1.07 * bound);
                }
            }
        }
    }
}
