// SPDX-License-Identifier: Apache-2.0
// Scheduling with one buffer of reads and one of writes for the channel: the oldest request that
// is ready goes first; a row is not closed while an older or equally old request hits it. The
// request for which a row was opened leaves the buffer and keeps the row until it has used it.
#include <algorithm>
#include <bit>

#include "memory/hbm_channel.h"

namespace athena::memory {

void HbmChannel::want_mode(unsigned bank, unsigned mode) {
    const std::uint64_t bit = std::uint64_t{1} << bank;
    const Bank& b = bank_[bank];
    const HbmList& list = b.list[mode];
    activates_[mode] &= ~bit;
    precharges_[mode] &= ~bit;
    columns_[mode] &= ~bit;
    if (list.count == 0) {
        occupied_ &= b.list[1 - mode].count == 0 ? ~bit : ~std::uint64_t{0};
        return;
    }
    occupied_ |= bit;
    if (b.row == kClosed) {
        activates_[mode] |= bit;
        return;
    }
    const HbmEntry& head = pool_[list.head];
    HbmCycle hit_arrived = kHbmNever;
    if (b.hits[mode] != 0) {
        const std::uint16_t hit = pool_.first_in_row(list, b.row);
        first_hit_[mode][bank] = hit;
        hit_arrived = pool_[hit].arrived;
        // Of a closed page the access would close the row before the active request has used it.
        columns_[mode] |= rules_.closed_page && b.active != kHbmNone ? 0 : bit;
    }
    if (head.row != b.row && b.active == kHbmNone && hit_arrived > head.arrived) {
        precharges_[mode] |= bit;
    }
}

void HbmChannel::want_in_buffer(unsigned bank) {
    want_mode(bank, 0);
    want_mode(bank, 1);
}

void HbmChannel::update_mode() {
    const unsigned writes = occupancy_[1] * 100;
    if (write_mode_) {
        write_mode_ = (writes != 0 && writes >= rules_.drain_below) || occupancy_[0] == 0;
    } else {
        write_mode_ = writes > rules_.drain_above || occupancy_[0] == 0;
    }
}

bool HbmChannel::issue_column(HbmCycle now) {
    Choice choice;
    if (active_ != 0) {
        const std::uint64_t reads = active_ & ~active_writes_;
        std::uint64_t banks = reads != 0 ? reads & calendar_.ready<HbmStep::Read>(now) : 0;
        banks |= active_writes_ != 0 ? active_writes_ & calendar_.ready<HbmStep::Write>(now) : 0;
        for (; banks != 0; banks &= banks - 1) {
            choice.offer(pool_, bank_[static_cast<unsigned>(std::countr_zero(banks))].active);
        }
    }
    if (choice.id == kHbmNone && refresh_pending_ == 0 && urgent_ == kHbmNone) {
        update_mode();
        const unsigned mode = write_mode_ ? 1 : 0;
        if (columns_[mode] != 0) {
            std::uint64_t banks =
                columns_[mode] & (write_mode_ ? calendar_.ready<HbmStep::Write>(now)
                                              : calendar_.ready<HbmStep::Read>(now));
            for (; banks != 0; banks &= banks - 1) {
                choice.offer(pool_,
                             first_hit_[mode][static_cast<unsigned>(std::countr_zero(banks))]);
            }
        }
    }
    if (choice.id == kHbmNone) {
        return false;
    }
    column(choice.id, now);
    return true;
}

bool HbmChannel::issue_row(HbmCycle now) {
    update_mode();
    const unsigned mode = write_mode_ ? 1 : 0;
    std::uint64_t banks =
        activates_[mode] != 0 ? activates_[mode] & calendar_.ready<HbmStep::Activate>(now) : 0;
    banks |=
        precharges_[mode] != 0 ? precharges_[mode] & calendar_.ready<HbmStep::Precharge>(now) : 0;
    Choice choice;
    for (; banks != 0; banks &= banks - 1) {
        choice.offer(pool_, bank_[static_cast<unsigned>(std::countr_zero(banks))].list[mode].head);
    }
    if (choice.id == kHbmNone) {
        return false;
    }
    open_or_close(choice.id, now);
    return true;
}

/// No request has a command before this cycle, if none has been ready now.
HbmCycle HbmChannel::next_in_buffer() const {
    const unsigned mode = write_mode_ ? 1 : 0;
    std::array<std::uint64_t, kBoth> columns = {active_ & ~active_writes_, active_writes_};
    HbmCycle rows = kHbmNever;
    if (refresh_pending_ == 0) {
        columns[mode] |= columns_[mode];
        rows = std::min(calendar_.bound<HbmStep::Activate>(activates_[mode]),
                        calendar_.bound<HbmStep::Precharge>(precharges_[mode]));
    }
    return std::min({rows, calendar_.bound<HbmStep::Read>(columns[0]),
                     calendar_.bound<HbmStep::Write>(columns[1])});
}

/// Opens the row of `id`, whose first burst leaves the buffer, or closes the one in its way.
void HbmChannel::open_or_close(std::uint16_t id, HbmCycle now) {
    const HbmEntry& entry = pool_[id];
    Bank& bank = bank_[entry.bank];
    if (bank.row != kClosed) {
        precharge(entry.bank, now, true);
        return;
    }
    const unsigned kind = entry.write ? 1 : 0;
    filter_[kind].drop(entry);
    occupy(entry.write, -1, now);
    bank.active = id;
    if (entry.count == 1) {
        pool_.remove(bank.list[kind], id);
    } else {
        bank.active = pool_.split(id);
        urgent_ = urgent_ == id ? bank.active : urgent_;
    }
    active_ |= std::uint64_t{1} << entry.bank;
    active_writes_ |= std::uint64_t{kind} << entry.bank;
    activate(entry.bank, entry.row, now);
}

/// Serves the urgent request alone, with the requests that hold a row.
bool HbmChannel::serve_urgent(HbmCycle now, bool column_used) {
    const HbmEntry& entry = pool_[urgent_];
    const Bank& bank = bank_[entry.bank];
    if (bank.active == urgent_ || bank.active != kHbmNone) {
        return false;
    }
    if (bank.row == entry.row) {
        if (column_used || calendar_.column_at(entry.bank, entry.write) > now) {
            return false;
        }
        column(urgent_, now);
        return true;
    }
    const HbmCycle at = bank.row == kClosed ? calendar_.activate_at(entry.bank)
                                            : calendar_.precharge_at(entry.bank);
    if (at > now) {
        return false;
    }
    open_or_close(urgent_, now);
    return true;
}

void HbmChannel::tick_buffer(HbmCycle now) {
    const bool columns = issue_column(now);
    bool rows = false;
    if (refresh_pending_ != 0) {
        rows = refresh_step(now);
    } else if (urgent_ != kHbmNone) {
        rows = serve_urgent(now, columns);
    } else {
        rows = issue_row(now);
    }
    // An urgent request is seldom enough to look at every cycle.
    wake_ = columns || rows || (urgent_ != kHbmNone && refresh_pending_ == 0)
                ? now_
                : std::max(now_, next_in_buffer());
}

}  // namespace athena::memory
