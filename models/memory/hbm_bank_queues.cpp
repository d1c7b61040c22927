// SPDX-License-Identifier: Apache-2.0
// Scheduling with a command queue a bank: requests move from the transaction queues to the bank's
// queue, one a cycle; banks have their turn one after another; in a queue the first command that
// is ready goes first. A cycle carries up to one command of rows and one of columns.
#include <algorithm>
#include <bit>

#include "memory/hbm_channel.h"

namespace athena::memory {

void HbmChannel::want_in_queues(unsigned bank) {
    const std::uint64_t bit = std::uint64_t{1} << bank;
    const Bank& b = bank_[bank];
    activates_[0] &= ~bit;
    precharges_[0] &= ~bit;
    columns_[0] &= ~bit;
    columns_[1] &= ~bit;
    if (b.list[0].count == 0) {
        occupied_ &= ~bit;
        return;
    }
    occupied_ |= bit;
    if (b.row == kClosed) {
        activates_[0] |= bit;
        return;
    }
    columns_[0] |= b.hits[0] != 0 ? bit : 0;
    columns_[1] |= b.hits[1] != 0 ? bit : 0;
    const bool conflict = pool_[b.list[0].head].row != b.row;
    const bool no_hits = b.hits[0] == 0 && b.hits[1] == 0;
    precharges_[0] |= conflict && (no_hits || b.accesses >= rules_.row_hit_limit) ? bit : 0;
}

inline HbmCycle HbmChannel::ready_at(unsigned bank) const {
    const std::uint64_t bit = std::uint64_t{1} << bank;
    if ((activates_[0] & bit) != 0) {
        return calendar_.activate_at(bank);
    }
    HbmCycle at = kHbmNever;
    if ((columns_[0] & bit) != 0) {
        at = calendar_.column_at(bank, false);
    }
    if ((columns_[1] & bit) != 0) {
        at = std::min(at, calendar_.column_at(bank, true));
    }
    if ((precharges_[0] & bit) != 0) {
        at = std::min(at, calendar_.precharge_at(bank));
    }
    return at;
}

/// The command `id` of a bank alone: the next step to serve it, if it may be issued.
HbmChannel::Slot HbmChannel::step_towards(std::uint16_t id, HbmCycle now, Slot not_this) {
    const HbmEntry& entry = pool_[id];
    const unsigned bank = entry.bank;
    const std::uint32_t row = bank_[bank].row;
    if (row == entry.row) {
        if (not_this == Slot::Column || calendar_.column_at(bank, entry.write) > now) {
            return Slot::None;
        }
        column(id, now);
        return Slot::Column;
    }
    if (not_this == Slot::Row) {
        return Slot::None;
    }
    if (row == kClosed) {
        if (calendar_.activate_at(bank) > now) {
            return Slot::None;
        }
        activate(bank, entry.row, now);
        return Slot::Row;
    }
    if (bank_[bank].active != kHbmNone || calendar_.precharge_at(bank) > now) {
        return Slot::None;
    }
    precharge(bank, now, true);
    return Slot::Row;
}

/// The first command of the bank's queue that is ready.
HbmChannel::Slot HbmChannel::issue_from_bank(unsigned bank, HbmCycle now, Slot not_this) {
    const std::uint64_t bit = std::uint64_t{1} << bank;
    const Bank& b = bank_[bank];
    const HbmList& list = b.list[0];
    if ((activates_[0] & bit) != 0) {
        return step_towards(list.head, now, not_this);
    }
    if ((precharges_[0] & bit) != 0 && calendar_.precharge_at(bank) <= now) {
        return step_towards(list.head, now, not_this);
    }
    const std::array<bool, kBoth> ready = {
        (columns_[0] & bit) != 0 && calendar_.column_at(bank, false) <= now,
        (columns_[1] & bit) != 0 && calendar_.column_at(bank, true) <= now};
    if (not_this == Slot::Column || (!ready[0] && !ready[1])) {
        return Slot::None;
    }
    std::uint16_t id = list.head;
    while (pool_[id].row != b.row || !ready[pool_[id].write ? 1 : 0]) {
        id = pool_[id].next;
    }
    column(id, now);
    return Slot::Column;
}

/// Gives the turn to the next bank of `ready`. If what it would do is `not_this`, its turn is lost,
/// as in DRAMsim3.
HbmChannel::Slot HbmChannel::issue_from_queues(std::uint64_t ready, HbmCycle now, Slot not_this) {
    if (urgent_ != kHbmNone) {
        const std::uint64_t usable = occupied_ & ~refresh_banks();
        const unsigned bank = pool_[urgent_].bank;
        const Slot slot =
            (usable >> bank & 1) != 0 ? step_towards(urgent_, now, not_this) : Slot::None;
        look_ahead_after(slot, bank);
        return slot;
    }
    if (ready == 0) {
        return Slot::None;
    }
    const std::uint64_t after = ready & ~((std::uint64_t{2} << last_bank_) - 1);
    last_bank_ = static_cast<std::uint32_t>(std::countr_zero(after != 0 ? after : ready));
    const Slot slot = issue_from_bank(last_bank_, now, not_this);
    look_ahead_after(slot, last_bank_);
    return slot;
}

/// Writes wait for a batch: a full queue of them, or some and nothing else to do.
bool HbmChannel::drain_starts() const {
    const unsigned writes = transactions_[1].count;
    return writes >= rules_.capacity[1] || (writes > rules_.idle_drain && occupied_ == 0);
}

/// The transactions that move_one() may move now.
unsigned HbmChannel::kind_to_move(HbmCycle now) const {
    if (draining_ == 0 && !drain_starts()) {
        return 0;
    }
    const std::uint16_t read = transactions_[0].head;
    return read != kHbmNone && now - pool_[read].queued >= rules_.max_wait ? 0 : 1;
}

bool HbmChannel::can_move() const {
    return (transaction_banks_[kind_to_move(now_)] & ~full_banks_) != 0;
}

/// The first transaction to one of `banks`, the banks with room. Those passed on the way are kept
/// in mind, and passed at once while their banks are full.
std::uint16_t HbmChannel::first_to_move(unsigned kind, std::uint64_t banks) {
    Passed& passed = passed_[kind];
    const bool known = passed.last != kHbmNone && (passed.banks & banks) == 0;
    std::uint16_t id = known ? pool_[passed.last].next : transactions_[kind].head;
    bool beyond = known || passed.last == kHbmNone;
    std::uint64_t seen = known ? passed.banks : 0;
    while ((banks >> pool_[id].bank & 1) == 0) {
        beyond = beyond || id == passed.last;
        seen |= std::uint64_t{1} << pool_[id].bank;
        id = pool_[id].next;
    }
    if (beyond) {
        passed = {.last = pool_[id].previous, .banks = seen};
    }
    return id;
}

/// Moves the first transaction whose bank has room. Writes move as a batch.
void HbmChannel::move_one(HbmCycle now) {
    if (draining_ == 0 && drain_starts()) {
        draining_ = transactions_[1].count;
    }
    const unsigned kind = kind_to_move(now);
    const std::uint64_t banks = transaction_banks_[kind] & ~full_banks_;
    if (banks == 0) {
        return;
    }
    const std::uint16_t id = first_to_move(kind, banks);
    HbmEntry& entry = pool_[id];
    const unsigned bank = entry.bank;
    if (kind == 1) {
        const HbmLocation where{.bank = bank, .row = entry.row, .column = entry.column};
        if (find(where, false) != kHbmNone) {  // the write must not overtake the read
            draining_ = 0;
            return;
        }
        --draining_;
    }
    const std::uint64_t bit = std::uint64_t{1} << bank;
    if (id == passed_[kind].last) {
        passed_[kind].last = entry.previous;
    }
    pool_.remove(transactions_[kind], id);
    if (--bank_[bank].transactions[kind] == 0) {
        transaction_banks_[kind] &= ~bit;
    }
    occupy(kind, -1, now);
    entry.queued = now;
    Bank& b = bank_[bank];
    pool_.append(b.list[0], id);
    full_banks_ |= b.list[0].count >= rules_.bank_queue ? bit : 0;
    b.hits[kind] = static_cast<std::uint16_t>(b.hits[kind] + (entry.row == b.row));
    want_in_queues(bank);
    ready_at_[bank] = ready_at(bank);
    if (ready_at_[bank] <= next_ready_ && (refresh_banks() & bit) == 0) {
        next_banks_ = ready_at_[bank] < next_ready_ ? bit : next_banks_ | bit;
        next_ready_ = ready_at_[bank];
    }
}

/// Looks when the banks have their next command, after the calendar or the queues have changed for
/// those of `changed`.
void HbmChannel::look_ahead(std::uint64_t changed) {
    const std::uint64_t usable = occupied_ & ~refresh_banks();
    for (std::uint64_t banks = usable & changed; banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        ready_at_[bank] = ready_at(bank);
    }
    HbmCycle next = kHbmNever;
    std::uint64_t ready = 0;
    for (std::uint64_t banks = usable; banks != 0; banks &= banks - 1) {
        const HbmCycle at = ready_at_[static_cast<unsigned>(std::countr_zero(banks))];
        const std::uint64_t bit = banks & (~banks + 1);
        ready = at < next ? bit : at == next ? ready | bit : ready;
        next = std::min(next, at);
    }
    next_ready_ = next;
    next_banks_ = ready;
}

/// Looks ahead after a command to `bank`: of the other banks it moves the steps of its own kind.
void HbmChannel::look_ahead_after(Slot slot, unsigned bank) {
    if (slot == Slot::None) {
        return;
    }
    std::uint64_t changed = std::uint64_t{1} << bank;
    if (refresh_pending_ != 0) {
        changed = kAllBanks;  // those of the refresh have not been looked at
    } else if (slot == Slot::Column) {
        changed |= columns_[0] | columns_[1];
    } else if ((open_ & changed) != 0) {  // an activation; one of two cycles holds the row bus
        changed |= activates_[0] | precharges_[0];
    }
    look_ahead(changed);
}

/// The banks that have a command at `now`.
std::uint64_t HbmChannel::ready_banks(HbmCycle now) const {
    if (now <= next_ready_) {
        return now == next_ready_ ? next_banks_ : 0;
    }
    std::uint64_t ready = 0;
    for (std::uint64_t banks = occupied_ & ~refresh_banks(); banks != 0; banks &= banks - 1) {
        const auto bank = static_cast<unsigned>(std::countr_zero(banks));
        ready |= ready_at_[bank] <= now ? std::uint64_t{1} << bank : 0;
    }
    return ready;
}

void HbmChannel::tick_bank_queues(HbmCycle now) {
    Slot first = Slot::None;
    if (refresh_pending_ != 0) {
        first = refresh_step(now) ? Slot::Row : Slot::None;
        look_ahead(kAllBanks);  // its banks are not to be used, or may be again
    }
    if (first == Slot::None && occupied_ != 0) {
        first = issue_from_queues(ready_banks(now), now, Slot::None);
    }
    if (first != Slot::None && occupied_ != 0) {
        issue_from_queues(ready_banks(now), now, first);
    }
    move_one(now);
    // An urgent command is seldom enough to look at every cycle.
    if (can_move() || urgent_ != kHbmNone) {
        wake_ = now_;
        return;
    }
    wake_ = std::max(now_, next_ready_);
    const std::uint16_t read = transactions_[0].head;
    if (read != kHbmNone && kind_to_move(now_) == 1) {  // its turn comes, of whatever writes wait
        wake_ = std::min(wake_, pool_[read].queued + rules_.max_wait);
    }
}

}  // namespace athena::memory
