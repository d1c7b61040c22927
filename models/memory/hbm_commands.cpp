// SPDX-License-Identifier: Apache-2.0
// What a command does to the banks of an HBM channel, its counters and its calendar.
#include <bit>

#include "memory/hbm_channel.h"

namespace athena::memory {

void HbmChannel::count_hits(unsigned bank) {
    Bank& b = bank_[bank];
    b.hits = {};
    for (const HbmList& list : b.list) {
        for (std::uint16_t id = list.head; id != kHbmNone; id = pool_[id].next) {
            const HbmEntry& entry = pool_[id];
            std::uint16_t& hits = b.hits[entry.write ? 1 : 0];
            hits = static_cast<std::uint16_t>(hits + (entry.row == b.row));
        }
    }
}

void HbmChannel::activate(unsigned bank, std::uint32_t row, HbmCycle now) {
    log(now, HbmCommand::Activate, bank, row);
    calendar_.activate(bank, now);
    ++counters_.bank[bank].activates;
    Bank& b = bank_[bank];
    b.row = row;
    b.accesses = 0;
    open_ |= std::uint64_t{1} << bank;
    count_hits(bank);
    want(bank);
}

/// The bank's row has been closed, by whatever command.
void HbmChannel::closed(unsigned bank, bool for_another) {
    ++counters_.bank[bank].precharges;
    Bank& b = bank_[bank];
    b.row = kClosed;
    b.hits = {};
    b.conflict = for_another;
    open_ &= ~(std::uint64_t{1} << bank);
    want(bank);
}

void HbmChannel::precharge(unsigned bank, HbmCycle now, bool for_another) {
    log(now, HbmCommand::Precharge, bank);
    calendar_.precharge(bank, now);
    closed(bank, for_another);
}

inline void HbmChannel::count_columns(const HbmEntry& entry, unsigned bursts) {
    const unsigned bank = entry.bank;
    Bank& b = bank_[bank];
    HbmBankCounters& counters = counters_.bank[bank];
    (entry.write ? counters.writes : counters.reads) += bursts;
    counters.row_hits += bursts;
    if (b.accesses == 0) {
        --counters.row_hits;
        ++(b.conflict ? counters.row_conflicts : counters.row_misses);
    }
    b.accesses += bursts;
    counters_.pseudo_channel[bank >> rules_.pseudo_channel_bits].bus_busy += bursts * rules_.burst;
}

/// Issues the first reads or writes, from cycle `first` to `last`, of a buffer's entry that has
/// more, to a row that stays open: the bank wants what it wanted. The caller logs them.
void HbmChannel::columns_of_several(std::uint16_t id, unsigned bursts, HbmCycle first,
                                    HbmCycle last) {
    const HbmEntry& entry = pool_[id];
    calendar_.column(entry.bank, entry.write, last);
    count_columns(entry, bursts);
    drop_from_filter(entry, bursts);
    occupy(entry.write ? 1 : 0, -static_cast<int>(bursts), first);
    pool_.spend(id, bursts);
}

/// Issues the read or write `id`, whose first burst leaves its list.
void HbmChannel::column(std::uint16_t id, HbmCycle now) {
    const HbmEntry& entry = pool_[id];
    const unsigned bank = entry.bank;
    const unsigned kind = entry.write ? 1 : 0;
    Bank& b = bank_[bank];
    log_column(entry, 0, now);
    if (rules_.closed_page) {
        calendar_.automatic(bank, entry.write, now);
    }
    calendar_.column(bank, entry.write, now);
    count_columns(entry, 1);
    const bool was_active = id == b.active;
    if (was_active) {
        b.active = kHbmNone;
        active_ &= ~(std::uint64_t{1} << bank);
        active_writes_ &= ~(std::uint64_t{1} << bank);
    } else {
        drop_from_filter(entry, 1);
        if (!rules_.bank_queues) {
            occupy(kind, -1, now);
        }
        if (entry.count == 1) {
            pool_.remove(b.list[rules_.bank_queues ? 0 : kind], id);
            --b.hits[kind];
        }
    }
    finish_column(id, now);
    full_banks_ &= ~(std::uint64_t{1} << bank);
    if (rules_.closed_page) {
        closed(bank, false);
    } else if (rules_.bank_queues || was_active) {
        want(bank);
    } else {
        want_mode(bank, kind);
    }
}

/// Takes the command that has waited longest for urgent if that is max_wait.
void HbmChannel::find_urgent(HbmCycle now) {
    HbmCycle oldest = now;
    std::uint16_t found = kHbmNone;
    // A list is in the order of arrival. Writes of a buffer are posted, and nobody waits for them.
    for (std::uint64_t banks = occupied_; banks != 0; banks &= banks - 1) {
        const HbmList& list = bank_[static_cast<unsigned>(std::countr_zero(banks))].list[0];
        if (list.head != kHbmNone && pool_[list.head].queued < oldest) {
            oldest = pool_[list.head].queued;
            found = list.head;
        }
    }
    if (found != kHbmNone && now - oldest >= rules_.max_wait) {
        urgent_ = found;
        ++counters_.urgent;
    } else {
        oldest_due_ = oldest + rules_.max_wait;
    }
}

}  // namespace athena::memory
