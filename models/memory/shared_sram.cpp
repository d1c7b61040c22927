// SPDX-License-Identifier: Apache-2.0
#include "memory/shared_sram.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/loan.h"
#include "base/origin.h"
#include "base/state.h"

namespace athena::memory {

namespace {

constexpr std::uint32_t kStateVersion = 1;

// A read and a read go together, nothing else does.
bool conflict(const SharedSram::Claim& a, const SharedSram::Claim& b) {
    return a.begin < b.end && b.begin < a.end && (a.write || b.write);
}

}  // namespace

SharedSram::SharedSram(const sc_core::sc_module_name& name, const Config& config,
                       base::Diagnostics& diagnostics, base::Backlog::Lane lane)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      diagnostics_(diagnostics),
      lane_(lane),
      storage_(config.size, this->name()),
      claims_(config.owners) {}

SharedSram::~SharedSram() {
    lane_.settle();
}

bool SharedSram::is_free(const Claim& wanted) const {
    return std::ranges::none_of(claims_, [&](const std::vector<Claim>& owned) {
        return std::ranges::any_of(owned,
                                   [&](const Claim& claim) { return conflict(claim, wanted); });
    });
}

bool SharedSram::claim(std::uint32_t owner, std::span<const Claim> claims) {
    if (!std::ranges::all_of(claims, [&](const Claim& wanted) { return is_free(wanted); })) {
        return false;
    }
    claims_[owner].assign(claims.begin(), claims.end());
    return true;
}

// Bytes that a byte enable leaves out are not accessed.
bool SharedSram::is_refused(const tlm::tlm_generic_payload& payload, unsigned width) const {
    const std::uint64_t address = payload.get_address();
    const unsigned char* enables = payload.get_byte_enable_ptr();
    if (enables == nullptr) {
        return !is_free({address, address + width, payload.is_write()});
    }
    for (unsigned i = 0; i < payload.get_data_length(); ++i) {
        const std::uint64_t byte = address + i % width;
        if (enables[i % payload.get_byte_enable_length()] != 0 &&
            !is_free({byte, byte + 1, payload.is_write()})) {
            return true;
        }
    }
    return false;
}

void SharedSram::report_in_flight(const tlm::tlm_generic_payload& payload) {
    ++in_flight_faults_;
    std::string text = "range in flight: ";
    text += payload.is_write() ? "write" : "read";
    text += " of " + std::to_string(payload.get_data_length()) + " bytes at offset " +
            std::to_string(payload.get_address());
    if (const auto* origin = payload.get_extension<base::Origin>(); origin != nullptr) {
        text += " by initiator " + std::to_string(origin->initiator);
    }
    diagnostics_.guest_fault(name(), text);
}

void SharedSram::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    const unsigned width = std::min(length, payload.get_streaming_width());
    if (address > config_.size || width > config_.size - address) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    delay += sc_core::sc_time::from_value(config_.latency.value);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        return;
    }
    if (is_refused(payload, width)) {
        report_in_flight(payload);
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    lane_.settle();
    base::copy_payload(payload, reinterpret_cast<unsigned char*>(&bytes()[0] + address));
    (payload.is_write() ? bytes_written_ : bytes_read_) += length;
}

bool SharedSram::get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                                    tlm::tlm_dmi& dmi) {
    auto* loan = payload.get_extension<base::Loan>();
    const std::uint64_t address = payload.get_address();
    if (loan == nullptr || address > config_.size || loan->length > config_.size - address ||
        !is_free({address, address + loan->length, payload.is_write()})) {
        return base::Target::get_direct_mem_ptr(port, payload, dmi);
    }
    if (loan->only_asks) {
        return base::Loan::confirm(payload, loan->length, dmi);
    }
    loan->wait_in(lane_);
    return loan->grant(payload, dmi, bytes().data() + address,
                       payload.is_write() ? bytes_written_ : bytes_read_);
}

unsigned SharedSram::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    if (address >= config_.size) {
        return 0;
    }
    const auto length = static_cast<unsigned>(
        std::min<std::uint64_t>(payload.get_data_length(), config_.size - address));
    settle();
    std::byte* const cells = bytes().data() + address;
    if (payload.is_write()) {
        std::memcpy(cells, payload.get_data_ptr(), length);
    } else if (payload.is_read()) {
        std::memcpy(payload.get_data_ptr(), cells, length);
    }
    return length;
}

void SharedSram::settle() const {
    lane_.settle();
    std::ranges::for_each(kernels_, [](base::Kernel* kernel) { kernel->settle(); });
}

void SharedSram::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("bytes_read", bytes_read_);
    visitor.counter("bytes_written", bytes_written_);
    visitor.counter("in_flight_faults", in_flight_faults_);
}

void SharedSram::save(base::StateWriter& writer) const {
    settle();
    writer.begin("shared_sram", kStateVersion);
    writer.bytes("bytes", storage_.bytes());
    writer.value("bytes_read", bytes_read_);
    writer.value("bytes_written", bytes_written_);
    writer.value("in_flight_faults", in_flight_faults_);
    writer.end();
}

void SharedSram::load(base::StateReader& reader) {
    settle();
    reader.begin("shared_sram", kStateVersion);
    reader.bytes("bytes", storage_.bytes());
    bytes_read_ = reader.value("bytes_read");
    bytes_written_ = reader.value("bytes_written");
    in_flight_faults_ = reader.value("in_flight_faults");
    reader.end();
}

}  // namespace athena::memory
