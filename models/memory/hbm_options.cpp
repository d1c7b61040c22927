// SPDX-License-Identifier: Apache-2.0
// HBM parameters by name, and the presets.
#include <array>
#include <charconv>

#include "memory/hbm_config.h"

namespace athena::memory {

namespace {

using C = HbmConfig;

constexpr std::array kParameters = {
    HbmParameter{"stacks", &C::stacks, 1, true},
    HbmParameter{"channels", &C::channels, 1, true},
    HbmParameter{"pseudo_channels", &C::pseudo_channels, 1, true},
    HbmParameter{"bank_groups", &C::bank_groups, 1, true},
    HbmParameter{"banks", &C::banks, 1, true},
    HbmParameter{"rows", &C::rows, 1, true},
    HbmParameter{"row_bytes", &C::row_bytes, 1, true},
    HbmParameter{"bus_bits", &C::bus_bits, 1, true},
    HbmParameter{"burst_length", &C::burst_length, 2, true},
    HbmParameter{"tck_ps", &C::tck_ps, 1, false},
    HbmParameter{"cl", &C::cl, 1, false},
    HbmParameter{"cwl", &C::cwl, 1, false},
    HbmParameter{"rcdrd", &C::rcdrd, 1, false},
    HbmParameter{"rcdwr", &C::rcdwr, 1, false},
    HbmParameter{"rp", &C::rp, 1, false},
    HbmParameter{"ras", &C::ras, 1, false},
    HbmParameter{"rc", &C::rc, 1, false},
    HbmParameter{"rrd_s", &C::rrd_s, 1, false},
    HbmParameter{"rrd_l", &C::rrd_l, 1, false},
    HbmParameter{"faw", &C::faw, 1, false},
    HbmParameter{"ccd_s", &C::ccd_s, 1, false},
    HbmParameter{"ccd_l", &C::ccd_l, 1, false},
    HbmParameter{"wtr_s", &C::wtr_s, 1, false},
    HbmParameter{"wtr_l", &C::wtr_l, 1, false},
    HbmParameter{"wr", &C::wr, 1, false},
    HbmParameter{"rtp", &C::rtp, 1, false},
    HbmParameter{"rtp_auto", &C::rtp_auto, 1, false},
    HbmParameter{"rtw_bubble", &C::rtw_bubble, 0, false},
    HbmParameter{"act_cycles", &C::act_cycles, 1, false},
    HbmParameter{"rfc", &C::rfc, 1, false},
    HbmParameter{"refi", &C::refi, 1, false},
    HbmParameter{"rfcb", &C::rfcb, 1, false},
    HbmParameter{"refib", &C::refib, 1, false},
    HbmParameter{"rrefd", &C::rrefd, 1, false},
    HbmParameter{"read_queue", &C::read_queue, 1, false},
    HbmParameter{"write_queue", &C::write_queue, 1, false},
    HbmParameter{"bank_queue", &C::bank_queue, 1, false},
    HbmParameter{"row_hit_limit", &C::row_hit_limit, 1, false},
    HbmParameter{"idle_drain", &C::idle_drain, 0, false},
    HbmParameter{"drain_high", &C::drain_high, 1, false},
    HbmParameter{"drain_low", &C::drain_low, 0, false},
    HbmParameter{"max_wait", &C::max_wait, 1, false},
    HbmParameter{"return_cycles", &C::return_cycles, 0, false},
    HbmParameter{"request_bytes", &C::request_bytes, 1, true},
    HbmParameter{"channel_interleave", &C::channel_interleave, 0, true},
    HbmParameter{"stack_interleave", &C::stack_interleave, 0, true},
};

constexpr std::array<std::string_view, 4> kPresets = {"hbm2-8gb-legacy", "hbm2-pseudochannel",
                                                      "hbm2e-16gb", "hbm2e-board"};

/// The index of `value` among `words`, or what is wrong.
template <typename Enum, std::size_t N>
std::optional<std::string> choose(Enum& target, std::string_view key, std::string_view value,
                                  const std::array<std::string_view, N>& words) {
    std::string known;
    for (std::size_t i = 0; i < N; ++i) {
        if (words[i] == value) {
            target = static_cast<Enum>(i);
            return std::nullopt;
        }
        known += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    return std::string(key) + " is '" + std::string(value) + "', not one of " + known;
}

HbmConfig pseudochannel() {
    HbmConfig c;
    c.pseudo_channels = 2;
    c.rows = 65536;
    c.row_bytes = 1024;
    c.bus_bits = 64;
    c.cwl = 5;
    c.rcdwr = 12;
    c.rrd_l = 4;
    c.faw = 15;
    c.ccd_s = 2;
    c.ccd_l = 4;
    c.rtp_auto = 5;
    c.act_cycles = 2;
    c.rfc = 350;
    c.refib = 122;
    c.organisation = HbmOrganisation::ChannelBuffer;
    c.read_queue = 64;
    c.write_queue = 64;
    c.return_cycles = 1;
    c.mapping = "robaco4bgpcchco1";
    return c;
}

/// The nanoseconds of pseudochannel() at 1.6 GHz, rounded up.
HbmConfig hbm2e() {
    HbmConfig c = pseudochannel();
    c.tck_ps = 625;
    c.cl = 23;
    c.cwl = 8;
    c.rcdrd = 23;
    c.rcdwr = 20;
    c.rp = 23;
    c.ras = 55;
    c.rc = 78;
    c.rrd_s = 7;
    c.rrd_l = 7;
    c.faw = 24;
    c.wtr_s = 10;
    c.wtr_l = 13;
    c.wr = 26;
    c.rtp = 8;
    c.rtp_auto = 8;
    c.rfc = 560;
    c.refi = 6240;
    c.rfcb = 256;
    c.refib = 195;
    c.rrefd = 13;
    c.mapping = "roco2babgpcstchco3";
    return c;
}

}  // namespace

std::span<const HbmParameter> hbm_parameters() {
    return kParameters;
}

std::span<const std::string_view> hbm_preset_names() {
    return kPresets;
}

std::optional<HbmConfig> hbm_preset(std::string_view name) {
    if (name == kPresets[0]) {
        return HbmConfig{};
    }
    if (name == kPresets[1]) {
        return pseudochannel();
    }
    if (name == kPresets[2]) {
        return hbm2e();
    }
    if (name == kPresets[3]) {  // as many requests of 256 bytes as streams of several sources want
        HbmConfig c = hbm2e();
        c.read_queue = 256;
        c.write_queue = 256;
        return c;
    }
    return std::nullopt;
}

std::optional<std::string> hbm_set(HbmConfig& config, std::string_view key,
                                   std::string_view value) {
    if (key == "mapping") {
        config.mapping = value;
        return std::nullopt;
    }
    if (key == "organisation") {
        return choose(config.organisation, key, value,
                      std::array<std::string_view, 2>{"bank-queues", "channel-buffer"});
    }
    if (key == "page_policy") {
        return choose(config.page_policy, key, value,
                      std::array<std::string_view, 2>{"open", "closed"});
    }
    if (key == "refresh") {
        return choose(config.refresh, key, value,
                      std::array<std::string_view, 3>{"none", "all-bank", "per-bank"});
    }
    if (key == "bank_hash") {
        return choose(config.bank_hash, key, value,
                      std::array<std::string_view, 2>{"false", "true"});
    }
    for (const HbmParameter& parameter : kParameters) {
        if (parameter.name == key) {
            unsigned number = 0;
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), number);
            if (error != std::errc{} || end != value.data() + value.size()) {
                return std::string(key) + " is '" + std::string(value) + "', not a number";
            }
            config.*parameter.value = number;
            return std::nullopt;
        }
    }
    return "unknown HBM parameter '" + std::string(key) + "'";
}

}  // namespace athena::memory
