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
        return;
    }
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
    const std::uint64_t bit = std::uint64_t{1} << bank;
    const bool any = bank_[bank].list[0].count != 0 || bank_[bank].list[1].count != 0;
    occupied_ = any ? occupied_ | bit : occupied_ & ~bit;
}

void HbmChannel::update_mode() {
    const unsigned writes = occupancy_[1] * 100;
    if (write_mode_) {
        write_mode_ = writes >= rules_.drain_below || occupancy_[0] == 0;
    } else {
        write_mode_ = writes > rules_.drain_above || occupancy_[0] == 0;
    }
}

/// Offers `id`, ready at `at`, to the choice of the oldest that is ready.
void HbmChannel::Choice::offer(const HbmPool& pool, std::uint16_t candidate, HbmCycle at,
                               HbmCycle now) {
    if (at > now) {
        next = std::min(next, at);
    } else if (id == kHbmNone || pool[candidate].sequence < sequence) {
        id = candidate;
        sequence = pool[candidate].sequence;
    }
}

bool HbmChannel::issue_column(HbmCycle now, HbmCycle& next) {
    Choice choice;
    for (std::uint64_t banks = active_; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        const std::uint16_t id = bank_[bank].active;
        choice.offer(pool_, id, calendar_.column_at(bank, pool_[id].write), now);
    }
    if (choice.id == kHbmNone && refresh_pending_ == 0 && urgent_ == kHbmNone) {
        update_mode();
        const unsigned mode = write_mode_ ? 1 : 0;
        for (std::uint64_t banks = columns_[mode]; banks != 0; banks &= banks - 1) {
            const auto bank = static_cast<unsigned>(std::countr_zero(banks));
            choice.offer(pool_, first_hit_[mode][bank], calendar_.column_at(bank, write_mode_),
                         now);
        }
    }
    next = std::min(next, choice.next);
    if (choice.id == kHbmNone) {
        return false;
    }
    column(choice.id, now);
    return true;
}

bool HbmChannel::issue_row(HbmCycle now, HbmCycle& next) {
    update_mode();
    const unsigned mode = write_mode_ ? 1 : 0;
    Choice choice;
    for (std::uint64_t banks = activates_[mode]; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        choice.offer(pool_, bank_[bank].list[mode].head, calendar_.activate_at(bank), now);
    }
    for (std::uint64_t banks = precharges_[mode]; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        choice.offer(pool_, bank_[bank].list[mode].head, calendar_.precharge_at(bank), now);
    }
    next = std::min(next, choice.next);
    if (choice.id == kHbmNone) {
        return false;
    }
    open_or_close(choice.id, now);
    return true;
}

/// Opens the row of `id`, which leaves the buffer, or closes the one in its way.
void HbmChannel::open_or_close(std::uint16_t id, HbmCycle now) {
    const HbmEntry& entry = pool_[id];
    Bank& bank = bank_[entry.bank];
    if (bank.row != kClosed) {
        precharge(entry.bank, now, true);
        return;
    }
    const unsigned kind = entry.write ? 1 : 0;
    pool_.remove(bank.list[kind], id);
    filter_[kind].drop(entry);
    occupy(entry.write, -1, now);
    bank.active = id;
    active_ |= std::uint64_t{1} << entry.bank;
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
    HbmCycle next = kHbmNever;
    const bool columns = issue_column(now, next);
    bool rows = false;
    if (refresh_pending_ != 0) {
        rows = refresh_step(now);
    } else if (urgent_ != kHbmNone) {
        rows = serve_urgent(now, columns);
        next = now_;  // seldom enough to look at every cycle
    } else {
        rows = issue_row(now, next);
    }
    wake_ = columns || rows ? now_ : std::max(now_, next);
}

}  // namespace athena::memory
