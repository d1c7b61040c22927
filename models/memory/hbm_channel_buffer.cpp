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

/// Finds the next column command of a pseudo-channel from cycle `from` on: of those that are ready
/// first, the one for which a row was opened, else the oldest. `lists`: not only of requests that
/// hold a row.
void HbmChannel::look_for_column(unsigned pseudo_channel, HbmCycle from, bool lists) {
    NextColumn next{.known = true};
    for (std::uint64_t banks = active_ & rules_.banks_of[pseudo_channel]; banks != 0;
         banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        const std::uint16_t id = bank_[bank].active;
        const HbmCycle at = std::max(calendar_.column_at(bank, pool_[id].write), from);
        if (at < next.at || (at == next.at && pool_[id].sequence < next.sequence)) {
            next = {at, pool_[id].sequence, id, true, true};
        }
    }
    const unsigned mode = write_mode_ ? 1 : 0;
    for (std::uint64_t banks = lists ? columns_[mode] & rules_.banks_of[pseudo_channel] : 0;
         banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        const HbmCycle at = std::max(calendar_.column_at(bank, write_mode_), from);
        if (at > next.at || (at == next.at && next.holds_row)) {
            continue;
        }
        const std::uint16_t id = first_hit_[mode][bank];
        if (at < next.at || pool_[id].sequence < next.sequence) {
            next = {at, pool_[id].sequence, id, false, true};
        }
    }
    column_[pseudo_channel] = next;
    column_[pseudo_channel].alone = lists && alone(pseudo_channel);
}

/// Whether not more than one row of the pseudo-channel is used, which stays open.
bool HbmChannel::alone(unsigned pseudo_channel) const {
    const std::uint64_t users =
        (active_ | columns_[write_mode_ ? 1 : 0]) & rules_.banks_of[pseudo_channel];
    return (users & (users - 1)) == 0 && !rules_.closed_page;
}

/// The cycle of the buffer's next column command from cycle `from` on.
HbmCycle HbmChannel::find_column(HbmCycle from, bool lists) {
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        // One that lost its cycle to the other pseudo-channel may meet an older one at the next.
        if (!column_[pc].known || column_[pc].at < from) {
            look_for_column(pc, from, lists);
        }
    }
    next_in_ = column_[1].before(column_[0]) ? 1 : 0;
    return column_[next_in_].at;
}

/// Issues the column command that was found.
void HbmChannel::issue_column(HbmCycle now) {
    NextColumn& next = column_[next_in_];
    if (pool_[next.id].count == 1 || rules_.closed_page || urgent_ == next.id) {
        next.known = false;
        row_at_ = kLook;  // its bank wants something else, though not in this cycle
        column(next.id, now);
        return;
    }
    log_column(pool_[next.id], 0, now);
    columns_of_several(next.id, 1, now, now);
    next.known = next.alone;
    next.at = now + calendar_.same_group_gap();
}

/// Issues at once the column commands before `limit` of entries that have their pseudo-channels to
/// themselves: one each tCCD_L, and no command is between them, but for their last.
void HbmChannel::issue_runs(HbmCycle limit) {
    const HbmCycle gap = calendar_.same_group_gap();
    std::array<bool, 2> runs{};
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        const NextColumn& next = column_[pc];
        runs[pc] = next.alone && next.id != kHbmNone && pool_[next.id].count > 1;
        limit = std::min(limit, runs[pc] ? next.at + (pool_[next.id].count - 1) * gap : next.at);
    }
    // They must not want the command bus in the same cycles.
    const HbmCycle apart = std::max(column_[0].at, column_[1].at) - column_[next_in_].at;
    if (runs[0] && runs[1] && apart % gap == 0) {
        return;
    }
    std::array<unsigned, 2> bursts{};
    for (unsigned pc = 0; pc < 2; ++pc) {
        if (runs[pc] && column_[pc].at < limit) {
            bursts[pc] = static_cast<unsigned>((limit - 1 - column_[pc].at) / gap) + 1;
        }
    }
    if (bursts[0] + bursts[1] < 2 || mode_after(bursts[0] + bursts[1]) != write_mode_) {
        return;
    }
    if (log_ != nullptr) {
        log_runs(bursts);
    }
    for (const unsigned pc : {next_in_, 1 - next_in_}) {
        if (bursts[pc] != 0) {
            NextColumn& next = column_[pc];
            const HbmCycle last = next.at + (bursts[pc] - 1) * gap;
            columns_of_several(next.id, bursts[pc], next.at, last);
            next.at = last + gap;
            now_ = std::max(now_, last + 1);
        }
    }
    plan();
}

/// In the order of time.
void HbmChannel::log_runs(std::array<unsigned, 2> bursts) {
    std::array<unsigned, 2> done{};
    const auto at = [&](unsigned pc) {
        return done[pc] < bursts[pc] ? column_[pc].at + done[pc] * calendar_.same_group_gap()
                                     : kHbmNever;
    };
    while (done != bursts) {
        const unsigned pc = at(0) < at(1) ? 0 : 1;
        log_column(pool_[column_[pc].id], done[pc], at(pc));
        ++done[pc];
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
void HbmChannel::issue_row(HbmCycle now) {
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
    if (choice.id != kHbmNone) {
        column_[pool_[choice.id].bank >> rules_.pseudo_channel_bits].known = false;
        open_or_close(choice.id, now);
    }
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
    drop_from_filter(entry, 1);
    occupy(kind, -1, now);
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
    if (row_at_ == kLook) {
        row_at_ = rows_at(now_);
    }
    wake_ = std::min(find_column(now_, true), row_at_);
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
        const unsigned pc = bank >> rules_.pseudo_channel_bits;
        if (at < column_[pc].at) {  // the others are older
            const std::uint16_t id = first_hit_[mode][bank];
            column_[pc] = {at, pool_[id].sequence, id, false, true};
        }
        column_[pc].alone = alone(pc);
    }
    if ((activates_[mode] & bit) != 0) {
        row_at_ = std::min(row_at_, std::max(now_, calendar_.activate_at(bank)));
    } else if ((precharges_[mode] & bit) != 0) {
        row_at_ = std::min(row_at_, std::max(now_, calendar_.precharge_at(bank)));
    }
    wake_ = std::min(find_column(now_, true), row_at_);
}

/// The commands of cycle `now`, for which there is a plan.
void HbmChannel::issue_planned(HbmCycle now) {
    bool rows = row_at_ <= now;
    if (column_[next_in_].at <= now) {
        issue_column(now);
    }
    if (next_mode() != write_mode_) {
        write_mode_ = !write_mode_;
        forget_columns();
        rows = true;
    }
    if (rows) {
        row_at_ = kLook;
        issue_row(now);
    }
}

/// A refresh or an urgent request, beside the requests that hold a row.
void HbmChannel::issue_first(HbmCycle now) {
    planned_ = false;
    forget_columns();
    const bool columns = find_column(now, false) <= now;
    if (columns) {
        issue_column(now);
    }
    const bool rows = refresh_pending_ != 0 ? refresh_step(now)
                                            : urgent_ != kHbmNone && serve_urgent(now, columns);
    // An urgent request is seldom enough to look at every cycle.
    const bool again = columns || rows || (urgent_ != kHbmNone && refresh_pending_ == 0);
    wake_ = again ? now_ : find_column(now_, false);
}

/// Commands of cycle `now`, and of those before `limit` that depend on nothing but the buffer.
void HbmChannel::tick_buffer(HbmCycle now, HbmCycle limit) {
    if (refresh_pending_ != 0 || urgent_ != kHbmNone) {
        issue_first(now);
        return;
    }
    if (!planned_) {
        write_mode_ = next_mode();
        forget_columns();
        find_column(now, true);
        row_at_ = kLook;
    }
    for (;;) {
        issue_planned(now);
        plan();
        const HbmCycle end = std::min(limit, next_completion());
        if (planned_ && column_[next_in_].alone && wake_ < end) {
            issue_runs(std::min(end, row_at_));
        }
        if (!planned_ || wake_ >= end) {
            return;
        }
        now = wake_;
        now_ = now + 1;
    }
}

}  // namespace athena::memory
