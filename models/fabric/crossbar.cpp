// SPDX-License-Identifier: Apache-2.0
#include "fabric/crossbar.h"

#include <algorithm>

namespace athena::fabric {

namespace {
constexpr std::uint64_t kNone = ~std::uint64_t{0};
}

Crossbar::Crossbar(const sc_core::sc_module_name& name, const Config& config,
                   base::EventQueue& events)
    : AtRouter(name, events), config_(config), clock_(config.clock_hz) {}

base::TargetSocket& Crossbar::add_input(const std::string& name) {
    in_.emplace_back();
    return AtRouter::add_input(name);
}

base::InitiatorSocket& Crossbar::map(const std::string& name, base::PhysAddr base,
                                     std::uint64_t size, bool remapped) {
    base::InitiatorSocket& socket = AtRouter::map(name, base, size, remapped);
    out_.emplace_back();
    return socket;
}

std::uint64_t Crossbar::beats(const tlm::tlm_generic_payload& payload) const {
    return std::max<std::uint64_t>(
        1, (payload.get_data_length() + config_.bytes_per_cycle - 1) / config_.bytes_per_cycle);
}

void Crossbar::requested(std::uint32_t input) {
    arbitrate(wanted(input));
}

void Crossbar::taken(std::uint32_t output) {
    --out_[output].on_the_way;
    arbitrate(output);
}

bool Crossbar::repeats(const tlm::tlm_generic_payload& payload) {
    const auto* const route = payload.get_extension<base::Route>();
    return route != nullptr && route->empty() && route->repeats();
}

// The first cycle in which both ends' channels are free for the input's request.
std::uint64_t Crossbar::ready_cycle(std::uint32_t input) const {
    const Input& in = in_[input];
    const Output& out = out_[wanted(input)];
    if (pending(input)->is_read()) {
        return std::max(in.read_requests, out.read_requests);
    }
    return repeats(*pending(input)) ? out.write_data : std::max(in.write_data, out.write_data);
}

// Round robin: the next input behind the last one that was granted.
void Crossbar::arbitrate(std::uint32_t output) {
    Output& out = out_[output];
    if (out.granting) {
        return;  // the loop below sees what has changed
    }
    out.granting = true;
    const std::uint64_t now = cycle_now();
    std::uint64_t next = kNone;
    for (bool granted = true; granted && out.on_the_way < config_.queue;) {
        granted = false;
        next = kNone;
        for (std::size_t step = 1; step <= inputs(); ++step) {
            const auto input = static_cast<std::uint32_t>((out.last + step) % inputs());
            if (pending(input) == nullptr || wanted(input) != output) {
                continue;
            }
            const std::uint64_t ready = ready_cycle(input);
            if (ready <= now) {
                grant(input, now);
                granted = true;
                break;
            }
            next = std::min(next, ready);
        }
    }
    out.granting = false;
    if (next != kNone && out.on_the_way < config_.queue &&
        (out.arbitrate_at <= now || next < out.arbitrate_at)) {
        out.arbitrate_at = next;
        events_.schedule(clock_.at({next}), id_, kArbitrate, output);
    }
}

void Crossbar::grant(std::uint32_t input, std::uint64_t cycle) {
    const tlm::tlm_generic_payload& payload = *pending(input);
    Output& out = out_[wanted(input)];
    Input& in = in_[input];
    if (payload.is_write()) {
        const std::uint64_t length = beats(payload);
        if (!repeats(payload)) {
            in.write_data = cycle + length;
        }
        out.write_data = cycle + length;
        out.busy_cycles += length;
    } else {
        in.read_requests = cycle + 1;
        out.read_requests = cycle + 1;
    }
    out.last = input;
    ++out.on_the_way;
    const std::uint32_t number = accept(input);
    events_.schedule(clock_.at({cycle + config_.request_cycles}), id_, kArrive, number);
    accepted(number);
}

// The response's last beat is there; its beats follow those of the response before.
void Crossbar::responded(std::uint32_t number) {
    const Record& done = record(number);
    const bool reads = done.payload->is_read();
    std::uint64_t& channel = reads ? in_[done.input].read_data : in_[done.input].write_responses;
    const std::uint64_t length = reads ? beats(*done.payload) : 1;
    channel = std::max(cycle_now(), channel + length);
    out_[done.output].busy_cycles += reads ? length : 0;
    events_.schedule(clock_.at({channel + config_.response_cycles}), id_, kAnswer, number);
}

// With what is granted before it at the output, and taking its place there.
base::Picoseconds Crossbar::charge(std::uint32_t /*input*/, std::uint32_t output,
                                   const tlm::tlm_generic_payload& payload) {
    const std::uint64_t now = cycle_now();
    std::uint64_t& channel =
        payload.is_write() ? out_[output].write_data : out_[output].read_requests;
    const std::uint64_t start = std::max(now, channel);
    const std::uint64_t length = beats(payload);
    channel = start + (payload.is_write() ? length : 1);
    const std::uint64_t end = start + config_.request_cycles + config_.response_cycles + length - 1;
    return clock_.at({end}) - std::min(clock_.at({end}), events_.now());
}

void Crossbar::on_event(std::uint32_t kind, std::uint64_t payload) {
    const auto number = static_cast<std::uint32_t>(payload);
    switch (kind) {
        case kArbitrate:
            return arbitrate(number);
        case kArrive:
            return forward(number);
        case kAnswer:
            return answer(number);
        default:
            static_cast<void>(handle(kind, payload));
    }
}

void Crossbar::report_output(std::size_t output, base::StatisticsVisitor& visitor) const {
    visitor.counter("busy_cycles", out_[output].busy_cycles);
}

}  // namespace athena::fabric
