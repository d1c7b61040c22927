// SPDX-License-Identifier: Apache-2.0
// Random transactions of the TLM base protocol (IEEE 1666, 14), legal but senseless, and the checks
// that hold for every target.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "unit/memory/probe.h"

namespace athena::test {

/// Addresses that are worth hitting: near these, and anywhere below the window's end.
struct Places {
    std::vector<std::uint64_t> offsets;
    std::uint64_t window = 0;
};

class RandomAccess {
  public:
    RandomAccess(Probe& probe, const Places& places, std::uint32_t seed)
        : probe_(probe), places_(places), random_(seed) {}

    /// One transport, debug transport or request for direct access.
    void run() {
        make();
        switch (below(8)) {
            case 0:
                debug();
                break;
            case 1:
                direct();
                break;
            default:
                transport();
        }
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  private:
    static constexpr std::size_t kGuard = 16;
    static constexpr unsigned char kGuardByte = 0xA5;
    static constexpr std::array<unsigned, 16> kLengths{1, 2, 3,  4,  4,  4,  5,  7,
                                                       8, 8, 16, 32, 63, 64, 64, 200};

    std::uint64_t address() {
        switch (below(10)) {
            case 0:
                return below(places_.window + 64);
            case 1:
                return random_();
            case 2:
                return ~std::uint64_t{0} - below(300);
            case 3:
                return places_.window - 1 - below(300);
            default:
                return places_.offsets[below(places_.offsets.size())] + below(4) * below(9);
        }
    }

    std::uint64_t value() {
        switch (below(4)) {
            case 0:
                return below(16);
            case 1:
                return ~std::uint64_t{0} << below(64);
            case 2:
                return below(places_.window);
            default:
                return random_();
        }
    }

    void make() {
        length_ = kLengths[below(kLengths.size())];
        buffer_.assign(length_ + 2 * kGuard, kGuardByte);
        for (unsigned i = 0; i < length_; i += 8) {
            const std::uint64_t word = value();
            for (unsigned j = 0; j < 8 && i + j < length_; ++j) {
                buffer_[kGuard + i + j] = static_cast<unsigned char>(word >> (8 * j));
            }
        }
        const std::uint64_t kind = below(20);
        command_ = kind == 0  ? tlm::TLM_IGNORE_COMMAND
                   : kind < 9 ? tlm::TLM_READ_COMMAND
                              : tlm::TLM_WRITE_COMMAND;
        address_ = address();
        streaming_ = below(8) == 0 ? 1 + static_cast<unsigned>(below(2 * length_)) : length_;
        probe_.prepare(command_, address_, {buffer_.data() + kGuard, length_});
        probe_.payload.set_streaming_width(streaming_);
        enables_.clear();
        if (below(8) == 0) {
            enables_.resize(1 + below(12));
            std::ranges::generate(
                enables_, [this]() -> unsigned char { return below(2) != 0 ? 0xFF : 0x00; });
        }
        probe_.payload.set_byte_enable_ptr(enables_.empty() ? nullptr : enables_.data());
        probe_.payload.set_byte_enable_length(static_cast<unsigned>(enables_.size()));
    }

    void transport() {
        const std::vector<unsigned char> before = buffer_;
        const std::vector<unsigned char> enables = enables_;
        sc_core::sc_time delay;
        probe_.socket->b_transport(probe_.payload, delay);
        CAPTURE(command_, address_, length_, streaming_, enables.size());
        REQUIRE(probe_.payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE);
        REQUIRE(probe_.payload.get_command() == command_);
        REQUIRE(probe_.payload.get_address() == address_);
        REQUIRE(probe_.payload.get_data_length() == length_);
        REQUIRE(probe_.payload.get_streaming_width() == streaming_);
        REQUIRE(enables_ == enables);
        if (command_ == tlm::TLM_READ_COMMAND && probe_.payload.is_response_ok()) {
            check_bytes(before);
        } else {
            REQUIRE(buffer_ == before);
        }
    }

    /// Guards and bytes that are not enabled keep their values.
    void check_bytes(const std::vector<unsigned char>& before) const {
        for (std::size_t i = 0; i < buffer_.size(); ++i) {
            const bool inside = i >= kGuard && i < kGuard + length_;
            const bool enabled =
                enables_.empty() || (inside && enables_[(i - kGuard) % enables_.size()] != 0);
            if (!inside || !enabled) {
                REQUIRE(buffer_[i] == before[i]);
            }
        }
    }

    void debug() {
        const std::vector<unsigned char> before = buffer_;
        probe_.payload.set_byte_enable_ptr(nullptr);
        const unsigned moved = probe_.socket->transport_dbg(probe_.payload);
        CAPTURE(command_, address_, length_, moved);
        REQUIRE(moved <= length_);
        for (std::size_t i = 0; i < buffer_.size(); ++i) {
            if (command_ != tlm::TLM_READ_COMMAND || i < kGuard || i >= kGuard + moved) {
                REQUIRE(buffer_[i] == before[i]);
            }
        }
        REQUIRE(probe_.payload.get_address() == address_);
        REQUIRE(probe_.payload.get_data_length() == length_);
    }

    void direct() {
        tlm::tlm_dmi dmi;
        const bool granted = probe_.socket->get_direct_mem_ptr(probe_.payload, dmi);
        CAPTURE(command_, address_, granted);
        REQUIRE(dmi.get_start_address() <= address_);
        REQUIRE(dmi.get_end_address() >= address_);
        REQUIRE((!granted || dmi.get_dmi_ptr() != nullptr));
        REQUIRE(probe_.payload.get_address() == address_);
    }

    Probe& probe_;
    const Places& places_;
    std::mt19937_64 random_;
    std::vector<unsigned char> buffer_;
    std::vector<unsigned char> enables_;
    tlm::tlm_command command_{};
    std::uint64_t address_ = 0;
    unsigned length_ = 0;
    unsigned streaming_ = 0;
};

}  // namespace athena::test
