// SPDX-License-Identifier: Apache-2.0
// Parameters of an HBM controller: organisation, timing, scheduling and address map, their check,
// and presets. Names of timing parameters follow JESD235; all are in cycles of the command clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace athena::memory {

/// Cycles of the command clock (HbmConfig::tck_ps long) since reset.
using HbmCycle = std::uint64_t;
inline constexpr HbmCycle kHbmNever = ~HbmCycle{0};

inline constexpr unsigned kHbmMaxBanks = 64;   // of a channel, both pseudo-channels: one mask
inline constexpr unsigned kHbmMaxBursts = 64;  // of a request: one mask

enum class HbmOrganisation : unsigned {
    BankQueues,     // a command queue a bank behind two transaction queues (as DRAMsim3 has it)
    ChannelBuffer,  // one buffer of reads and one of writes a channel (as Ramulator has it)
};
enum class HbmPagePolicy : unsigned { Open, Closed };  // Closed: each access precharges its bank
enum class HbmRefresh : unsigned { None, AllBank, PerBank };

struct HbmConfig {
    // Organisation. All are powers of two.
    unsigned stacks = 1;
    unsigned channels = 8;         // a stack
    unsigned pseudo_channels = 1;  // a channel: 1 (legacy mode), or 2 sharing the command buses
    unsigned bank_groups = 4;      // a pseudo-channel
    unsigned banks = 4;            // a bank group
    unsigned rows = 32768;         // a bank
    unsigned row_bytes = 2048;     // page size
    unsigned bus_bits = 128;       // data bus of a pseudo-channel
    unsigned burst_length = 4;     // beats; two a cycle

    // Timing.
    unsigned tck_ps = 1000;
    unsigned cl = 14;
    unsigned cwl = 4;
    unsigned rcdrd = 14;
    unsigned rcdwr = 14;
    unsigned rp = 14;
    unsigned ras = 34;
    unsigned rc = 48;
    unsigned rrd_s = 4;
    unsigned rrd_l = 6;
    unsigned faw = 30;
    unsigned ccd_s = 1;  // the burst counts where it is longer
    unsigned ccd_l = 2;
    unsigned wtr_s = 6;
    unsigned wtr_l = 8;
    unsigned wr = 16;
    unsigned rtp = 5;
    unsigned rtp_auto = 7;    // read with auto-precharge to the precharge inside
    unsigned rtw_bubble = 2;  // read to write: cl + burst - cwl + rtw_bubble
    unsigned act_cycles = 1;  // 1 or 2 cycles of the row command bus
    HbmRefresh refresh = HbmRefresh::AllBank;
    unsigned rfc = 260;
    unsigned refi = 3900;
    unsigned rfcb = 160;  // per-bank refresh
    unsigned refib = 243;
    unsigned rrefd = 8;  // per-bank refresh to an activation or refresh of another bank

    // Scheduling.
    HbmOrganisation organisation = HbmOrganisation::BankQueues;
    HbmPagePolicy page_policy = HbmPagePolicy::Open;
    unsigned read_queue = 32;
    unsigned write_queue = 32;
    unsigned bank_queue = 8;     // BankQueues: commands a bank
    unsigned row_hit_limit = 4;  // BankQueues: hits after which a waiting conflict closes the row
    unsigned idle_drain = 8;     // BankQueues: more writes than this drain when all else is idle
    unsigned drain_high = 80;    // ChannelBuffer: per cent of write_queue above which writes drain
    unsigned drain_low = 20;     // ChannelBuffer: and below which they stop
    unsigned max_wait = 16384;   // cycles after which a waiting command is served before others
    unsigned return_cycles = 0;  // last data beat to completion, beyond the burst
    unsigned request_bytes = 256;  // of one request at most (HbmAddressMap::contiguous())

    // Address map: see HbmAddressMap.
    std::string mapping = "rorabgbachco";
    unsigned channel_interleave = 0;  // bytes, where `mapping` does not name ch; 0: whole channels
    unsigned stack_interleave = 0;    // bytes, where `mapping` does not name st; 0: whole stacks
    bool bank_hash = false;           // bank group and bank are XORed with the row's low bits

    [[nodiscard]] unsigned access_bytes() const { return bus_bits / 8 * burst_length; }
    [[nodiscard]] unsigned burst_cycles() const { return burst_length / 2; }
    [[nodiscard]] unsigned bursts_per_row() const { return row_bytes / access_bytes(); }
    [[nodiscard]] unsigned pseudo_channel_banks() const { return bank_groups * banks; }
    [[nodiscard]] unsigned channel_banks() const { return pseudo_channels * bank_groups * banks; }
    [[nodiscard]] unsigned total_channels() const { return stacks * channels; }
    [[nodiscard]] std::uint64_t channel_bytes() const {
        return std::uint64_t{channel_banks()} * rows * row_bytes;
    }
    [[nodiscard]] std::uint64_t capacity() const { return channel_bytes() * total_channels(); }
    /// Peak of all stacks, bytes a cycle.
    [[nodiscard]] std::uint64_t peak_bytes_per_cycle() const {
        return std::uint64_t{total_channels()} * pseudo_channels * bus_bits / 4;
    }

    /// Nothing, or one line that says which parameter is impossible and why.
    [[nodiscard]] std::optional<std::string> check() const;
};

/// A named number of HbmConfig, as board files and command lines spell it.
struct HbmParameter {
    std::string_view name;
    unsigned HbmConfig::*value;
    unsigned least;
    bool power_of_two;
};
[[nodiscard]] std::span<const HbmParameter> hbm_parameters();

/// Sets the parameter `key` (a name of hbm_parameters(), or organisation, page_policy, refresh,
/// mapping, bank_hash). Returns nothing, or what is wrong with key or value.
[[nodiscard]] std::optional<std::string> hbm_set(HbmConfig& config, std::string_view key,
                                                 std::string_view value);

/// `hbm2-8gb-legacy`, `hbm2-pseudochannel`, `hbm2e-16gb` or `hbm2e-board` (models/memory/README.md
/// says where their values come from); nothing for another name.
[[nodiscard]] std::optional<HbmConfig> hbm_preset(std::string_view name);
[[nodiscard]] std::span<const std::string_view> hbm_preset_names();

}  // namespace athena::memory
