// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_config.h"

#include <array>
#include <bit>

#include "memory/hbm_address.h"

namespace athena::memory {

namespace {

constexpr unsigned kMaxQueue = 4096;
constexpr unsigned kMaxValue = 1U << 30;

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::optional<std::string> check_organisation(const HbmConfig& c) {
    if (c.pseudo_channels > 2) {
        return "pseudo_channels is " + number(c.pseudo_channels) + ", not 1 or 2";
    }
    if (c.channel_banks() > kHbmMaxBanks) {
        return "a channel has " + number(c.channel_banks()) + " banks, more than " +
               number(kHbmMaxBanks);
    }
    if (c.bus_bits < 8) {
        return "bus_bits is " + number(c.bus_bits) + ", less than a byte";
    }
    if (c.row_bytes < c.access_bytes()) {
        return "row_bytes is " + number(c.row_bytes) + ", less than a burst of " +
               number(c.access_bytes()) + " bytes";
    }
    const int bits = std::countr_zero(c.rows) + std::countr_zero(c.row_bytes) +
                     std::countr_zero(c.channel_banks()) + std::countr_zero(c.channels) +
                     std::countr_zero(c.stacks);
    if (bits > 56) {
        return "the capacity is 2^" + std::to_string(bits) + " bytes, more than 2^56";
    }
    return std::nullopt;
}

/// `a` must not be less than `b`.
struct Order {
    std::string_view a;
    std::uint64_t a_value;
    std::string_view b;
    std::uint64_t b_value;
};

std::optional<std::string> check_timing(const HbmConfig& c) {
    const std::array orders = {
        Order{"ras", c.ras, "rcdrd", c.rcdrd},
        Order{"ras", c.ras, "rcdwr", c.rcdwr},
        Order{"rc", c.rc, "ras + rp", std::uint64_t{c.ras} + c.rp},
        Order{"rrd_l", c.rrd_l, "rrd_s", c.rrd_s},
        Order{"faw", c.faw, "rrd_s", c.rrd_s},
        Order{"ccd_l", c.ccd_l, "ccd_s", c.ccd_s},
        Order{"wtr_l", c.wtr_l, "wtr_s", c.wtr_s},
        Order{"rtp_auto", c.rtp_auto, "rtp", c.rtp},
        Order{"rp", c.rp, "act_cycles", c.act_cycles},
        Order{"rrd_s", c.rrd_s, "act_cycles", c.act_cycles},
        Order{"cl + burst + rtw_bubble", std::uint64_t{c.cl} + c.burst_cycles() + c.rtw_bubble,
              "cwl + 1", std::uint64_t{c.cwl} + 1},
    };
    for (const Order& order : orders) {
        if (order.a_value < order.b_value) {
            return std::string(order.a) + " is " + number(order.a_value) + ", less than " +
                   std::string(order.b) + ", which is " + number(order.b_value);
        }
    }
    if (c.act_cycles > 2) {
        return "act_cycles is " + number(c.act_cycles) + ", not 1 or 2";
    }
    // A refresh has closed the banks of both pseudo-channels, and ended, before the next is due.
    const std::uint64_t closing = std::uint64_t{c.rc} + c.cwl + c.wr + c.channel_banks();
    if (c.refresh == HbmRefresh::AllBank && c.refi <= c.rfc + 2 * closing) {
        return "refi is " + number(c.refi) + ", too short for rfc, which is " + number(c.rfc) +
               ", and the closing of all banks";
    }
    if (c.refresh == HbmRefresh::PerBank) {
        if (c.refib <= std::uint64_t{c.rrefd} + 2 * closing - c.channel_banks()) {
            return "refib is " + number(c.refib) + ", too short for rrefd, which is " +
                   number(c.rrefd) + ", and the closing of a bank";
        }
        if (std::uint64_t{c.refib} * c.channel_banks() <= c.rfcb + closing) {
            return "refib is " + number(c.refib) + ", too short for rfcb, which is " +
                   number(c.rfcb);
        }
    }
    return std::nullopt;
}

std::optional<std::string> check_scheduling(const HbmConfig& c) {
    if (c.read_queue > kMaxQueue || c.write_queue > kMaxQueue || c.bank_queue > kMaxQueue) {
        return "a queue is longer than " + number(kMaxQueue);
    }
    if (c.drain_high > 100 || c.drain_low >= c.drain_high) {
        return "drain_low is " + number(c.drain_low) + " and drain_high " + number(c.drain_high) +
               ", not 0 <= drain_low < drain_high <= 100";
    }
    if (c.idle_drain >= c.write_queue && c.organisation == HbmOrganisation::BankQueues) {
        return "idle_drain is " + number(c.idle_drain) + ", not less than write_queue, which is " +
               number(c.write_queue);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> HbmConfig::check() const {
    for (const HbmParameter& parameter : hbm_parameters()) {
        const unsigned value = this->*parameter.value;
        if (value < parameter.least) {
            return std::string(parameter.name) + " is " + number(value) + ", less than " +
                   number(parameter.least);
        }
        if (value > kMaxValue) {
            return std::string(parameter.name) + " is " + number(value) + ", more than " +
                   number(kMaxValue);
        }
        if (parameter.power_of_two && value != 0 && !std::has_single_bit(value)) {
            return std::string(parameter.name) + " is " + number(value) + ", not a power of two";
        }
    }
    if (auto reason = check_organisation(*this)) {
        return reason;
    }
    if (auto reason = check_timing(*this)) {
        return reason;
    }
    if (auto reason = check_scheduling(*this)) {
        return reason;
    }
    return HbmAddressMap::check(*this);
}

}  // namespace athena::memory
