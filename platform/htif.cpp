// SPDX-License-Identifier: Apache-2.0
#include "platform/htif.h"

#include <algorithm>
#include <string>

#include "base/hexadecimal.h"

namespace athena::platform {

HtifWatch::HtifWatch(const sc_core::sc_module_name& name, base::PhysAddr base,
                     base::EventQueue& events, base::Diagnostics& diagnostics)
    : sc_core::sc_module(name),
      in("in", *this),
      out("out", *this),
      base_(base.value),
      events_(events),
      id_(events.add_target(sc_core::sc_module::name(), *this)),
      diagnostics_(diagnostics) {}

void HtifWatch::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                            sc_core::sc_time& delay) {
    const std::uint64_t first = payload.get_address();
    const std::uint64_t end = first + payload.get_data_length();
    out.send(payload, delay);
    if (!word_ || !payload.is_write() || payload.is_response_error() || end <= *word_ ||
        first >= *word_ + 8) {
        return;
    }
    events_.cancel(id_, kLowHalfAlone);
    if (end >= *word_ + 8) {
        act();
    } else {
        events_.schedule(events_.now() + kHalfTime, id_, kLowHalfAlone);
    }
}

bool HtifWatch::get_direct_mem_ptr(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                                   tlm::tlm_dmi& dmi) {
    const std::uint64_t address = payload.get_address();
    const bool granted = out.ask_direct(payload, dmi);
    if (!granted || !word_) {
        return granted;
    }
    const std::uint64_t page = *word_ / kPage * kPage;
    const std::uint64_t start = dmi.get_start_address();
    if (address < page) {
        dmi.set_end_address(std::min<std::uint64_t>(dmi.get_end_address(), page - 1));
        return true;
    }
    const bool in_page = address < page + kPage;
    const std::uint64_t first = std::max(start, in_page ? page : page + kPage);
    dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - start));
    dmi.set_start_address(first);
    if (in_page) {
        dmi.set_end_address(std::min<std::uint64_t>(dmi.get_end_address(), page + kPage - 1));
        dmi.allow_read();
        return !payload.is_write();
    }
    return true;
}

unsigned HtifWatch::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return out->transport_dbg(payload);
}

void HtifWatch::invalidate_direct_mem_ptr(unsigned /*port*/, sc_dt::uint64 first,
                                          sc_dt::uint64 last) {
    in->invalidate_direct_mem_ptr(first, last);
}

void HtifWatch::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    act();
}

std::uint64_t HtifWatch::value() {
    std::uint64_t word = 0;
    look_.set_read();
    look_.set_address(*word_);
    look_.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    look_.set_data_length(sizeof word);
    look_.set_streaming_width(sizeof word);
    (void)out->transport_dbg(look_);
    return word;
}

void HtifWatch::act() {
    constexpr unsigned kDeviceShift = 48;
    const std::uint64_t word = value();
    if (word == 0) {
        return;
    }
    if (word == 1) {
        diagnostics_.stop(base::ExitStatus::Passed, "");
    } else if ((word & 1) != 0 && word >> kDeviceShift == 0) {
        failure_ = word >> 1;
        diagnostics_.stop(base::ExitStatus::GuestFailed,
                          "guest failed with code " + std::to_string(*failure_) + " (tohost)");
    } else {
        diagnostics_.model_gap("htif", "tohost = " + base::hexadecimal(word, 16) +
                                           " is a device command or system call; write 1 or "
                                           "(code << 1) | 1 to end the run, print by the uart");
    }
}

}  // namespace athena::platform
