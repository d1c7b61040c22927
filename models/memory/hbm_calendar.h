// SPDX-License-Identifier: Apache-2.0
// When each command is next allowed: the timing constraints of a channel, kept as the earliest
// cycles of bank, bank group, pseudo-channel and row command bus. A command moves those of the
// commands after it; asking for a bank is taking the latest of four. Asking for all banks at once
// is by mask (HbmGate): ready() and bound() after look(), in cycles that do not go back.
//
// That a bus carries one command a cycle is the scheduler's to keep. An activation of two cycles
// holds the row bus for both; it is noted at its first and counts for the device from its second.
#pragma once

#include <algorithm>
#include <array>

#include "memory/hbm_config.h"
#include "memory/hbm_gate.h"

namespace athena::memory {

enum class HbmStep : unsigned { Read, Write, Activate, Precharge };

class HbmCalendar {
  public:
    /// ready() and bound() are for the organisation ChannelBuffer alone: the others do not ask, and
    /// are spared what they cost.
    explicit HbmCalendar(const HbmConfig& config);

    [[nodiscard]] HbmCycle activate_at(unsigned bank) const {
        const PseudoChannel& pc = pseudo_[bank >> bank_bits_];
        return std::max({bank_[bank].activate, group_[bank >> in_group_bits_].activate, pc.activate,
                         pc.window[pc.oldest], row_bus_});
    }
    [[nodiscard]] HbmCycle precharge_at(unsigned bank) const {
        return std::max(bank_[bank].precharge, row_bus_);
    }
    [[nodiscard]] HbmCycle column_at(unsigned bank, bool write) const {
        return std::max({bank_[bank].column[write ? 1 : 0],
                         group_[bank >> in_group_bits_].column[write ? 1 : 0],
                         pseudo_[bank >> bank_bits_].column[write ? 1 : 0]});
    }
    [[nodiscard]] HbmCycle refresh_at(unsigned pseudo_channel) const {
        return std::max(pseudo_[pseudo_channel].refresh, row_bus_);
    }
    [[nodiscard]] HbmCycle refresh_bank_at(unsigned bank) const {
        return std::max({bank_[bank].refresh, pseudo_[bank >> bank_bits_].refresh_bank, row_bus_});
    }

    void activate(unsigned bank, HbmCycle now);
    void precharge(unsigned bank, HbmCycle now);
    void precharge_all(unsigned pseudo_channel, HbmCycle now);
    /// `automatic`: with auto-precharge.
    void column(unsigned bank, bool write, bool automatic, HbmCycle now);
    void refresh(unsigned pseudo_channel, HbmCycle now);
    void refresh_bank(unsigned bank, HbmCycle now);

    /// Banks that `step` may go to at `now`.
    template <HbmStep step>
    [[nodiscard]] std::uint64_t ready(HbmCycle now) {
        constexpr auto kIndex = static_cast<unsigned>(step);
        std::uint64_t banks = (pseudo_at<step>(0) <= now ? pseudo_banks_[0] : 0) |
                              (pseudo_at<step>(1) <= now ? pseudo_banks_[1] : 0);
        if (banks == 0) {
            return 0;
        }
        if constexpr (step == HbmStep::Precharge) {
            if (bank_gate_[kIndex].next() <= now) {
                look<step>(now);
            }
            return banks & ~bank_gate_[kIndex].closed();
        } else {
            if (std::min(bank_gate_[kIndex].next(), group_gate_[kIndex].next()) <= now) {
                look<step>(now);
            }
            return banks & ~bank_gate_[kIndex].closed() & ~group_gate_[kIndex].closed();
        }
    }
    /// No bank of `wanted`, none of which is ready(), may have `step` before this cycle.
    template <HbmStep step>
    [[nodiscard]] HbmCycle bound(std::uint64_t wanted) const {
        if (wanted == 0) {
            return kHbmNever;
        }
        const std::uint64_t second = wanted & pseudo_banks_[1];
        return std::min(bound_of<step>(wanted & pseudo_banks_[0], pseudo_at<step>(0)),
                        second != 0 ? bound_of<step>(second, pseudo_at<step>(1)) : kHbmNever);
    }
    /// Makes what is derived from the cycles, after these were loaded.
    void derive();

    [[nodiscard]] bool sound() const {
        return pseudo_[0].oldest < pseudo_[0].window.size() &&
               pseudo_[1].oldest < pseudo_[1].window.size();
    }
    /// Calls `visit(name, value)` for each cycle kept: saving and loading.
    template <typename Visit>
    void visit(Visit&& visit) {
        for (Bank& bank : bank_) {
            visit("bank_activate", bank.activate);
            visit("bank_precharge", bank.precharge);
            visit("bank_read", bank.column[0]);
            visit("bank_write", bank.column[1]);
            visit("bank_refresh", bank.refresh);
        }
        for (Group& group : group_) {
            visit("group_activate", group.activate);
            visit("group_read", group.column[0]);
            visit("group_write", group.column[1]);
        }
        for (PseudoChannel& pc : pseudo_) {
            visit("pc_activate", pc.activate);
            visit("pc_read", pc.column[0]);
            visit("pc_write", pc.column[1]);
            visit("pc_refresh", pc.refresh);
            visit("pc_refresh_bank", pc.refresh_bank);
            for (HbmCycle& end : pc.window) {
                visit("pc_window", end);
            }
            visit("pc_oldest", pc.oldest);
        }
        visit("row_bus", row_bus_);
    }

  private:
    struct Bank {
        HbmCycle activate = 0;
        HbmCycle precharge = 0;
        std::array<HbmCycle, 2> column{};  // read, write
        HbmCycle refresh = 0;              // of this bank alone
    };
    struct Group {
        HbmCycle activate = 0;
        std::array<HbmCycle, 2> column{};
    };
    struct PseudoChannel {
        HbmCycle activate = 0;
        std::array<HbmCycle, 2> column{};
        HbmCycle refresh = 0;
        HbmCycle refresh_bank = 0;
        std::array<HbmCycle, 4> window{};  // ends of the windows of the last four activations
        HbmCycle oldest = 0;               // of them
    };
    /// Gaps between commands, in cycles from the first of one to the first of the next.
    struct Gaps {
        HbmCycle act_act, act_read, act_write, act_precharge;
        HbmCycle act_act_s, act_act_l, window, act_refresh_bank;
        HbmCycle precharge_act, precharge_refresh;
        HbmCycle same_s, same_l;  // read to read, write to write
        HbmCycle read_write, write_read_s, write_read_l;
        HbmCycle read_precharge, write_precharge, read_auto;
        HbmCycle refresh_act, refresh_refresh, refresh_bank_act, refresh_bank_other_act;
        HbmCycle refresh_bank_refresh;
        HbmCycle row_bus;  // cycles of an activation, if more than one
    };

    void precharged(unsigned bank, HbmCycle now);
    template <HbmStep step>
    [[nodiscard]] HbmCycle bank_at(unsigned bank) const {
        const Bank& b = bank_[bank];
        switch (step) {
            case HbmStep::Activate:
                return b.activate;
            case HbmStep::Precharge:
                return b.precharge;
            default:
                return b.column[static_cast<unsigned>(step) & 1];
        }
    }
    template <HbmStep step>
    [[nodiscard]] HbmCycle group_at(unsigned group) const {
        const Group& g = group_[group];
        return step == HbmStep::Activate ? g.activate : g.column[static_cast<unsigned>(step) & 1];
    }
    template <HbmStep step>
    [[nodiscard]] HbmCycle pseudo_at(unsigned pseudo_channel) const {
        const PseudoChannel& pc = pseudo_[pseudo_channel];
        switch (step) {
            case HbmStep::Activate:
                return std::max({pc.activate, pc.window[pc.oldest], row_bus_});
            case HbmStep::Precharge:
                return row_bus_;
            default:
                return pc.column[static_cast<unsigned>(step) & 1];
        }
    }
    template <HbmStep step>
    [[nodiscard]] HbmCycle bound_of(std::uint64_t wanted, HbmCycle pseudo) const {
        constexpr auto kIndex = static_cast<unsigned>(step);
        const std::uint64_t closed = bank_gate_[kIndex].closed();
        if (wanted == 0) {
            return kHbmNever;
        }
        HbmCycle at = kHbmNever;
        if ((wanted & ~closed) != 0) {
            at = 0;
            if constexpr (step != HbmStep::Precharge) {
                const HbmGate& groups = group_gate_[kIndex];
                at = (wanted & ~closed & ~groups.closed()) != 0 ? 0 : groups.next();
            }
        }
        for (std::uint64_t rest = wanted & closed; at > pseudo && rest != 0; rest &= rest - 1) {
            at = std::min(at, bank_at<step>(static_cast<unsigned>(std::countr_zero(rest))));
        }
        return std::max(at, pseudo);
    }
    template <HbmStep step>
    void look(HbmCycle now);
    void close_banks(HbmStep step, std::uint64_t banks, HbmCycle at) {
        if (gated_) {
            bank_gate_[static_cast<unsigned>(step)].close(banks, at);
        }
    }
    void close_bank(HbmStep step, unsigned bank, HbmCycle at) {
        close_banks(step, std::uint64_t{1} << bank, at);
    }
    void close_group(HbmStep step, unsigned bank, HbmCycle at) {
        if (gated_) {
            group_gate_[static_cast<unsigned>(step)].close(group_mask(bank), at);
        }
    }
    [[nodiscard]] std::uint64_t group_mask(unsigned bank) const {
        return group_banks_ << (bank >> in_group_bits_ << in_group_bits_);
    }

    Gaps gaps_{};
    unsigned in_group_bits_;
    unsigned bank_bits_;
    unsigned banks_;  // of a pseudo-channel
    std::array<Bank, kHbmMaxBanks> bank_{};
    std::array<Group, kHbmMaxBanks> group_{};
    std::array<PseudoChannel, 2> pseudo_{};
    HbmCycle row_bus_ = 0;

    // Derived, for ready() and bound(): masks of banks.
    bool gated_;                                 // ready() will be asked
    std::uint64_t group_banks_;                  // of the first group
    std::array<std::uint64_t, 2> pseudo_banks_;  // of each pseudo-channel
    std::array<HbmGate, 4> bank_gate_;           // by HbmStep
    std::array<HbmGate, 3> group_gate_;
};

}  // namespace athena::memory
