// SPDX-License-Identifier: Apache-2.0
// Requests and time of an HBM channel.
#include "memory/hbm_channel.h"

#include <algorithm>

namespace athena::memory {

namespace {

/// Entries beyond the queues: merged reads and reserved accesses.
constexpr unsigned kSpareEntries = 64;

unsigned pool_entries(const HbmConfig& c) {
    const unsigned in_banks = c.organisation == HbmOrganisation::BankQueues
                                  ? c.channel_banks() * c.bank_queue
                                  : c.channel_banks();
    return std::min(c.read_queue + c.write_queue + in_banks + kSpareEntries, 65'000U);
}

/// Two configurations whose channels could not take each other's state differ in it.
std::uint64_t fingerprint(const HbmConfig& c) {
    std::uint64_t hash = 0xCBF29CE484222325;
    const auto add = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3; };
    for (const HbmParameter& parameter : hbm_parameters()) {
        add(c.*parameter.value);
    }
    add(static_cast<std::uint64_t>(c.organisation));
    add(static_cast<std::uint64_t>(c.page_policy));
    add(static_cast<std::uint64_t>(c.refresh));
    return hash;
}

HbmCycle refresh_interval(const HbmConfig& c) {
    switch (c.refresh) {
        case HbmRefresh::None:
            return kHbmNever;
        case HbmRefresh::AllBank:
            return c.refi;
        case HbmRefresh::PerBank:
            return c.refib;
    }
    return kHbmNever;
}

}  // namespace

HbmChannel::HbmChannel(const HbmConfig& c)
    : rules_{.bank_queues = c.organisation == HbmOrganisation::BankQueues,
             .closed_page = c.page_policy == HbmPagePolicy::Closed,
             .refresh = c.refresh,
             .banks = c.channel_banks(),
             .group_banks = c.banks,
             .bank_groups = c.bank_groups,
             .pseudo_channels = c.pseudo_channels,
             .pseudo_channel_banks = c.pseudo_channel_banks(),
             .bank_queue = c.bank_queue,
             .row_hit_limit = c.row_hit_limit,
             .idle_drain = c.idle_drain,
             .banks_of = {~std::uint64_t{0} >> (64 - c.pseudo_channel_banks()),
                          c.pseudo_channels == 1
                              ? 0
                              : (~std::uint64_t{0} >> (64 - c.channel_banks())) -
                                    (~std::uint64_t{0} >> (64 - c.pseudo_channel_banks()))},
             .capacity = {c.read_queue, c.write_queue},
             .drain_above = c.drain_high * c.write_queue,
             .drain_below = c.drain_low * c.write_queue,
             .max_wait = c.max_wait,
             .read_latency = HbmCycle{c.cl} + c.burst_cycles() + c.return_cycles,
             .interval = refresh_interval(c),
             .burst = c.burst_cycles()},
      fingerprint_(fingerprint(c)),
      calendar_(c),
      pool_(pool_entries(c)),
      posted_(2 * pool_entries(c)),
      reads_(2 * pool_entries(c)),
      refresh_due_(rules_.interval),
      oldest_due_(rules_.max_wait) {}

std::uint16_t HbmChannel::find(const HbmLocation& where, bool write) const {
    const unsigned kind = write ? 1 : 0;
    if (!filter_[kind].may_hold(where.bank, where.row, where.column)) {
        return kHbmNone;
    }
    const auto search = [&](const HbmList& list) {
        std::uint16_t id = list.head;
        for (; id != kHbmNone; id = pool_[id].next) {
            const HbmEntry& entry = pool_[id];
            if (entry.row == where.row && entry.column == where.column &&
                entry.bank == where.bank && entry.write == write) {
                break;
            }
        }
        return id;
    };
    if (!rules_.bank_queues) {
        return search(bank_[where.bank].list[kind]);
    }
    const std::uint16_t id = search(bank_[where.bank].list[0]);
    return id != kHbmNone ? id : search(transactions_[kind]);
}

void HbmChannel::post(HbmCycle cycle, std::uint64_t handle, bool write, bool reserved) {
    if (reserved) {
        ++counters_.completed[write ? 1 : 0];
    } else {
        posted_.push({.cycle = cycle, .handle = handle, .write = write});
    }
}

/// What the requests that wait answer: true if this one need not wait itself.
bool HbmChannel::forward_or_merge(HbmCycle now, const HbmLocation& where, bool write,
                                  std::uint64_t handle, bool reserved) {
    if (find(where, true) != kHbmNone) {
        ++counters_.accepted[write ? 1 : 0];
        ++(write ? counters_.merged[1] : counters_.forwarded);
        post(now + 1, handle, write, reserved);
        return true;
    }
    if (write || !rules_.bank_queues) {
        return false;
    }
    const std::uint16_t first = find(where, false);
    if (first == kHbmNone) {
        return false;
    }
    const std::uint16_t id = pool_.take();
    pool_[id] = {.handle = handle,
                 .arrived = now,
                 .merged = pool_[first].merged,
                 .bank = static_cast<std::uint8_t>(where.bank),
                 .reserved = reserved};
    pool_[first].merged = id;
    ++counters_.accepted[0];
    ++counters_.merged[0];
    latest_ = id;
    return true;
}

void HbmChannel::insert(HbmCycle now, const HbmLocation& where, bool write, std::uint64_t handle,
                        bool reserved) {
    const unsigned kind = write ? 1 : 0;
    const std::uint16_t id = pool_.take();
    pool_[id] = {.handle = handle,
                 .arrived = now,
                 .queued = now,
                 .sequence = sequence_++,
                 .row = where.row,
                 .column = static_cast<std::uint16_t>(where.column),
                 .bank = static_cast<std::uint8_t>(where.bank),
                 .write = write,
                 .reserved = reserved};
    latest_ = id;
    ++counters_.accepted[kind];
    filter_[kind].add(pool_[id]);
    occupy(write, 1, now);
    if (write) {
        post(now + 1, handle, true, reserved);
    }
    if (rules_.bank_queues) {
        pool_.append(transactions_[kind], id);
        ++bank_[where.bank].transactions[kind];
        transaction_banks_[kind] |= std::uint64_t{1} << where.bank;
    } else {
        Bank& bank = bank_[where.bank];
        pool_.append(bank.list[kind], id);
        bank.hits[kind] = static_cast<std::uint16_t>(bank.hits[kind] + (bank.row == where.row));
        want_mode(where.bank, kind);
    }
    wake_ = std::min(wake_, now);
}

bool HbmChannel::accept(HbmCycle now, const HbmLocation& where, bool write, std::uint64_t handle) {
    run_to(now);
    now = now_;
    const unsigned kind = write ? 1 : 0;
    const bool full = occupancy_[kind] >= rules_.capacity[kind];
    const bool room =
        !posted_.full() && !pool_.empty() && reads_.count() + pool_.used() < 2 * pool_.size();
    if (room && !(full && rules_.bank_queues) &&
        forward_or_merge(now, where, write, handle, false)) {
        return true;
    }
    if (full || !room) {
        ++counters_.refused[kind];
        return false;
    }
    insert(now, where, write, handle, false);
    return true;
}

void HbmChannel::occupy(bool write, int change, HbmCycle now) {
    const unsigned kind = write ? 1 : 0;
    const bool was_full = occupancy_[kind] >= rules_.capacity[kind];
    occupancy_[kind] = static_cast<std::uint32_t>(static_cast<int>(occupancy_[kind]) + change);
    const bool is_full = occupancy_[kind] >= rules_.capacity[kind];
    if (is_full && !was_full) {
        full_since_[kind] = now;
    } else if (was_full && !is_full) {
        counters_.full_cycles[kind] += now + 1 - full_since_[kind];
        full_since_[kind] = kHbmNever;
    }
}

/// A column command has been issued for `id`, which has left its list.
void HbmChannel::finish_column(std::uint16_t id, HbmCycle now) {
    if (urgent_ == id) {
        urgent_ = kHbmNone;
        oldest_due_ = now;
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
        if (entry.reserved) {
            ++counters_.completed[0];
        } else {
            reads_.push({.cycle = end, .handle = entry.handle});
        }
        const std::uint16_t next = entry.merged;
        pool_.give(id);
        id = next;
    }
}

bool HbmChannel::busy() const {
    return occupied_ != 0 || active_ != 0 || (rules_.bank_queues && can_move());
}

HbmCycle HbmChannel::next_tick() const {
    const HbmCycle refresh = refresh_pending_ != 0 ? refresh_step_at() : refresh_due_;
    return std::max(now_, busy() ? std::min(wake_, refresh) : refresh);
}

void HbmChannel::tick(HbmCycle now) {
    if (refresh_pending_ == 0 && refresh_due_ <= now) {
        refresh_pending_ =
            rules_.refresh == HbmRefresh::AllBank && rules_.pseudo_channels == 2 ? 3 : 1;
        ++refresh_count_;
        refresh_due_ += rules_.interval;
    }
    if (now >= oldest_due_ && urgent_ == kHbmNone) {
        find_urgent(now);
    }
    now_ = now + 1;
    if (rules_.bank_queues) {
        tick_bank_queues(now);
    } else {
        tick_buffer(now);
    }
}

void HbmChannel::run_to(HbmCycle until) {
    if (now_ >= until) {
        return;
    }
    for (;;) {
        if (refresh_due_ < until && !busy()) {
            skip_refreshes(until);
        }
        const HbmCycle next = next_tick();
        if (next >= until) {
            break;
        }
        tick(next);
    }
    now_ = until;
}

std::optional<HbmCompletion> HbmChannel::advance(HbmCycle until) {
    for (;;) {
        const HbmCycle end = next_completion();
        if (end <= until && (end <= now_ || end <= next_tick())) {
            // Commands between now_ and `end` there are none.
            now_ = std::max(now_, end);
            const HbmRing::Item item = (posted_.next() == end ? posted_ : reads_).pop();
            ++counters_.completed[item.write ? 1 : 0];
            return HbmCompletion{.cycle = item.cycle, .handle = item.handle, .write = item.write};
        }
        if (!busy()) {
            if (end > until) {
                run_to(until);
                return std::nullopt;
            }
            run_to(end);
            continue;
        }
        const HbmCycle next = next_tick();
        if (next >= until) {
            now_ = std::max(now_, until);
            return std::nullopt;
        }
        tick(next);
    }
}

HbmCycle HbmChannel::next_activity() const {
    const HbmCycle end = next_completion();
    return busy() ? std::min(end, next_tick()) : end;
}

HbmCycle HbmChannel::reserve(HbmCycle now, const HbmLocation& where, bool write,
                             HbmChannel& scratch) {
    run_to(now);
    now = now_;
    latest_ = kHbmNone;
    const bool room = !pool_.empty() && reads_.count() + pool_.used() < 2 * pool_.size();
    if (room && !forward_or_merge(now, where, write, 0, true)) {
        insert(now, where, write, 0, true);
    }
    if (room && latest_ == kHbmNone) {
        return now + 1;  // forwarded or merged with a write
    }
    scratch = *this;
    scratch.log_ = nullptr;
    scratch.followed_ = write ? kHbmNone : latest_;
    // Without room nothing is reserved, and the answer is when all that waits has ended.
    while (room ? (write ? scratch.occupancy_[1] > rules_.capacity[1] : scratch.ended_ == kHbmNever)
                : scratch.busy()) {
        scratch.tick(scratch.next_tick());
        scratch.forget_completions();
    }
    return write || !room ? scratch.now_ + 1 : scratch.ended_;
}

}  // namespace athena::memory
