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

/// Finds the next column command from cycle `from` on: of those that are ready first, the one for
/// which a row was opened, else the oldest. `lists`: not only of requests that hold a row.
void HbmChannel::find_column(HbmCycle from, bool lists) {
    column_at_ = kHbmNever;
    column_id_ = kHbmNone;
    std::uint64_t sequence = 0;
    const auto offer = [&](unsigned bank, bool write, std::uint16_t id) {
        const HbmCycle at = std::max(calendar_.column_at(bank, write), from);
        if (at < column_at_ || (at == column_at_ && pool_[id].sequence < sequence)) {
            column_at_ = at;
            column_id_ = id;
            sequence = pool_[id].sequence;
        }
    };
    for (std::uint64_t banks = active_; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        offer(bank, (active_writes_ >> bank & 1) != 0, bank_[bank].active);
    }
    sequence = 0;  // to go before, those in the lists must be ready earlier
    const unsigned mode = write_mode_ ? 1 : 0;
    for (std::uint64_t banks = lists ? columns_[mode] : 0; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        offer(bank, write_mode_, first_hit_[mode][bank]);
    }
}

/// No request has a row command before this cycle, which is not before `from`.
HbmCycle HbmChannel::rows_at(HbmCycle from) const {
    const unsigned mode = write_mode_ ? 1 : 0;
    HbmCycle at = kHbmNever;
    for (std::uint64_t banks = activates_[mode]; banks != 0; banks &= banks - 1) {
        at = std::min(at, calendar_.activate_at(static_cast<unsigned>(std::countr_zero(banks))));
    }
    for (std::uint64_t banks = precharges_[mode]; banks != 0; banks &= banks - 1) {
        at = std::min(at, calendar_.precharge_at(static_cast<unsigned>(std::countr_zero(banks))));
    }
    return std::max(at, from);
}

/// Opens or closes a row for the oldest request that may.
bool HbmChannel::issue_row(HbmCycle now) {
    const unsigned mode = write_mode_ ? 1 : 0;
    Choice choice;
    for (std::uint64_t banks = activates_[mode]; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        if (calendar_.activate_at(bank) <= now) {
            choice.offer(pool_, bank_[bank].list[mode].head);
        }
    }
    for (std::uint64_t banks = precharges_[mode]; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        if (calendar_.precharge_at(bank) <= now) {
            choice.offer(pool_, bank_[bank].list[mode].head);
        }
    }
    if (choice.id == kHbmNone) {
        return false;
    }
    open_or_close(choice.id, now);
    return true;
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

/// Looks when the next command comes, from now_ on.
void HbmChannel::plan() {
    planned_ = next_mode() == write_mode_;
    if (!planned_) {  // writes get or lose their turn at the next cycle, if nothing comes before
        wake_ = now_;
        return;
    }
    if (column_id_ == kHbmNone) {
        find_column(now_, true);
    }
    if (row_at_ == kLook) {
        row_at_ = rows_at(now_);
    }
    wake_ = std::min(column_at_, row_at_);
}

/// A request has come to the end of a list.
void HbmChannel::plan_for(unsigned bank, unsigned mode) {
    if (!planned_ || next_mode() != write_mode_) {
        planned_ = false;
        wake_ = now_;
        return;
    }
    const std::uint64_t bit = std::uint64_t{1} << bank;
    if (mode != (write_mode_ ? 1U : 0U)) {
        return;
    }
    if ((columns_[mode] & bit) != 0) {
        const HbmCycle at = std::max(now_, calendar_.column_at(bank, write_mode_));
        if (at < column_at_) {
            column_at_ = at;
            column_id_ = first_hit_[mode][bank];
        }
    }
    if ((activates_[mode] & bit) != 0) {
        row_at_ = std::min(row_at_, std::max(now_, calendar_.activate_at(bank)));
    } else if ((precharges_[mode] & bit) != 0) {
        row_at_ = std::min(row_at_, std::max(now_, calendar_.precharge_at(bank)));
    }
    wake_ = std::min(column_at_, row_at_);
}

/// The commands of cycle `now`, for which there is a plan.
void HbmChannel::issue_planned(HbmCycle now) {
    bool rows = row_at_ <= now;
    if (column_at_ <= now) {
        // The end of an entry changes what its bank wants, though not in this cycle.
        row_at_ = pool_[column_id_].count == 1 ? kLook : row_at_;
        column(column_id_, now);
        column_id_ = kHbmNone;
    }
    if (next_mode() != write_mode_) {
        write_mode_ = !write_mode_;
        column_id_ = kHbmNone;
        rows = true;
    }
    if (rows) {
        row_at_ = kLook;
        column_id_ = issue_row(now) ? kHbmNone : column_id_;
    }
}

/// A refresh or an urgent request, beside the requests that hold a row.
void HbmChannel::issue_first(HbmCycle now) {
    planned_ = false;
    find_column(now, false);
    const bool columns = column_at_ <= now;
    if (columns) {
        column(column_id_, now);
    }
    const bool rows = refresh_pending_ != 0 ? refresh_step(now)
                                            : urgent_ != kHbmNone && serve_urgent(now, columns);
    // An urgent request is seldom enough to look at every cycle.
    if (columns || rows || (urgent_ != kHbmNone && refresh_pending_ == 0)) {
        wake_ = now_;
    } else {
        find_column(now_, false);
        wake_ = column_at_;
    }
}

/// Commands of cycle `now`, and of those before `limit` that depend on nothing but the buffer.
void HbmChannel::tick_buffer(HbmCycle now, HbmCycle limit) {
    if (refresh_pending_ != 0 || urgent_ != kHbmNone) {
        issue_first(now);
        return;
    }
    if (!planned_) {
        write_mode_ = next_mode();
        find_column(now, true);
        row_at_ = kLook;
    }
    for (;;) {
        issue_planned(now);
        plan();
        if (!planned_ || wake_ >= std::min(limit, next_completion())) {
            return;
        }
        now = wake_;
        now_ = now + 1;
    }
}

}  // namespace athena::memory
