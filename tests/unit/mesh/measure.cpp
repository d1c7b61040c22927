// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "fabric/mesh.h"
#include "tests/unit/mesh/traffic.h"

namespace athena::test {

using fabric::Mesh;
using fabric::MeshConfig;

namespace {

constexpr double kSaturatedLatency = 500;

class Run {
  public:
    Run(const MeshConfig& config, const Load& load)
        : mesh_(config), load_(load), random_(load.seed) {}

    // Offers load for so many cycles.
    void run(std::uint64_t cycles) {
        const std::uint64_t end = mesh_.now() + cycles;
        while (mesh_.now() < end) {
            offer();
            mesh_.advance(mesh_.now() + 1);
            collect();
        }
    }

    Point measure() {
        run(load_.warm_up);
        const std::uint64_t before = ejected_flits();
        first_ = mesh_.now();
        end_ = first_ + load_.measured;
        run(load_.measured);
        Point point{};
        const double cycles = static_cast<double>(load_.measured) * mesh_.config().nodes();
        point.accepted = static_cast<double>(ejected_flits() - before) / cycles;
        // In overload the last of them would come when the queues are empty, which is never.
        point.is_saturated = done_ == 0 || mean(latency_) > kSaturatedLatency;
        while (!point.is_saturated && done_ < created_) {
            run(1);
            point.is_saturated = mean(latency_) > kSaturatedLatency;
        }
        point.packet_latency = mean(latency_);
        point.network_latency = mean(network_latency_);
        point.links = static_cast<double>(links_) / static_cast<double>(created_);
        point.cycles = mesh_.now();
        point.flit_hops = flit_hops();
        if (const auto fault = mesh_.check_conservation()) {
            throw std::runtime_error(*fault);
        }
        return point;
    }

  private:
    void offer() {
        const MeshConfig& config = mesh_.config();
        const double chance = load_.offered / load_.packet_flits;
        for (std::uint32_t source = 0; source < config.nodes(); ++source) {
            if (!random_.chance(chance)) {
                continue;
            }
            const std::uint32_t to = destination(load_.pattern, config, source, random_);
            mesh_.inject({source, to, load_.packet_flits, mesh_.now()});
            if (is_measured(mesh_.now())) {
                ++created_;
                const auto gap = [](std::uint32_t a, std::uint32_t b) {
                    return a > b ? a - b : b - a;
                };
                links_ += gap(source % config.width, to % config.width) +
                          gap(source / config.width, to / config.width);
            }
        }
    }

    void collect() {
        for (const Mesh::Delivery& delivery : mesh_.deliveries()) {
            if (is_measured(delivery.handle)) {
                ++done_;
                latency_ += delivery.cycle - delivery.handle;
                network_latency_ += delivery.cycle - delivery.entered;
            }
        }
    }

    [[nodiscard]] bool is_measured(std::uint64_t cycle) const {
        return first_ <= cycle && cycle < end_;
    }
    [[nodiscard]] double mean(std::uint64_t sum) const {
        return static_cast<double>(sum) / static_cast<double>(done_);
    }
    [[nodiscard]] std::uint64_t ejected_flits() const {
        std::uint64_t flits = 0;
        for (std::uint32_t node = 0; node < mesh_.config().nodes(); ++node) {
            flits += mesh_.node_counters(node).ejected_flits;
        }
        return flits;
    }
    [[nodiscard]] std::uint64_t flit_hops() const {
        std::uint64_t flits = 0;
        for (std::uint32_t node = 0; node < mesh_.config().nodes(); ++node) {
            for (unsigned port = 0; port < 5; ++port) {
                flits += mesh_.link(node, port).flits;
            }
        }
        return flits;
    }

    Mesh mesh_;
    Load load_;
    Random random_;
    std::uint64_t first_ = ~std::uint64_t{0};  // cycles in which packets are measured
    std::uint64_t end_ = 0;
    std::uint64_t created_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t links_ = 0;
    std::uint64_t latency_ = 0;
    std::uint64_t network_latency_ = 0;
};

}  // namespace

Point measure(const MeshConfig& mesh, const Load& load) {
    return Run(mesh, load).measure();
}

}  // namespace athena::test
