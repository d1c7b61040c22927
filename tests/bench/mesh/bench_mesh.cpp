// SPDX-License-Identifier: Apache-2.0
// Flits that the mesh passes through a router and a link in a second of one core, against the same
// traffic in the plain model that looks at everything in every cycle, and against the bare queues
// that such a flit and its credit go through. Samples are taken in turns; medians are shown.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <span>
#include <vector>

#include "fabric/mesh.h"
#include "tests/unit/mesh/plain_mesh.h"
#include "tests/unit/mesh/traffic.h"

namespace {

using namespace athena;
using fabric::Mesh;
using fabric::MeshConfig;

constexpr unsigned kSamples = 9;
constexpr double kLeastGain = 8;     // over the plain model
constexpr double kMostGrowth = 1.5;  // of a cycle's cost in a mesh 64 times as large

struct Traffic {
    std::vector<Mesh::Packet> packets;  // handle: the cycle
    std::uint64_t cycles;
};

// Uniform among the first `side` x `side` nodes.
Traffic traffic(const MeshConfig& config, std::uint32_t side, std::uint32_t flits, double load,
                std::uint64_t cycles) {
    test::Random random(1);
    Traffic made{{}, cycles};
    const auto node = [&](std::uint32_t number) {
        return number / side * config.width + number % side;
    };
    for (std::uint64_t cycle = 0; cycle < cycles; ++cycle) {
        for (std::uint32_t source = 0; source < side * side; ++source) {
            if (random.chance(load / flits)) {
                const std::uint32_t to = random.below(side * side);
                made.packets.push_back({node(source), node(to), flits, cycle});
            }
        }
    }
    return made;
}

// Of this process, so that others on the host disturb little.
double seconds(const std::function<void()>& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + kSamples / 2);
    return values[kSamples / 2];
}

template <typename AnyMesh, typename Cycle>
void play(AnyMesh& mesh, const Traffic& traffic, Cycle cycle) {
    auto packet = traffic.packets.begin();
    for (std::uint64_t now = 0; now < traffic.cycles; ++now) {
        for (; packet != traffic.packets.end() && packet->handle == now; ++packet) {
            mesh.inject(*packet);
        }
        cycle(mesh, now);
    }
}

std::uint64_t flit_hops(const Mesh& mesh) {
    std::uint64_t hops = 0;
    for (std::uint32_t node = 0; node < mesh.config().nodes(); ++node) {
        for (unsigned port = 0; port < fabric::mesh::kPorts; ++port) {
            hops += mesh.link(node, port).flits;
        }
    }
    return hops;
}

double fast(const MeshConfig& config, const Traffic& traffic, std::uint64_t& hops) {
    Mesh mesh(config);
    const double time = seconds([&] {
        play(mesh, traffic, [](Mesh& played, std::uint64_t now) { played.advance(now + 1); });
    });
    hops = flit_hops(mesh);
    return time;
}

double plain(const MeshConfig& config, const Traffic& traffic) {
    test::PlainMesh mesh(config);
    return seconds([&] {
        play(mesh, traffic, [](test::PlainMesh& played, std::uint64_t) { played.cycle(); });
    });
}

// A flit and a credit for each hop through rings, nothing else.
double queues(std::uint64_t hops) {
    constexpr std::size_t kMask = 1023;
    std::vector<fabric::mesh::Moving> flits(kMask + 1);
    std::vector<fabric::mesh::Place> credits(kMask + 1);
    volatile std::uint64_t sink = 0;
    return seconds([&] {
        std::uint64_t sum = 0;
        for (std::uint64_t hop = 0; hop < hops; ++hop) {
            const auto place = static_cast<fabric::mesh::Place>(hop);
            flits[hop & kMask] = {place, place};
            credits[hop & kMask] = place;
            sum += flits[(hop - 64) & kMask].to + credits[(hop - 64) & kMask];
            asm volatile("" : : "r"(sum) : "memory");
        }
        sink = sum;
    });
}

bool measure(std::uint32_t side, std::uint32_t flits, double load) {
    const MeshConfig config{.width = side, .height = side};
    const Traffic all = traffic(config, side, flits, load, 20000 * 16 / (side * side));
    const Traffic part = traffic(config, side, flits, load, 400 * 16 / (side * side));
    std::vector<double> ours;
    std::vector<double> gains;
    std::vector<double> bounds;
    std::uint64_t hops = 0;
    for (unsigned sample = 0; sample < kSamples; ++sample) {
        ours.push_back(fast(config, all, hops));
        bounds.push_back(queues(hops) / ours.back());
        const double part_of_plain =
            static_cast<double>(part.cycles) / static_cast<double>(all.cycles);
        gains.push_back(plain(config, part) / part_of_plain / ours.back());
    }
    const double time = median(ours);
    std::printf("%ux%u   %5u  %4.1f  %10.2f  %9.1f  %9.0f  %10.1f  %9.3f\n", side, side, flits,
                load, static_cast<double>(hops) / time / 1e6,
                time / static_cast<double>(hops) * 1e9,
                static_cast<double>(all.cycles) / time / 1e3, median(gains), median(bounds));
    std::fflush(stdout);
    return median(gains) >= kLeastGain;
}

std::span<const Mesh::Delivery> run_cycle(Mesh& mesh) {
    mesh.advance(mesh.now() + 1);
    return mesh.deliveries();
}

std::vector<Mesh::Delivery> run_cycle(test::PlainMesh& mesh) {
    return mesh.cycle();
}

// Reads of 256 bytes on a pair of networks: a request of 1 flit, answered at once by 4.
struct Transactions {
    const char* name;
    test::Pattern pattern;
    double started;  // by a node in a cycle
    bool is_regular;
};

template <typename AnyMesh>
std::uint64_t transact(const Transactions& kind, AnyMesh& requests, AnyMesh& responses,
                       const MeshConfig& config, std::uint64_t cycles) {
    test::Random random(1);
    const auto period = static_cast<std::uint64_t>(1 / kind.started);
    std::uint64_t done = 0;
    for (std::uint64_t now = 0; now < cycles; ++now) {
        for (std::uint32_t node = 0; node < config.nodes(); ++node) {
            const bool starts =
                kind.is_regular ? (now + node) % period == 0 : random.chance(kind.started);
            if (starts) {
                const std::uint32_t to = test::destination(kind.pattern, config, node, random);
                requests.inject({node, to, 1, node});
            }
        }
        for (const Mesh::Delivery& request : run_cycle(requests)) {
            const auto to = static_cast<std::uint32_t>(request.handle);
            responses.inject({request.node, to, 4, request.handle});
        }
        done += run_cycle(responses).size();
    }
    return done;
}

void measure_transactions(const Transactions& kind) {
    const MeshConfig config{.width = 6, .height = 6};
    constexpr std::uint64_t kCycles = 10000;
    constexpr std::uint64_t kPlainCycles = 200;
    std::vector<double> times;
    std::vector<double> gains;
    std::uint64_t done = 0;
    std::uint64_t hops = 0;
    for (unsigned sample = 0; sample < kSamples; ++sample) {
        Mesh requests(config);
        Mesh responses(config);
        times.push_back(
            seconds([&] { done = transact(kind, requests, responses, config, kCycles); }));
        hops = flit_hops(requests) + flit_hops(responses);
        test::PlainMesh plain_requests(config);
        test::PlainMesh plain_responses(config);
        const double plain_time =
            seconds([&] { transact(kind, plain_requests, plain_responses, config, kPlainCycles); });
        gains.push_back(plain_time * kCycles / kPlainCycles / times.back());
    }
    const double time = median(times);
    std::printf(
        "256-byte transactions, 2 x 6x6, %s: %.0f thousand/s, %.1f ns a flit-hop, "
        "%.1f times the plain model\n",
        kind.name, static_cast<double>(done) / time / 1e3, time / static_cast<double>(hops) * 1e9,
        median(gains));
    std::fflush(stdout);
}

// The same traffic among 16 neighbours in meshes of 16 and of 1024 routers.
bool compare_sizes() {
    const MeshConfig small{.width = 4, .height = 4};
    const MeshConfig large{.width = 32, .height = 32};
    const Traffic in_small = traffic(small, 4, 4, 0.3, 20000);
    const Traffic in_large = traffic(large, 4, 4, 0.3, 20000);
    std::vector<double> growth;
    std::uint64_t hops = 0;
    for (unsigned sample = 0; sample < kSamples; ++sample) {
        const double time = fast(small, in_small, hops);
        growth.push_back(fast(large, in_large, hops) / time);
    }
    std::printf("the same traffic in 32x32 routers instead of 4x4: %.2f times the time\n",
                median(growth));
    return median(growth) <= kMostGrowth;
}

bool skip_idle() {
    Mesh mesh(MeshConfig{});
    const double time = seconds([&] { mesh.advance(std::uint64_t{1} << 50); });
    std::printf("2^50 idle cycles: %.6f s\n", time);
    return time < 0.1;
}

}  // namespace

int main() {
    std::puts("mesh  packet  load  flit-hops  ns a flit-  kcycles/s  times plain  queues: share");
    std::puts("       flits        million/s         hop                    model    of our time");
    bool is_good = true;
    for (const std::uint32_t flits : {1, 4}) {
        for (const double load : {0.3, 0.6}) {
            is_good = measure(4, flits, load) && is_good;
        }
    }
    is_good = measure(8, 4, 0.3) && is_good;
    // Tornado: each link of a row or column serves two streams.
    measure_transactions({"streams, links half busy", test::Pattern::Tornado, 1.0 / 16, true});
    // Responses saturate at 0.54 flits a node and cycle.
    measure_transactions({"random, 80 % of saturation", test::Pattern::Uniform, 0.108, false});
    is_good = compare_sizes() && is_good;
    is_good = skip_idle() && is_good;
    if (!is_good) {
        std::printf(
            "bench_mesh: slower than %.0f times the plain model, growing with the mesh by "
            "more than %.1f, or simulating idle cycles\n",
            kLeastGain, kMostGrowth);
    }
    return is_good ? 0 : 1;
}
