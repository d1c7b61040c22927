// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_calendar.h"

#include <bit>

namespace athena::memory {

HbmCalendar::HbmCalendar(const HbmConfig& c)
    : in_group_bits_(static_cast<unsigned>(std::countr_zero(c.banks))),
      bank_bits_(static_cast<unsigned>(std::countr_zero(c.pseudo_channel_banks()))),
      banks_(c.pseudo_channel_banks()) {
    const unsigned burst = c.burst_cycles();
    const unsigned extra = c.act_cycles - 1;
    gaps_ = {
        .act_act = c.rc,
        .act_read = c.rcdrd + extra,
        .act_write = c.rcdwr + extra,
        .act_precharge = c.ras + extra,
        .act_act_s = c.rrd_s,
        .act_act_l = c.rrd_l,
        .window = c.faw,
        .act_refresh_bank = c.rrd_s + extra,
        .precharge_act = c.rp - extra,
        .precharge_refresh = c.rp,
        .same_s = std::max(c.ccd_s, burst),
        .same_l = std::max(c.ccd_l, burst),
        .read_write = c.cl + burst + c.rtw_bubble - c.cwl,
        .write_read_s = c.cwl + burst + c.wtr_s,
        .write_read_l = c.cwl + burst + c.wtr_l,
        .read_precharge = c.rtp,
        .write_precharge = c.cwl + burst + c.wr,
        .read_auto = c.rtp_auto,
        .refresh_act = c.rfc - extra,
        .refresh_refresh = c.rfc,
        .refresh_bank_act = c.rfcb - extra,
        .refresh_bank_other_act = c.rrefd - extra,
        .refresh_bank_refresh = c.rrefd,
        .row_bus = extra == 0 ? 0 : c.act_cycles,
    };
}

void HbmCalendar::activate(unsigned bank, HbmCycle now) {
    Bank& b = bank_[bank];
    later(b.activate, now + gaps_.act_act);
    later(b.column[0], now + gaps_.act_read);
    later(b.column[1], now + gaps_.act_write);
    later(b.precharge, now + gaps_.act_precharge);
    later(group_[bank >> in_group_bits_].activate, now + gaps_.act_act_l);
    PseudoChannel& pc = pseudo_[bank >> bank_bits_];
    later(pc.activate, now + gaps_.act_act_s);
    later(pc.refresh_bank, now + gaps_.act_refresh_bank);
    pc.window[pc.oldest] = now + gaps_.window;
    pc.oldest = (pc.oldest + 1) % pc.window.size();
    row_bus_ = std::max(row_bus_, now + gaps_.row_bus);
}

void HbmCalendar::precharged(unsigned bank, HbmCycle now) {
    later(bank_[bank].activate, now + gaps_.precharge_act);
    later(bank_[bank].refresh, now + gaps_.precharge_refresh);
    later(pseudo_[bank >> bank_bits_].refresh, now + gaps_.precharge_refresh);
}

void HbmCalendar::precharge(unsigned bank, HbmCycle now) {
    precharged(bank, now);
}

void HbmCalendar::precharge_all(unsigned pseudo_channel, HbmCycle now) {
    for (unsigned i = 0; i < banks_; ++i) {
        precharged(pseudo_channel * banks_ + i, now);
    }
}

void HbmCalendar::refresh(unsigned pseudo_channel, HbmCycle now) {
    for (unsigned i = 0; i < banks_; ++i) {
        later(bank_[pseudo_channel * banks_ + i].activate, now + gaps_.refresh_act);
    }
    later(pseudo_[pseudo_channel].refresh, now + gaps_.refresh_refresh);
}

void HbmCalendar::refresh_bank(unsigned bank, HbmCycle now) {
    later(bank_[bank].activate, now + gaps_.refresh_bank_act);
    later(bank_[bank].refresh, now + gaps_.refresh_bank_act);
    PseudoChannel& pc = pseudo_[bank >> bank_bits_];
    later(pc.activate, now + gaps_.refresh_bank_other_act);
    later(pc.refresh_bank, now + gaps_.refresh_bank_refresh);
}

}  // namespace athena::memory
