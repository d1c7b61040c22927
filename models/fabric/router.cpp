// SPDX-License-Identifier: Apache-2.0
#include "fabric/router.h"

#include <algorithm>
#include <stdexcept>

#include "base/loan.h"
#include "base/state.h"

namespace athena::fabric {

namespace {
constexpr std::uint32_t kStateVersion = 1;
}

Router::Router(const sc_core::sc_module_name& name, const Config& config)
    : sc_core::sc_module(name), latency_(sc_core::sc_time::from_value(config.latency.value)) {}

base::TargetSocket& Router::add_input(const std::string& name) {
    simcontext()->hierarchy_push(
        this);  // the socket is the router's child, made after its constructor
    base::TargetSocket& socket = inputs_.emplace_back(
        name.c_str(), static_cast<base::Target&>(*this), static_cast<unsigned>(inputs_.size()));
    simcontext()->hierarchy_pop();
    unmapped_.push_back(0);
    traffic_.resize(inputs_.size() * outputs_.size());
    return socket;
}

base::InitiatorSocket& Router::map(const std::string& name, base::PhysAddr base, std::uint64_t size,
                                   bool remapped) {
    const std::uint64_t last = base.value + size - 1;
    if (size == 0 || last < base.value) {
        throw std::invalid_argument("range '" + name + "' is empty or leaves the address space");
    }
    for (const Range& range : ranges_) {
        if (base.value <= range.last && range.first <= last) {
            throw std::invalid_argument("range '" + name + "' overlaps '" +
                                        range.socket->basename() + "'");
        }
    }
    base::InitiatorSocket& socket = add_output(name);
    const Range range{base.value, last,    remapped ? base.value : 0,
                      remapped,   &socket, outputs_.size() - 1};
    ranges_.insert(
        std::upper_bound(ranges_.begin(), ranges_.end(), range,
                         [](const Range& a, const Range& b) { return a.first < b.first; }),
        range);
    return socket;
}

base::InitiatorSocket& Router::add_output(const std::string& name) {
    simcontext()->hierarchy_push(this);
    base::InitiatorSocket& socket = outputs_.emplace_back(
        name.c_str(), static_cast<base::Initiator&>(*this), static_cast<unsigned>(outputs_.size()));
    simcontext()->hierarchy_pop();
    traffic_.resize(inputs_.size() * outputs_.size());
    return socket;
}

// Halves the ranges without a branch that depends on the address: each access has another.
const Router::Range* Router::find(std::uint64_t address) const {
    const Range* range = ranges_.data();
    for (std::size_t left = ranges_.size(); left > 1;) {
        const std::size_t half = left / 2;
        range += range[half].first <= address ? half : 0;
        left -= half;
    }
    return !ranges_.empty() && range->first <= address && address <= range->last ? range : nullptr;
}

const Router::Range* Router::locate(unsigned port, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const Range* range = find(address);
    const std::uint64_t width = std::min(payload.get_data_length(), payload.get_streaming_width());
    if (range != nullptr && width <= range->last - address + 1) {
        return range;
    }
    ++unmapped_[port];
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (log_ != nullptr) {
        log_refused(port, payload, nullptr);
    }
    return nullptr;
}

void Router::b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                         sc_core::sc_time& delay) {
    const Range* range = locate(port, payload);
    if (range == nullptr) {
        return;
    }
    if (log_ == nullptr) {
        serve(port, payload, *range, delay);
    } else {
        serve_logged(port, payload, *range, delay);
    }
}

void Router::serve(unsigned port, tlm::tlm_generic_payload& payload, const Range& range,
                   sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    delay += latency_;
    payload.set_address(address - range.offset);
    range.socket->send(payload, delay);
    payload.set_address(address);
    count(port, range.output, payload);
}

void Router::count(std::size_t input, std::size_t output, const tlm::tlm_generic_payload& payload) {
    if (payload.is_response_ok()) {
        Traffic& moved = traffic(input, output);
        if (payload.is_write()) {
            moved.written += payload.get_data_length();
        } else if (payload.is_read()) {
            moved.read += payload.get_data_length();
        }
    }
}

bool Router::get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                                tlm::tlm_dmi& dmi) {
    const std::uint64_t address = payload.get_address();
    const Range* range = find(address);
    if (range == nullptr) {
        dmi.allow_none();
        dmi.set_start_address(address);
        dmi.set_end_address(address);
        return false;
    }
    payload.set_address(address - range->offset);
    const bool granted = range->socket->ask_direct(payload, dmi);
    payload.set_address(address);
    const std::uint64_t first =
        std::max<std::uint64_t>(dmi.get_start_address() + range->offset, range->first);
    const std::uint64_t room = range->last - range->offset;
    const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), room) + range->offset;
    if (granted) {
        auto* loan = payload.get_extension<base::Loan>();
        if (loan != nullptr && !loan->counters.empty()) {
            Traffic& moved = traffic(port, range->output);
            loan->counters.add_counter(payload.is_write() ? moved.written : moved.read);
        }
        dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - range->offset - dmi.get_start_address()));
    }
    dmi.set_start_address(first);
    dmi.set_end_address(last);
    return granted;
}

unsigned Router::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const Range* range = find(address);
    if (range == nullptr) {
        return 0;
    }
    const unsigned length = payload.get_data_length();
    const std::uint64_t room = range->last - address + 1;
    payload.set_data_length(static_cast<unsigned>(std::min<std::uint64_t>(length, room)));
    payload.set_address(address - range->offset);
    const unsigned moved = (*range->socket)->transport_dbg(payload);
    payload.set_address(address);
    payload.set_data_length(length);
    return moved;
}

void Router::invalidate_direct_mem_ptr(unsigned port, sc_dt::uint64 first, sc_dt::uint64 last) {
    for (const Range& range : ranges_) {
        const std::uint64_t begin = std::max<std::uint64_t>(first, range.first - range.offset);
        const std::uint64_t end = std::min<std::uint64_t>(last, range.last - range.offset);
        if (range.output == port && begin <= end) {  // else it would go round between crossbars
            for (base::TargetSocket& input : inputs_) {
                input->invalidate_direct_mem_ptr(begin + range.offset, end + range.offset);
            }
        }
    }
}

Router::Traffic Router::sum_of_input(std::size_t input) const {
    Traffic sum;
    for (std::size_t output = 0; output < outputs_.size(); ++output) {
        sum.read += traffic(input, output).read;
        sum.written += traffic(input, output).written;
    }
    return sum;
}

Router::Traffic Router::sum_of_output(std::size_t output) const {
    Traffic sum;
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
        sum.read += traffic(input, output).read;
        sum.written += traffic(input, output).written;
    }
    return sum;
}

void Router::report(base::StatisticsVisitor& visitor) const {
    const auto bytes = [&](const Traffic& sum) {
        visitor.counter("bytes_read", sum.read);
        visitor.counter("bytes_written", sum.written);
    };
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
        visitor.enter(inputs_[input].basename());
        bytes(sum_of_input(input));
        visitor.counter("unmapped", unmapped_[input]);
        visitor.leave();
    }
    for (std::size_t output = 0; output < outputs_.size(); ++output) {
        visitor.enter(outputs_[output].basename());
        bytes(sum_of_output(output));
        report_output(output, visitor);
        visitor.leave();
    }
}

void Router::save(base::StateWriter& writer) const {
    writer.begin("router", kStateVersion);
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
        for (std::size_t output = 0; output < outputs_.size(); ++output) {
            writer.value("read", traffic(input, output).read);
            writer.value("written", traffic(input, output).written);
        }
        writer.value("unmapped", unmapped_[input]);
    }
    writer.end();
}

void Router::load(base::StateReader& reader) {
    reader.begin("router", kStateVersion);
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
        for (std::size_t output = 0; output < outputs_.size(); ++output) {
            traffic(input, output).read = reader.value("read");
            traffic(input, output).written = reader.value("written");
        }
        unmapped_[input] = reader.value("unmapped");
    }
    reader.end();
}

}  // namespace athena::fabric
