// SPDX-License-Identifier: Apache-2.0
// An address-decoding crossbar with flat timing: the board's system bus and a cluster's crossbar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "base/log.h"
#include "base/register_info.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "base/units.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::fabric {

/// Initiators bind to add_input(); targets are mapped to address ranges and see addresses from the
/// start of theirs. An access that no range holds completely gets an address error. Routing does
/// not change the payload's extensions; its address is restored on return (IEEE 1666, 14.7).
class Router : public sc_core::sc_module,
               public base::StatisticsSource,
               protected base::Target,
               protected base::Initiator {
  public:
    struct Config {
        base::Picoseconds latency{};  ///< added to each access in each direction together
    };

    Router(const sc_core::sc_module_name& name, const Config& config);

    /// A further target socket of the router.
    virtual base::TargetSocket& add_input(const std::string& name);

    /// Maps [base, base + size) to the socket returned, which the caller binds to the target.
    /// `remapped`: the target sees addresses from 0; otherwise the router's own (for a further
    /// router). Throws std::invalid_argument if the range is empty, wraps, or overlaps one mapped
    /// before.
    virtual base::InitiatorSocket& map(const std::string& name, base::PhysAddr base,
                                       std::uint64_t size, bool remapped = true);
    /// The registers `offset` bytes into what is behind the output of that name, for the log.
    void name_registers(const std::string& output, std::span<const base::RegisterInfo> registers,
                        std::uint64_t offset = 0);

    /// Tells `log` from now on, as the levels of LogSubsystem::Bus are: accesses that are refused,
    /// of registers, and all. Only of those that end here, not at a further router.
    void log_to(const base::Log& log) { log_ = &log; }

    /// A line for each of the oldest transactions that are on their way here: what it
    /// is, from where to where, and what it waits for. For a board that stands still.
    [[nodiscard]] virtual std::vector<std::string> waits() const { return {}; }
    /// Of each input and each output, under the names of their sockets: bytes of accesses that were
    /// served, loans included; of inputs also the accesses that no range held.
    void report(base::StatisticsVisitor& visitor) const override;
    /// The counters; to be loaded into a router with the same sockets.
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  protected:
    struct Range {
        std::uint64_t first;
        std::uint64_t last;
        std::uint64_t offset;  // what is taken off the address
        bool remapped;
        base::InitiatorSocket* socket;
        std::size_t output;
    };
    /// Null: no range holds the access; it is answered so, counted and told.
    [[nodiscard]] const Range* locate(unsigned port, tlm::tlm_generic_payload& payload);
    /// An access by b_transport that a range holds.
    virtual void serve(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
                       sc_core::sc_time& delay);
    /// Further counters of an output, under its name.
    virtual void report_output(std::size_t /*output*/, base::StatisticsVisitor& /*visitor*/) const {
    }
    /// A socket to a target of which no range is, in the order of map().
    base::InitiatorSocket& add_output(const std::string& name);
    /// Tells the log of an access in phases that has been answered; its address is the input's.
    void log_answered(unsigned port, const tlm::tlm_generic_payload& payload) const {
        if (log_ != nullptr) {
            tell_answered(port, payload);
        }
    }
    /// The bytes of an access that has been served.
    void count(std::size_t input, std::size_t output, const tlm::tlm_generic_payload& payload);
    [[nodiscard]] std::string input_name(std::size_t input) const {
        return inputs_[input].basename();
    }
    [[nodiscard]] std::string output_name(std::size_t output) const {
        return outputs_[output].basename();
    }
    [[nodiscard]] base::TargetSocket& input_socket(std::size_t input) { return inputs_[input]; }
    [[nodiscard]] base::InitiatorSocket& output_socket(std::size_t output) {
        return outputs_[output];
    }

  private:
    /// Bytes from an input to an output, or of all that a port has.
    struct Traffic {
        std::uint64_t read = 0;
        std::uint64_t written = 0;
    };
    [[nodiscard]] Traffic& traffic(std::size_t input, std::size_t output) {
        return traffic_[input * outputs_.size() + output];
    }
    [[nodiscard]] const Traffic& traffic(std::size_t input, std::size_t output) const {
        return traffic_[input * outputs_.size() + output];
    }
    struct Registers {
        std::span<const base::RegisterInfo> list{};
        std::uint64_t offset = 0;
    };
    void serve_logged(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
                      sc_core::sc_time& delay);
    void tell_answered(unsigned port, const tlm::tlm_generic_payload& payload) const;
    /// No range: none holds it.
    void log_refused(unsigned port, const tlm::tlm_generic_payload& payload,
                     const Range* range) const;
    /// "from_hart0 writes uart0.LCR", or with the address where it is no register's.
    [[nodiscard]] std::string text_of(unsigned port, const tlm::tlm_generic_payload& payload,
                                      const Range* range) const;
    /// Of the register that is accessed, empty if it is none.
    [[nodiscard]] std::string register_name(const tlm::tlm_generic_payload& payload,
                                            const Range& range) const;

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void invalidate_direct_mem_ptr(unsigned port, sc_dt::uint64 first, sc_dt::uint64 last) override;

    [[nodiscard]] const Range* find(std::uint64_t address) const;
    [[nodiscard]] Traffic sum_of_input(std::size_t input) const;
    [[nodiscard]] Traffic sum_of_output(std::size_t output) const;

    sc_core::sc_time latency_;
    std::deque<base::TargetSocket> inputs_;
    std::deque<base::InitiatorSocket> outputs_;
    std::vector<Traffic> traffic_;         // by input and output, when all are there
    std::vector<std::uint64_t> unmapped_;  // by input
    std::vector<Range> ranges_;            // by ascending address
    const base::Log* log_ = nullptr;       // nobody wants to see accesses
    std::vector<Registers> registers_;     // by output
};

}  // namespace athena::fabric
