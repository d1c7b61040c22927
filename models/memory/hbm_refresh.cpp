// SPDX-License-Identifier: Apache-2.0
// Refresh of an HBM channel: closes the banks concerned, then refreshes, ahead of all requests.
#include <algorithm>
#include <bit>

#include "memory/hbm_channel.h"

namespace athena::memory {

/// The bank of the last refresh that was due: pseudo-channel fastest, then bank group (JESD235
/// leaves the order to the controller).
unsigned HbmChannel::due_bank() const {
    const std::uint64_t index = refresh_count_ - 1;
    const std::uint64_t group = index / rules_.pseudo_channels;
    const std::uint64_t bank = group / rules_.bank_groups % rules_.group_banks;
    return static_cast<unsigned>(index % rules_.pseudo_channels * rules_.pseudo_channel_banks +
                                 group % rules_.bank_groups * rules_.group_banks + bank);
}

/// The banks that no request may use now.
std::uint64_t HbmChannel::refresh_banks() const {
    if (refresh_pending_ == 0) {
        return 0;
    }
    if (rules_.refresh == HbmRefresh::PerBank) {
        return std::uint64_t{1} << due_bank();
    }
    return ((refresh_pending_ & 1) != 0 ? rules_.banks_of[0] : 0) |
           ((refresh_pending_ & 2) != 0 ? rules_.banks_of[1] : 0);
}

bool HbmChannel::refresh_one_bank(HbmCycle now) {
    const unsigned bank = due_bank();
    if ((open_ >> bank & 1) != 0) {
        if (bank_[bank].active != kHbmNone || calendar_.precharge_at(bank) > now) {
            return false;
        }
        precharge(bank, now, false);
        return true;
    }
    if (calendar_.refresh_bank_at(bank) > now) {
        return false;
    }
    log(now, HbmCommand::RefreshBank, bank);
    calendar_.refresh_bank(bank, now);
    ++counters_.pseudo_channel[bank / rules_.pseudo_channel_banks].refreshes;
    refresh_pending_ = 0;
    return true;
}

bool HbmChannel::refresh_pseudo_channel(unsigned pseudo_channel, HbmCycle now) {
    const std::uint64_t open = open_ & rules_.banks_of[pseudo_channel];
    const unsigned first_bank = pseudo_channel * rules_.pseudo_channel_banks;
    if (open == 0) {
        if (calendar_.refresh_at(pseudo_channel) > now) {
            return false;
        }
        log(now, HbmCommand::Refresh, first_bank);
        calendar_.refresh(pseudo_channel, now);
        ++counters_.pseudo_channel[pseudo_channel].refreshes;
        refresh_pending_ &= ~(1U << pseudo_channel);
        return true;
    }
    if (rules_.bank_queues) {
        for (std::uint64_t banks = open; banks != 0; banks &= banks - 1) {
            const auto bank = static_cast<unsigned>(std::countr_zero(banks));
            if (calendar_.precharge_at(bank) <= now) {
                precharge(bank, now, false);
                return true;
            }
        }
        return false;
    }
    if (all_precharge_at(pseudo_channel) > now) {
        return false;
    }
    log(now, HbmCommand::PrechargeAll, first_bank);
    calendar_.precharge_all(pseudo_channel, now);
    for (std::uint64_t banks = open; banks != 0; banks &= banks - 1) {
        closed(static_cast<unsigned>(std::countr_zero(banks)), false);
    }
    return true;
}

/// When all banks of the pseudo-channel may be closed at once; never while a row is open for a
/// request that has not used it.
HbmCycle HbmChannel::all_precharge_at(unsigned pseudo_channel) const {
    const std::uint64_t open = open_ & rules_.banks_of[pseudo_channel];
    if ((active_ & open) != 0) {
        return kHbmNever;
    }
    HbmCycle at = 0;
    for (std::uint64_t banks = open; banks != 0; banks &= banks - 1) {
        at = std::max(at, calendar_.precharge_at(static_cast<unsigned>(std::countr_zero(banks))));
    }
    return at;
}

/// Issues one command of the refresh that is pending, if it may. Its pseudo-channels follow each
/// other in a buffer, and go on side by side with bank queues.
bool HbmChannel::refresh_step(HbmCycle now) {
    if (rules_.refresh == HbmRefresh::PerBank) {
        return refresh_one_bank(now);
    }
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        if ((refresh_pending_ >> pc & 1) == 0) {
            continue;
        }
        if (refresh_pseudo_channel(pc, now)) {
            return true;
        }
        if (!rules_.bank_queues) {
            break;
        }
    }
    return false;
}

HbmCycle HbmChannel::refresh_step_at() const {
    if (rules_.refresh == HbmRefresh::PerBank) {
        const unsigned bank = due_bank();
        if ((open_ >> bank & 1) == 0) {
            return calendar_.refresh_bank_at(bank);
        }
        return bank_[bank].active != kHbmNone ? kHbmNever : calendar_.precharge_at(bank);
    }
    HbmCycle at = kHbmNever;
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        if ((refresh_pending_ >> pc & 1) == 0) {
            continue;
        }
        std::uint64_t open = open_ & rules_.banks_of[pc];
        if (open == 0) {
            at = std::min(at, calendar_.refresh_at(pc));
        } else if (!rules_.bank_queues) {
            at = all_precharge_at(pc);
        }
        if (!rules_.bank_queues) {
            break;
        }
        for (; open != 0; open &= open - 1) {
            at =
                std::min(at, calendar_.precharge_at(static_cast<unsigned>(std::countr_zero(open))));
        }
    }
    return at;
}

/// Counts refreshes of the idle time before `until` without doing them: all but the last ones,
/// after which the calendar is as if they had been done.
void HbmChannel::skip_refreshes(HbmCycle until) {
    if (log_ != nullptr || refresh_pending_ != 0 || open_ != 0) {
        return;
    }
    const std::uint64_t due = (until - 1 - refresh_due_) / rules_.interval;
    // Per bank: whole rounds, so that the turn stays, and the last round is done.
    const std::uint64_t round = rules_.refresh == HbmRefresh::PerBank ? rules_.banks : 1;
    const std::uint64_t kept = 2 * round;
    if (due <= kept) {
        return;
    }
    const std::uint64_t skipped = (due - kept) / round * round;
    refresh_count_ += skipped;
    refresh_due_ += skipped * rules_.interval;
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        counters_.pseudo_channel[pc].refreshes +=
            round == 1 ? skipped : skipped / rules_.pseudo_channels;
    }
}

}  // namespace athena::memory
