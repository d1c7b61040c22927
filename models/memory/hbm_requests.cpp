// SPDX-License-Identifier: Apache-2.0
// Requests of an HBM channel: which of their bursts need a command of their own, their places in
// the queues, their ends. A buffer keeps neighbouring bursts as one entry. Bank queues, where a
// burst moves each cycle and has its own age, have one entry each.
//
// Reads of a row are issued in the order in which they came. So a request ends with its last burst
// that has its own command, or else with the latest of those that it joined.
#include <algorithm>
#include <bit>

#include "memory/hbm_channel.h"

namespace athena::memory {

namespace {

/// Bits `from` to `from + count - 1`, of which there may be none.
std::uint64_t bits(unsigned from, unsigned count) {
    return count == 0 || count > kHbmMaxBursts
               ? 0
               : ~std::uint64_t{0} >> (kHbmMaxBursts - count) << from;
}

}  // namespace

/// BankQueues: the first entry for that burst.
std::uint16_t HbmChannel::find(const HbmLocation& where, bool write) const {
    const unsigned kind = write ? 1 : 0;
    if (!filter_[kind].may_hold(where.bank, where.row, where.column)) {
        return kHbmNone;
    }
    for (const HbmList& list : {bank_[where.bank].list[0], transactions_[kind]}) {
        for (std::uint16_t id = list.head; id != kHbmNone; id = pool_[id].next) {
            const HbmEntry& entry = pool_[id];
            if (entry.row == where.row && entry.column == where.column &&
                entry.bank == where.bank && entry.write == write) {
                return id;
            }
        }
    }
    return kHbmNone;
}

std::uint64_t HbmChannel::waiting_in_queues(const HbmLocation& where, unsigned bursts,
                                            bool write) const {
    std::uint64_t mask = 0;
    HbmLocation at = where;
    for (unsigned i = 0; i < bursts; ++i, ++at.column) {
        mask |= find(at, write) != kHbmNone ? bits(i, 1) : 0;
    }
    return mask;
}

/// ChannelBuffer: the bursts that wait to be written.
std::uint64_t HbmChannel::held_by_writes(const HbmLocation& where, unsigned bursts) const {
    const HbmList& list = bank_[where.bank].list[1];
    if (list.count == 0) {
        return 0;
    }
    bool possible = false;
    for (unsigned i = 0; i < bursts && !possible; ++i) {
        possible = filter_[1].may_hold(where.bank, where.row, where.column + i);
    }
    std::uint64_t mask = 0;
    for (std::uint16_t id = possible ? list.head : kHbmNone; id != kHbmNone; id = pool_[id].next) {
        const HbmEntry& entry = pool_[id];
        const unsigned begin = std::max<unsigned>(entry.column, where.column);
        const unsigned end = std::min<unsigned>(entry.column + entry.count, where.column + bursts);
        if (entry.row == where.row && begin < end) {
            mask |= bits(begin - where.column, end - begin);
        }
    }
    return mask;
}

HbmChannel::Request HbmChannel::sort(const HbmLocation& where, unsigned bursts, bool write,
                                     std::uint64_t handle, bool reserved) const {
    Request r{
        .where = where, .bursts = bursts, .write = write, .reserved = reserved, .handle = handle};
    r.held =
        rules_.bank_queues ? waiting_in_queues(where, bursts, true) : held_by_writes(where, bursts);
    if (rules_.bank_queues && !write) {
        r.joined = waiting_in_queues(where, bursts, false) & ~r.held;
    }
    r.fresh = bits(0, bursts) & ~r.held & ~r.joined;
    return r;
}

/// Whether all bursts can be accepted one after another. A full bank queue takes none, not even one
/// that needs no place.
bool HbmChannel::has_room(const Request& r) const {
    const unsigned kind = r.write ? 1 : 0;
    const std::uint64_t counted = rules_.bank_queues ? r.fresh & bits(0, r.bursts - 1) : r.fresh;
    const unsigned most = r.bursts + occupancy_[kind];  // places taken, seldom too many
    const unsigned places =
        most <= rules_.capacity[kind]
            ? r.bursts
            : static_cast<unsigned>(std::popcount(counted)) + (rules_.bank_queues ? 1 : 0);
    return occupancy_[kind] + places <= rules_.capacity[kind] && !posted_.full() &&
           pool_.room() >= r.bursts && reads_.count() + pool_.used() + r.bursts <= 2 * pool_.size();
}

/// BankQueues: reads of bursts that are waited for already end with those.
void HbmChannel::join(HbmCycle now, const Request& r) {
    std::uint64_t latest = 0;
    for (std::uint64_t rest = r.joined; rest != 0; rest &= rest - 1) {
        HbmLocation at = r.where;
        at.column += static_cast<unsigned>(std::countr_zero(rest));
        const std::uint16_t first = find(at, false);
        const std::uint16_t id = pool_.take({.handle = r.handle,
                                             .arrived = now,
                                             .merged = pool_[first].merged,
                                             .bank = static_cast<std::uint8_t>(at.bank),
                                             .last = false,
                                             .reserved = r.reserved});
        pool_[first].merged = id;
        if (latest_ == kHbmNone || pool_[first].sequence > latest) {
            latest = pool_[first].sequence;
            latest_ = id;
        }
    }
}

void HbmChannel::insert(HbmCycle now, const Request& r, unsigned from, unsigned bursts) {
    const unsigned kind = r.write ? 1 : 0;
    const unsigned bank = r.where.bank;
    const std::uint16_t id =
        pool_.take({.handle = r.handle,
                    .arrived = now,
                    .queued = now,
                    .sequence = sequence_,
                    .row = r.where.row,
                    .column = static_cast<std::uint16_t>(r.where.column + from),
                    .count = static_cast<std::uint16_t>(bursts),
                    .bank = static_cast<std::uint8_t>(bank),
                    .write = r.write,
                    .last = false,
                    .reserved = r.reserved});
    latest_ = id;
    sequence_ += bursts;
    if (rules_.bank_queues || r.write) {
        filter_[kind].add(pool_[id]);
    }
    occupy(kind, static_cast<int>(bursts), now);
    Bank& b = bank_[bank];
    if (rules_.bank_queues) {
        pool_.append(transactions_[kind], id);
        ++b.transactions[kind];
        transaction_banks_[kind] |= std::uint64_t{1} << bank;
        wake_ = std::min(wake_, now);
    } else {
        pool_.append(b.list[kind], id);
        b.hits[kind] = static_cast<std::uint16_t>(b.hits[kind] + (b.row == r.where.row));
        want_mode(bank, kind);
        plan_for(bank, kind);
    }
}

void HbmChannel::admit(HbmCycle now, const Request& r) {
    const unsigned kind = r.write ? 1 : 0;
    ++counters_.accepted[kind];
    counters_.bursts[kind] += r.bursts;
    latest_ = kHbmNone;
    if ((r.held | r.joined) != 0) {
        (r.write ? counters_.merged[1] : counters_.forwarded) +=
            static_cast<unsigned>(std::popcount(r.held));
        counters_.merged[0] += static_cast<unsigned>(std::popcount(r.joined));
        join(now, r);
    }
    for (std::uint64_t rest = r.fresh; rest != 0;) {
        const auto from = static_cast<unsigned>(std::countr_zero(rest));
        const auto run = static_cast<unsigned>(std::countr_one(rest >> from));
        const unsigned bursts = rules_.bank_queues ? 1 : run;
        insert(now, r, from, bursts);
        rest &= ~bits(from, bursts);
    }
    if (latest_ != kHbmNone && !r.write) {
        pool_[latest_].last = true;
    } else if (r.reserved) {
        ++counters_.completed[kind];
    } else {
        posted_.push({.cycle = now + 1, .handle = r.handle, .write = r.write});
    }
}

bool HbmChannel::accept(HbmCycle now, const HbmLocation& where, unsigned bursts, bool write,
                        std::uint64_t handle) {
    run_to(now);
    const Request request = sort(where, bursts, write, handle, false);
    if (!has_room(request)) {
        ++counters_.refused[write ? 1 : 0];
        return false;
    }
    admit(now_, request);
    return true;
}

/// A column command has been issued for the first burst of `id`, which has left its list if it has
/// no other.
void HbmChannel::finish_column(std::uint16_t id, HbmCycle now) {
    if (urgent_ == id) {
        urgent_ = kHbmNone;
        oldest_due_ = now;
    }
    if (pool_[id].count > 1) {
        pool_.spend(id, 1);
        return;
    }
    if (pool_[id].write) {
        pool_.give(id);
        return;
    }
    const HbmCycle end = now + rules_.read_latency;
    while (id != kHbmNone) {
        const HbmEntry& entry = pool_[id];
        if (id == followed_) {
            ended_ = end;
        }
        if (entry.last && entry.reserved) {
            ++counters_.completed[0];
        } else if (entry.last) {
            reads_.push({.cycle = end, .handle = entry.handle});
        }
        const std::uint16_t next = entry.merged;
        pool_.give(id);
        id = next;
    }
}

HbmCycle HbmChannel::reserve(HbmCycle now, const HbmLocation& where, unsigned bursts, bool write,
                             HbmChannel& scratch) {
    run_to(now);
    now = now_;
    const bool room =
        pool_.room() >= bursts && reads_.count() + pool_.used() + bursts <= 2 * pool_.size();
    if (room) {
        admit(now, sort(where, bursts, write, 0, true));
        if (latest_ == kHbmNone) {
            return now + 1;  // answered by writes that wait, or in their place
        }
    }
    scratch = *this;
    scratch.log_ = nullptr;
    scratch.followed_ = write || !room ? kHbmNone : latest_;
    // Without room nothing is reserved, and the answer is when all that waits has ended.
    while (room ? (write ? scratch.occupancy_[1] > rules_.capacity[1] : scratch.ended_ == kHbmNever)
                : scratch.busy()) {
        const HbmCycle next = scratch.next_tick();
        scratch.tick(next, next + 1);
        scratch.forget_completions();
    }
    return write || !room ? scratch.now_ + 1 : scratch.ended_;
}

}  // namespace athena::memory
