// SPDX-License-Identifier: Apache-2.0
// Transactions of 256 bytes through crossbar, mesh and HBM of athena-1 and back, in a second of one
// core, against an empty chain of three modules in the same run; and what bandwidth the fabric
// gives its clusters. Samples are taken in turns; medians are shown.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "bench/fabric/chain.h"
#include "bench/fabric/generator.h"
#include "fabric/crossbar.h"
#include "fabric/noc.h"
#include "memory/hbm.h"
#include "platform/board_file.h"

namespace {

using namespace athena;

constexpr unsigned kSamples = 7;
constexpr std::uint64_t kSamplePs = 20'000'000;  // board time of a sample
constexpr double kLeastStreams = 0.25;           // of the chain's rate
constexpr double kLeastRandom = 0.1;

/// A kernel of its own: as many models as wanted, in turns.
class Context {
  public:
    Context() : own_(new sc_core::sc_simcontext) {}  // left alive, as modules may outlive it
    void enter() const {
        sc_core::sc_curr_simcontext = own_;
        sc_core::sc_default_global_context = own_;
    }

  private:
    sc_core::sc_simcontext* own_;
};

class Chain {
  public:
    Chain() {
        context_.enter();
        modules_ = std::make_unique<Modules>();
    }
    std::uint64_t run() {
        context_.enter();
        const std::uint64_t before = modules_->initiator.done;
        sc_core::sc_start(100, sc_core::SC_US);
        return modules_->initiator.done - before;
    }

  private:
    struct Modules {
        bench::ChainInitiator initiator{"initiator"};
        bench::ChainInterconnect interconnect{"interconnect"};
        bench::ChainTarget target{"target"};
        Modules() {
            initiator.socket.bind(interconnect.in);
            interconnect.out.bind(target.socket);
        }
    };
    Context context_;
    std::unique_ptr<Modules> modules_;
};

class Fabric {
  public:
    /// `load`: of the width of each cluster's port; 0: as much as it takes.
    Fabric(const platform::BoardConfig& board, std::uint64_t clusters, bool random, double load) {
        context_.enter();
        modules_ = std::make_unique<Modules>(board, clusters, random, load);
    }
    std::uint64_t run() {
        context_.enter();
        const std::uint64_t before = done();
        base::EventQueue& events = modules_->events;
        const base::Picoseconds end = events.now() + base::Picoseconds{kSamplePs};
        events.run_ahead(end, modules_->diagnostics);
        sc_core::sc_start(events.kernel_distance(end));
        return done() - before;
    }
    [[nodiscard]] std::uint64_t done() const {
        std::uint64_t sum = 0;
        for (const auto& generator : modules_->generators) {
            sum += generator->done;
        }
        return sum;
    }
    [[nodiscard]] std::vector<std::uint64_t> by_cluster() const {
        std::vector<std::uint64_t> counts;
        for (const auto& generator : modules_->generators) {
            counts.push_back(generator->done);
        }
        return counts;
    }

  private:
    struct Modules {
        std::ostringstream log;
        base::Diagnostics diagnostics{log};
        base::EventQueue events{"events"};
        base::CodePages code;
        std::unique_ptr<fabric::Noc> noc;
        std::unique_ptr<memory::Hbm> hbm;
        std::vector<std::unique_ptr<fabric::Crossbar>> crossbars;
        std::vector<std::unique_ptr<bench::Generator>> generators;

        Modules(const platform::BoardConfig& board, std::uint64_t clusters, bool random,
                double load) {
            noc = std::make_unique<fabric::Noc>(
                "noc",
                fabric::Noc::Config{
                    .mesh = platform::mesh_config(board.mesh),
                    .clock_hz = board.mesh.clock_hz,
                    .flit_bytes = static_cast<std::uint32_t>(board.mesh.flit_bytes)},
                events);
            hbm = std::make_unique<memory::Hbm>(
                "hbm",
                memory::Hbm::Config{.memory = {.size = board.hbm.size},
                                    .timing = board.hbm_timing,
                                    .ports = static_cast<std::uint32_t>(board.mesh.hbm.size())},
                events, code, nullptr);
            const std::vector<std::uint32_t> nodes(board.mesh.hbm.begin(), board.mesh.hbm.end());
            const auto sockets = noc->map_ports("to_hbm", {0}, board.hbm.size, *hbm, nodes);
            for (std::uint32_t port = 0; port < sockets.size(); ++port) {
                sockets[port]->bind(hbm->port_socket(port));
            }
            // Each cluster has 4 MiB of its own, which does not begin in the same channel.
            constexpr std::uint64_t kArea = std::uint64_t{4} << 20;
            for (std::uint64_t cluster = 0; cluster < clusters; ++cluster) {
                const std::string number = std::to_string(cluster);
                crossbars.push_back(std::make_unique<fabric::Crossbar>(
                    ("crossbar" + number).c_str(), fabric::Crossbar::Config{}, events));
                const auto period = static_cast<std::uint64_t>(
                    load == 0 ? 0
                              : bench::Generator::kBytes * 1e12 /
                                    (load * 64 * static_cast<double>(board.mesh.clock_hz)));
                generators.push_back(std::make_unique<bench::Generator>(
                    ("generator" + number).c_str(),
                    bench::Generator::Config{.first = cluster * (kArea + 256 * 37),
                                             .size = random ? 64 * kArea : kArea,
                                             .random = random,
                                             .period_ps = period,
                                             .outstanding = 128,
                                             .seed = cluster + 1},
                    events));
                noc->at_node(static_cast<std::uint32_t>(
                    board.mesh.clusters[cluster % board.mesh.clusters.size()]));
                generators.back()->socket.bind(crossbars.back()->add_input("in"));
                crossbars.back()
                    ->map("out", {0}, board.hbm.size, false)
                    .bind(noc->add_input("from" + number));
            }
        }
    };
    Context context_;
    std::unique_ptr<Modules> modules_;
};

// Of this process, so that others on the host disturb little.
template <typename Run>
double rate(Run& run) {
    const std::clock_t start = std::clock();
    const std::uint64_t done = run.run();
    return static_cast<double>(done) * CLOCKS_PER_SEC / static_cast<double>(std::clock() - start);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double bytes_per_cycle(const platform::BoardConfig& board, Fabric& fabric) {
    static_cast<void>(fabric.run());  // to the steady state
    const double seconds = static_cast<double>(kSamplePs) * 1e-12;
    return static_cast<double>(fabric.run()) * bench::Generator::kBytes /
           (seconds * static_cast<double>(board.mesh.clock_hz));
}

double peak_of_hbm(const platform::BoardConfig& board) {
    const memory::HbmConfig& hbm = board.hbm_timing;
    const double bytes = static_cast<double>(hbm.access_bytes()) / hbm.burst_cycles() *
                         hbm.pseudo_channels * hbm.total_channels();
    return bytes * 1e12 / hbm.tck_ps / static_cast<double>(board.mesh.clock_hz);
}

void print_bandwidth(const platform::BoardConfig& board) {
    std::printf("bytes a cycle of %s, reads of 256 bytes; a cluster's port has 64, HBM %.0f\n",
                board.name.c_str(), peak_of_hbm(board));
    for (std::uint64_t clusters = 1; clusters <= board.cluster.count; clusters *= 2) {
        Fabric streams(board, clusters, false, 0);
        Fabric random(board, clusters, true, 0);
        const double bound = std::min(64.0 * static_cast<double>(clusters), peak_of_hbm(board));
        const double of_streams = bytes_per_cycle(board, streams);
        const double of_random = bytes_per_cycle(board, random);
        const std::vector<std::uint64_t> shares = streams.by_cluster();
        const auto [least, most] = std::ranges::minmax_element(shares);
        std::printf(
            "%3llu clusters  streams %6.1f (%.2f of the bound)  random %6.1f (%.2f)  least "
            "share / most %.2f\n",
            static_cast<unsigned long long>(clusters), of_streams, of_streams / bound, of_random,
            of_random / bound, static_cast<double>(*least) / static_cast<double>(*most));
    }
}

}  // namespace

int sc_main(int /*argc*/, char** /*argv*/) {
    const platform::BoardConfig board =
        platform::load_board_file(ATHENA_BOARDS "/athena-1.toml", {});
    print_bandwidth(board);

    Chain chain;
    Fabric streams(board, board.cluster.count, false, 0.5);
    Fabric saturated(board, board.cluster.count, true, 0);
    const double random_load =
        0.8 * bytes_per_cycle(board, saturated) / (64.0 * static_cast<double>(board.cluster.count));
    Fabric random(board, board.cluster.count, true, random_load);
    std::vector<double> chains;
    std::vector<double> of_streams;
    std::vector<double> of_random;
    for (unsigned sample = 0; sample < kSamples; ++sample) {
        chains.push_back(rate(chain));
        of_streams.push_back(rate(streams));
        of_random.push_back(rate(random));
    }
    const double peer = median(chains);
    std::printf(
        "thousand transactions a second: empty chain %.0f, streams at half load %.0f "
        "(%.2f, goal %.2f), random at 80 %% load %.0f (%.2f, goal %.2f)\n",
        peer / 1e3, median(of_streams) / 1e3, median(of_streams) / peer, kLeastStreams,
        median(of_random) / 1e3, median(of_random) / peer, kLeastRandom);
    std::printf("nanoseconds a transaction, streams at half load:");
    for (const std::uint64_t clusters : {1, 4, 16, 64}) {
        Fabric some(board, clusters, false, clusters == 64 ? 0.125 : 0.5);
        std::vector<double> rates;
        for (unsigned sample = 0; sample < 3; ++sample) {
            rates.push_back(rate(some));
        }
        std::printf("  %llu clusters %.0f", static_cast<unsigned long long>(clusters),
                    1e9 / median(rates));
    }
    std::printf("\n");
    return 0;
}
