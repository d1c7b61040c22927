// SPDX-License-Identifier: Apache-2.0
// When each command is next allowed: the timing constraints of a channel, kept as the earliest
// cycles of bank, bank group, pseudo-channel and row command bus. A command moves those of the
// commands after it; asking for a bank is taking the latest of them.
//
// That a bus carries one command a cycle is the scheduler's to keep. An activation of two cycles
// holds the row bus for both; it is noted at its first and counts for the device from its second.
#pragma once

#include <algorithm>
#include <array>

#include "memory/hbm_config.h"

namespace athena::memory {

class HbmCalendar {
  public:
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
    void column(unsigned bank, bool write, HbmCycle now) {
        const unsigned kind = write ? 1 : 0;
        Group& group = group_[bank >> in_group_bits_];
        PseudoChannel& pc = pseudo_[bank >> bank_bits_];
        // What has let this command go is not later than now.
        group.column[kind] = now + gaps_.same_l;
        pc.column[kind] = now + gaps_.same_s;
        later(pc.column[1 - kind], now + (write ? gaps_.write_read_s : gaps_.read_write));
        later(bank_[bank].precharge, now + (write ? gaps_.write_precharge : gaps_.read_precharge));
        if (write) {
            later(group.column[0], now + gaps_.write_read_l);
        }
    }
    /// The precharge inside a command with auto-precharge, which is before column().
    void automatic(unsigned bank, bool write, HbmCycle now) {
        // The device precharges when tRAS has passed as well; bank.precharge is when that is.
        const HbmCycle inside = now + (write ? gaps_.write_precharge : gaps_.read_auto);
        precharged(bank, std::max(bank_[bank].precharge, inside));
    }
    [[nodiscard]] HbmCycle same_group_gap() const { return gaps_.same_l; }
    void refresh(unsigned pseudo_channel, HbmCycle now);
    void refresh_bank(unsigned bank, HbmCycle now);

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

    static void later(HbmCycle& cycle, HbmCycle than) { cycle = std::max(cycle, than); }
    void precharged(unsigned bank, HbmCycle now);
    Gaps gaps_{};
    unsigned in_group_bits_;
    unsigned bank_bits_;
    unsigned banks_;  // of a pseudo-channel
    std::array<Bank, kHbmMaxBanks> bank_{};
    std::array<Group, kHbmMaxBanks> group_{};
    std::array<PseudoChannel, 2> pseudo_{};
    HbmCycle row_bus_ = 0;
};

}  // namespace athena::memory
