// SPDX-License-Identifier: Apache-2.0
// An HBM channel: its configuration and its time.
#include "memory/hbm_channel.h"

#include <algorithm>
#include <bit>

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
             .pseudo_channel_bits =
                 static_cast<unsigned>(std::countr_zero(c.pseudo_channel_banks())),
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

bool HbmChannel::busy() const {
    return occupied_ != 0 || active_ != 0 || (rules_.bank_queues && can_move());
}

HbmCycle HbmChannel::next_tick() const {
    const HbmCycle refresh = refresh_pending_ != 0 ? refresh_step_at() : refresh_due_;
    if (!busy()) {
        return std::max(now_, refresh);
    }
    const HbmCycle urgent = urgent_ == kHbmNone ? oldest_due_ : kHbmNever;
    return std::max(now_, std::min({wake_, refresh, urgent}));
}

/// The commands of cycle `now`, and of those after it before `limit` as far as nothing else
/// happens.
void HbmChannel::tick(HbmCycle now, HbmCycle limit) {
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
        tick_buffer(now, std::min({limit, refresh_due_, oldest_due_}));
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
        tick(next, until);
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
        tick(next, until);
    }
}

HbmCycle HbmChannel::next_activity() const {
    const HbmCycle end = next_completion();
    return busy() ? std::min(end, next_tick()) : end;
}

}  // namespace athena::memory
