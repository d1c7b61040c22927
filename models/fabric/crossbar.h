// SPDX-License-Identifier: Apache-2.0
// The crossbar of a cluster in timed fidelity (README.md, "Crossbar"): an AXI-like switch with
// separate channels for read requests, write data, read data and write responses.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock_domain.h"
#include "fabric/at_router.h"

namespace athena::fabric {

class Crossbar final : public AtRouter {
  public:
    struct Config {
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t bytes_per_cycle = 64;  ///< a beat, of each data channel
        std::uint32_t request_cycles = 4;    ///< from a grant to the output
        std::uint32_t response_cycles = 4;   ///< from the target's response to the input
        std::uint32_t queue = 8;             ///< requests on their way to an output, at least 1
    };

    Crossbar(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events);

    base::TargetSocket& add_input(const std::string& name) override;
    base::InitiatorSocket& map(const std::string& name, base::PhysAddr base, std::uint64_t size,
                               bool remapped = true) override;

  private:
    enum Kind : std::uint32_t { kArbitrate = kFirstOwn, kArrive, kAnswer };
    /// First cycles in which a channel takes another transaction's first beat.
    struct Input {
        std::uint64_t read_requests = 0;
        std::uint64_t write_data = 0;
        std::uint64_t read_data = 0;
        std::uint64_t write_responses = 0;
    };
    struct Output {
        std::uint64_t read_requests = 0;
        std::uint64_t write_data = 0;
        std::uint64_t busy_cycles = 0;   ///< of its write data or, behind it, of read data
        std::uint32_t on_the_way = 0;    ///< granted, and not taken by the target
        std::uint32_t last = 0;          ///< input that was granted last
        std::uint64_t arbitrate_at = 0;  ///< a kArbitrate is pending for this cycle
        bool granting = false;
    };

    void requested(std::uint32_t input) override;
    void responded(std::uint32_t record) override;
    void taken(std::uint32_t output) override;
    [[nodiscard]] base::Picoseconds charge(std::uint32_t input, std::uint32_t output,
                                           const tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    void report_output(std::size_t output, base::StatisticsVisitor& visitor) const override;

    void arbitrate(std::uint32_t output);
    /// Of a multicast, from the input's own initiator: the crossbar hands its data to several
    /// outputs.
    [[nodiscard]] static bool repeats(const tlm::tlm_generic_payload& payload);
    [[nodiscard]] std::uint64_t ready_cycle(std::uint32_t input) const;
    void grant(std::uint32_t input, std::uint64_t cycle);
    [[nodiscard]] std::uint64_t beats(const tlm::tlm_generic_payload& payload) const;
    [[nodiscard]] std::uint64_t cycle_now() const { return clock_.next_edge(events_.now()).value; }

    Config config_;
    base::ClockDomain clock_;
    std::vector<Input> in_;
    std::vector<Output> out_;
};

}  // namespace athena::fabric
