// SPDX-License-Identifier: Apache-2.0
#include "memory/memory.h"

#include <algorithm>
#include <cstring>

namespace athena::memory {

namespace {

base::Picoseconds streaming_time(const Memory::Config& config, std::uint64_t length) {
    constexpr std::uint64_t kPicoseconds = 1'000'000'000'000;
    if (length <= ~std::uint64_t{0} / kPicoseconds) {
        return {length * kPicoseconds / config.bytes_per_second};  // a division of 128 bits is slow
    }
    __extension__ using Wide = unsigned __int128;
    const Wide streaming = Wide{length} * kPicoseconds / config.bytes_per_second;
    return {static_cast<std::uint64_t>(streaming)};
}

}  // namespace

Memory::Memory(const sc_core::sc_module_name& name, const Config& config,
               base::CodePages& code_pages, base::Backlog* backlog)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      latency_(sc_core::sc_time::from_value(config.latency.value)),
      code_pages_(code_pages),
      storage_(config.size, this->name()),
      backlog_(backlog) {
    if (backlog != nullptr) {
        uses_.emplace(config.size, this->name(), *backlog);
    }
}

std::optional<std::span<std::byte>> Memory::span(std::uint64_t offset, std::uint64_t length) {
    if (offset > config_.size || length > config_.size - offset) {
        return std::nullopt;
    }
    return storage_.bytes().subspan(offset, length);
}

bool Memory::accepts(const tlm::tlm_generic_payload& payload) const {
    const std::uint64_t offset = payload.get_address();
    const std::uint64_t width = std::min(payload.get_data_length(), payload.get_streaming_width());
    return offset <= config_.size && width <= config_.size - offset &&
           !(payload.is_write() && config_.read_only);
}

void Memory::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                         sc_core::sc_time& delay) {
    const unsigned length = payload.get_data_length();
    const unsigned width = std::min(length, payload.get_streaming_width());
    const auto bytes = span(payload.get_address(), width);
    if (!bytes) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    if (payload.is_write() && config_.read_only) {
        payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return;
    }
    settle_for(payload.get_address(), width, payload.is_write());
    base::copy_payload(payload, reinterpret_cast<unsigned char*>(bytes->data()));
    if (payload.is_write()) {
        code_pages_.written(config_.base + base::PhysAddr{payload.get_address()}, width);
        bytes_written_ += length;
    } else {
        bytes_read_ += length;
    }
    delay += latency_;
    if (config_.bytes_per_second != 0) {
        delay += sc_core::sc_time::from_value(streaming_time(config_, length).value);
    }
    payload.set_dmi_allowed(config_.grants_dmi);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool Memory::get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                                tlm::tlm_dmi& dmi) {
    if (payload.get_address() >= config_.size) {
        return base::Target::get_direct_mem_ptr(port, payload, dmi);
    }
    if (auto* loan = payload.get_extension<base::Loan>(); loan != nullptr) {
        return lend(*loan, payload, dmi);
    }
    dmi.set_start_address(0);
    dmi.set_end_address(config_.size - 1);
    if (!config_.grants_dmi || (payload.is_write() && config_.read_only)) {
        dmi.allow_none();
        return false;
    }
    dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(storage_.bytes().data()));
    config_.read_only ? dmi.allow_read() : dmi.allow_read_write();
    if (backlog_ != nullptr) {
        backlog_->settle();
        has_dmi_ = true;
    }
    return true;
}

void Memory::settle_for(std::uint64_t offset, std::uint64_t length, bool write) {
    if (uses_) {
        uses_->settle_for(write, offset, length);
    }
}

void Memory::take_dmi_back() {
    if (has_dmi_) {
        has_dmi_ = false;
        socket->invalidate_direct_mem_ptr(0, config_.size - 1);
    }
}

// Not where code is watched: a writer has to tell of each byte there.
bool Memory::lend(base::Loan& loan, const tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    const auto bytes = span(payload.get_address(), loan.length);
    const bool write = payload.is_write();
    if (loan.only_asks) {
        return bytes && !(write && config_.read_only) &&
               base::Loan::confirm(payload, loan.length, dmi);
    }
    if (!bytes ||
        (write && (config_.read_only ||
                   code_pages_.may_watch(config_.base + base::PhysAddr{payload.get_address()},
                                         loan.length)))) {
        return false;
    }
    if (loan.lane == 0 || !uses_) {
        settle_for(payload.get_address(), loan.length, write);
    } else {
        loan.may_wait = true;
        loan.uses = &*uses_;
        loan.uses_offset = payload.get_address();
        take_dmi_back();
    }
    return loan.grant(payload, dmi, bytes->data(), write ? bytes_written_ : bytes_read_);
}

unsigned Memory::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t offset = payload.get_address();
    if (offset >= config_.size) {
        return 0;
    }
    const std::uint64_t length =
        std::min<std::uint64_t>(payload.get_data_length(), config_.size - offset);
    settle_for(offset, length, payload.is_write());
    std::byte* cell = storage_.bytes().data() + offset;
    if (payload.is_write()) {
        std::memcpy(cell, payload.get_data_ptr(), length);
        code_pages_.written(config_.base + base::PhysAddr{offset}, length);
    } else if (payload.is_read()) {
        std::memcpy(payload.get_data_ptr(), cell, length);
    }
    return static_cast<unsigned>(length);
}

void Memory::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("bytes_read", bytes_read_);
    visitor.counter("bytes_written", bytes_written_);
}

}  // namespace athena::memory
