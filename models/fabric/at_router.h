// SPDX-License-Identifier: Apache-2.0
// A router with the base protocol's four phases (IEEE 1666, 16): what a crossbar and a mesh have in
// common, all but the way between an input and an output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/event_queue.h"
#include "base/fifo.h"
#include "base/route.h"
#include "fabric/router.h"

namespace athena::fabric {

/// By nb_transport any number of transactions are on their way; an input has one request that has
/// not been accepted, an output one that the target has not (IEEE 1666, 16.2.6). Responses are
/// accepted at once: initiators bound their number. b_transport is served as by a Router, with the
/// delay that charge() says.
class AtRouter : public Router, protected base::EventTarget {
  public:
    AtRouter(const sc_core::sc_module_name& name, base::EventQueue& events);

    base::TargetSocket& add_input(const std::string& name) override;
    base::InitiatorSocket& map(const std::string& name, base::PhysAddr base, std::uint64_t size,
                               bool remapped = true) override;

    [[nodiscard]] std::vector<std::string> waits() const override;
    /// Transactions between acceptance at an input and their response there.
    [[nodiscard]] std::size_t in_flight() const { return records_.size() - free_.size(); }

  protected:
    /// A transaction that has been accepted.
    struct Record {
        tlm::tlm_generic_payload* payload = nullptr;  ///< null: none
        std::uint32_t input = 0;
        std::uint32_t output = 0;
        std::uint64_t address = 0;  ///< as the input sees it
        base::Route* route = nullptr;
        bool owns_route = false;
    };
    /// Kinds of events up to kFirstOwn are used here.
    enum Kind : std::uint32_t { kBegin, kResponse, kFirstOwn };

    /// A request waits at the input: to be taken by accept(), now or later.
    virtual void requested(std::uint32_t input) = 0;
    /// The target has answered: answer() is to be called when the response has come to the input.
    virtual void responded(std::uint32_t record) = 0;
    /// Where a request that the range holds goes to; `address` counts as the output sees it.
    [[nodiscard]] virtual std::uint32_t output_of(const Range& range,
                                                  std::uint64_t /*address*/) const {
        return static_cast<std::uint32_t>(range.output);
    }
    /// The output's target has taken a request: waiting(output) has fallen.
    virtual void taken(std::uint32_t output) = 0;
    /// What an access by b_transport takes from input to output and back, without the target's.
    [[nodiscard]] virtual base::Picoseconds charge(std::uint32_t input, std::uint32_t output,
                                                   const tlm::tlm_generic_payload& payload) = 0;

    /// The request that waits there, or null; and its output.
    [[nodiscard]] tlm::tlm_generic_payload* pending(std::uint32_t input) const {
        return in_[input].pending;
    }
    [[nodiscard]] std::uint32_t wanted(std::uint32_t input) const { return in_[input].output; }
    /// Takes the pending request; the number of its record. When it is on its way, accepted() ends
    /// its phase: the initiator may send the next one at once.
    std::uint32_t accept(std::uint32_t input);
    void accepted(std::uint32_t record);
    /// The accepted request has come to its output.
    void forward(std::uint32_t record);
    /// Requests that have come to an output and that its target has not taken.
    [[nodiscard]] std::size_t waiting(std::uint32_t output) const {
        return out_[output].queue.size();
    }
    /// The response has come to the input.
    void answer(std::uint32_t record);
    [[nodiscard]] const Record& record(std::uint32_t number) const { return records_[number]; }
    /// As Router::add_output().
    base::InitiatorSocket& add_further_output(const std::string& name);
    [[nodiscard]] std::size_t inputs() const { return in_.size(); }
    [[nodiscard]] std::size_t outputs() const { return out_.size(); }

    /// Of a derived class: those up to kFirstOwn go to handle() here.
    [[nodiscard]] bool handle(std::uint32_t kind, std::uint64_t payload);

    base::EventQueue& events_;
    base::EventQueue::TargetId id_;

  private:
    struct Input {
        tlm::tlm_generic_payload* pending = nullptr;
        std::uint32_t output = 0;    // that it wants
        std::uint64_t offset = 0;    // what is taken off the address
        bool in_call = false;        // of nb_transport_fw: the phase ends by its return
        bool ended = false;          // in that call
        bool response_open = false;  // BEGIN_RESP without END_RESP
        base::Fifo<std::uint32_t> responses;
    };
    struct Output {
        base::Fifo<std::uint32_t> queue;  // the front one may be with the target
        bool open = false;                // BEGIN_REQ without END_REQ
        bool sending = false;
    };

    tlm::tlm_sync_enum nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
    tlm::tlm_sync_enum nb_transport_bw(unsigned port, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
    void serve(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
               sc_core::sc_time& delay) override;
    tlm::tlm_sync_enum begin(std::uint32_t input, tlm::tlm_generic_payload& payload,
                             tlm::tlm_phase& phase, const sc_core::sc_time& delay);
    void send(std::uint32_t output);
    void end_request(std::uint32_t output);
    void begin_response(std::uint32_t record, const sc_core::sc_time& delay);
    void send_responses(std::uint32_t input);

    std::vector<Input> in_;
    std::vector<Output> out_;
    std::vector<Record> records_;
    std::vector<std::uint32_t> free_;
};

}  // namespace athena::fabric
