// SPDX-License-Identifier: Apache-2.0
#include "fabric/at_router.h"

#include <utility>

#include "base/hexadecimal.h"

namespace athena::fabric {

AtRouter::AtRouter(const sc_core::sc_module_name& name, base::EventQueue& events)
    : Router(name, {}), events_(events), id_(events.add_target(this->name(), *this)) {}

base::TargetSocket& AtRouter::add_input(const std::string& name) {
    in_.emplace_back();
    return Router::add_input(name);
}

base::InitiatorSocket& AtRouter::map(const std::string& name, base::PhysAddr base,
                                     std::uint64_t size, bool remapped) {
    base::InitiatorSocket& socket = Router::map(name, base, size, remapped);
    out_.emplace_back();
    return socket;
}

base::InitiatorSocket& AtRouter::add_further_output(const std::string& name) {
    out_.emplace_back();
    return Router::add_output(name);
}

tlm::tlm_sync_enum AtRouter::nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) {
        return begin(port, payload, phase, delay);
    }
    if (phase == tlm::END_RESP) {
        in_[port].response_open = false;
        send_responses(port);
    }
    return tlm::TLM_COMPLETED;
}

tlm::tlm_sync_enum AtRouter::begin(std::uint32_t input, tlm::tlm_generic_payload& payload,
                                   tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
    const Range* range = locate(input, payload);
    if (range == nullptr) {
        return tlm::TLM_COMPLETED;  // answered with an address error
    }
    Input& in = in_[input];
    in.pending = &payload;
    in.output = output_of(*range, payload.get_address() - range->offset);
    in.offset = range->offset;
    if (delay != sc_core::SC_ZERO_TIME) {
        events_.schedule(events_.now() + base::Picoseconds{delay.value()}, id_, kBegin, input);
        return tlm::TLM_ACCEPTED;
    }
    in.in_call = true;
    in.ended = false;
    requested(input);
    in_[input].in_call = false;
    if (!in_[input].ended) {
        return tlm::TLM_ACCEPTED;
    }
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

std::uint32_t AtRouter::accept(std::uint32_t input) {
    Input& in = in_[input];
    tlm::tlm_generic_payload& payload = *std::exchange(in.pending, nullptr);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(records_.size()));
        records_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    records_[number] = {&payload, input, in.output, payload.get_address()};
    payload.set_address(payload.get_address() - in.offset);
    auto* route = payload.get_extension<base::Route>();
    if (route == nullptr) {
        route = new base::Route;
        payload.set_extension(route);
        records_[number].owns_route = true;
    }
    route->push(number);
    records_[number].route = route;
    return number;
}

void AtRouter::accepted(std::uint32_t record) {
    const std::uint32_t input = records_[record].input;
    if (in_[input].in_call) {
        in_[input].ended = true;
    } else {
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time delay;
        input_socket(input).answer(*records_[record].payload, phase, delay);
    }
}

void AtRouter::forward(std::uint32_t record) {
    const std::uint32_t output = records_[record].output;
    out_[output].queue.push(record);
    send(output);
}

// One after the other; a target that ends a request within the call is asked for the next at once.
void AtRouter::send(std::uint32_t output) {
    Output& out = out_[output];
    if (out.sending) {
        return;
    }
    out.sending = true;
    while (!out.open && !out.queue.empty()) {
        const std::uint32_t number = out.queue.front();
        tlm::tlm_generic_payload& payload = *records_[number].payload;
        out.open = true;
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        const auto answer = output_socket(output).request(payload, phase, delay);
        if (answer == tlm::TLM_COMPLETED ||
            (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
            end_request(output);
            begin_response(number, delay);
        } else if (answer == tlm::TLM_UPDATED) {
            end_request(output);
        }
    }
    out.sending = false;
}

void AtRouter::end_request(std::uint32_t output) {
    Output& out = out_[output];
    if (out.open) {
        out.open = false;
        out.queue.pop();
        taken(output);
    }
}

tlm::tlm_sync_enum AtRouter::nb_transport_bw(unsigned port, tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    Output& out = out_[port];
    const bool of_front = out.open && records_[out.queue.front()].payload == &payload;
    if (of_front && (phase == tlm::END_REQ || phase == tlm::BEGIN_RESP)) {
        end_request(port);
    }
    if (phase == tlm::END_REQ) {
        send(port);
        return tlm::TLM_ACCEPTED;
    }
    if (phase == tlm::BEGIN_RESP) {
        begin_response(payload.get_extension<base::Route>()->top(), delay);
        send(port);
    }
    return tlm::TLM_COMPLETED;
}

void AtRouter::begin_response(std::uint32_t record, const sc_core::sc_time& delay) {
    if (delay == sc_core::SC_ZERO_TIME) {
        responded(record);
    } else {
        events_.schedule(events_.now() + base::Picoseconds{delay.value()}, id_, kResponse, record);
    }
}

void AtRouter::answer(std::uint32_t record) {
    const std::uint32_t input = records_[record].input;
    in_[input].responses.push(record);
    send_responses(input);
}

void AtRouter::send_responses(std::uint32_t input) {
    while (!in_[input].response_open && !in_[input].responses.empty()) {
        const std::uint32_t number = in_[input].responses.front();
        in_[input].responses.pop();
        const Record done = records_[number];
        tlm::tlm_generic_payload& payload = *done.payload;
        count(done.input, done.output, payload);
        payload.set_address(done.address);
        log_answered(done.input, payload);
        static_cast<void>(done.route->pop());
        if (done.owns_route) {
            payload.clear_extension(done.route);
            delete done.route;
        }
        free_.push_back(number);
        records_[number].payload = nullptr;
        in_[input].response_open = true;
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time delay;
        const auto answer = input_socket(input).answer(payload, phase, delay);
        if (answer != tlm::TLM_ACCEPTED) {
            in_[input].response_open = false;
        }
    }
}

void AtRouter::serve(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
                     sc_core::sc_time& delay) {
    delay += sc_core::sc_time::from_value(
        charge(port, static_cast<std::uint32_t>(range.output), payload).value);
    Router::serve(port, payload, range, delay);
}

std::vector<std::string> AtRouter::waits() const {
    constexpr std::size_t kMostLines = 8;
    std::vector<std::string> lines;
    const auto add = [&](const tlm::tlm_generic_payload& payload, std::uint32_t input,
                         std::uint64_t address, std::uint32_t output, const std::string& what) {
        if (lines.size() < kMostLines) {
            lines.push_back(std::string(name()) + ": " + (payload.is_write() ? "write" : "read") +
                            " of " + std::to_string(payload.get_data_length()) + " bytes at " +
                            base::hexadecimal(address) + " from " + input_name(input) + " to " +
                            output_name(output) + " " + what);
        }
    };
    for (std::uint32_t number = 0; number < records_.size(); ++number) {
        const Record& record = records_[number];
        if (record.payload != nullptr) {
            const Output& out = out_[record.output];
            const bool at_target = out.open && out.queue.front() == number;
            add(*record.payload, record.input, record.address, record.output,
                at_target ? "is not taken by its target" : "is on its way or not answered");
        }
    }
    for (std::uint32_t input = 0; input < in_.size(); ++input) {
        const Input& in = in_[input];
        if (in.pending != nullptr) {
            add(*in.pending, input, in.pending->get_address(), in.output,
                "waits for room on its way");
        }
    }
    return lines;
}

bool AtRouter::handle(std::uint32_t kind, std::uint64_t payload) {
    if (kind == kBegin) {
        requested(static_cast<std::uint32_t>(payload));
    } else if (kind == kResponse) {
        responded(static_cast<std::uint32_t>(payload));
    }
    return kind < kFirstOwn;
}

}  // namespace athena::fabric
