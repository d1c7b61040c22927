// SPDX-License-Identifier: Apache-2.0
// Saving and loading an HBM channel, and its conservation checks.
#include <bit>
#include <cstring>
#include <type_traits>

#include "memory/hbm_channel.h"

namespace athena::memory {

namespace {

constexpr std::uint32_t kStateVersion = 2;

/// Numbers, eight bytes each, least significant first.
class NumberWriter {
  public:
    template <typename T>
    void operator()(const char* /*name*/, const T& value) {
        const auto number = static_cast<std::uint64_t>(value);
        for (unsigned shift = 0; shift < 64; shift += 8) {
            data.push_back(static_cast<std::byte>(number >> shift));
        }
    }
    std::vector<std::byte> data;
};

class NumberReader {
  public:
    explicit NumberReader(std::vector<std::byte> data) : data_(std::move(data)) {}
    template <typename T>
    void operator()(const char* name, T& value) {
        if (at_ + 8 > data_.size()) {
            throw base::StateError(std::string("saved HBM channel ends before ") + name);
        }
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) {
            number |= static_cast<std::uint64_t>(data_[at_++]) << shift;
        }
        value = static_cast<T>(number);
        if (static_cast<std::uint64_t>(value) != number) {
            throw base::StateError(std::string("saved HBM channel: impossible ") + name);
        }
    }
    [[nodiscard]] bool done() const { return at_ == data_.size(); }

  private:
    std::vector<std::byte> data_;
    std::size_t at_ = 0;
};

}  // namespace

template <typename Visit>
void HbmChannel::visit(Visit&& visit) {
    calendar_.visit(visit);
    pool_.visit(visit);
    for (Bank& bank : bank_) {
        visit("row", bank.row);
        visit("accesses", bank.accesses);
        for (unsigned kind = 0; kind < kBoth; ++kind) {
            visit("head", bank.list[kind].head);
            visit("tail", bank.list[kind].tail);
            visit("count", bank.list[kind].count);
            visit("hits", bank.hits[kind]);
            visit("transactions", bank.transactions[kind]);
        }
        visit("active", bank.active);
        visit("conflict", bank.conflict);
    }
    for (unsigned kind = 0; kind < kBoth; ++kind) {
        filter_[kind].visit(visit);
        visit("transactions_head", transactions_[kind].head);
        visit("transactions_tail", transactions_[kind].tail);
        visit("transactions_count", transactions_[kind].count);
        visit("occupancy", occupancy_[kind]);
        visit("full_since", full_since_[kind]);
    }
    posted_.visit(visit);
    reads_.visit(visit);
    counters_.visit(visit);
    visit("draining", draining_);
    visit("last_bank", last_bank_);
    visit("write_mode", write_mode_);
    visit("refresh_due", refresh_due_);
    visit("refresh_pending", refresh_pending_);
    visit("refresh_count", refresh_count_);
    visit("now", now_);
    visit("wake", wake_);
    visit("planned", planned_);
    visit("row_at", row_at_);
    visit("sequence", sequence_);
    visit("oldest_due", oldest_due_);
    visit("urgent", urgent_);
}

void HbmChannel::save(base::StateWriter& writer) const {
    NumberWriter numbers;
    HbmChannel copy(*this);  // visit() takes what it may change
    copy.visit(numbers);
    writer.begin("hbm_channel", kStateVersion);
    writer.value("configuration", fingerprint_);
    writer.bytes("numbers", numbers.data);
    writer.end();
}

void HbmChannel::load(base::StateReader& reader) {
    reader.begin("hbm_channel", kStateVersion);
    if (reader.value("configuration") != fingerprint_) {
        throw base::StateError("saved HBM channel has another configuration");
    }
    NumberReader numbers(reader.bytes("numbers"));
    HbmChannel loaded(*this);
    loaded.visit(numbers);
    reader.end();
    if (!numbers.done()) {
        throw base::StateError("saved HBM channel is too long");
    }
    if (!loaded.sound()) {
        throw base::StateError("saved HBM channel: its queues do not hang together");
    }
    loaded.derive();
    *this = loaded;
}

/// Whether all indices lead where they must, so that what was loaded can do no harm.
bool HbmChannel::sound() const {
    std::vector<bool> marks(pool_.size());
    std::array<std::uint32_t, kBoth> occupied{};
    bool good = calendar_.sound() && posted_.sound() && reads_.sound() &&
                last_bank_ < kHbmMaxBanks && refresh_pending_ < 1U << rules_.pseudo_channels &&
                (refresh_pending_ == 0 || refresh_count_ != 0) &&
                draining_ <= transactions_[1].count &&
                reads_.count() + pool_.used() <= 2 * pool_.size();
    for (unsigned i = 0; i < kHbmMaxBanks && good; ++i) {
        const Bank& bank = bank_[i];
        for (unsigned kind = 0; kind < kBoth && good; ++kind) {
            const HbmList& list = bank.list[kind];
            good = pool_.mark(list, marks);
            for (std::uint16_t id = list.head; good && id != kHbmNone; id = pool_[id].next) {
                const HbmEntry& entry = pool_[id];
                good = entry.bank == i && i < rules_.banks &&
                       (rules_.bank_queues ? kind == 0 : entry.write == (kind == 1));
                good = good && entry.count <= (rules_.bank_queues ? 1 : kHbmMaxBursts);
                occupied[kind] += rules_.bank_queues ? 0 : entry.count;
            }
        }
        good = good && pool_.mark_one(bank.active, marks) &&
               (bank.active == kHbmNone ||
                (pool_[bank.active].bank == i && pool_[bank.active].row == bank.row &&
                 pool_[bank.active].count == 1));
    }
    std::array<std::array<std::uint16_t, kBoth>, kHbmMaxBanks> transactions{};
    for (unsigned kind = 0; kind < kBoth && good; ++kind) {
        const HbmList& list = transactions_[kind];
        good = pool_.mark(list, marks);
        for (std::uint16_t id = list.head; good && id != kHbmNone; id = pool_[id].next) {
            const HbmEntry& entry = pool_[id];
            good = entry.bank < rules_.banks && entry.write == (kind == 1) && entry.count == 1;
            if (good) {
                ++transactions[entry.bank][kind];
                ++occupied[kind];
            }
        }
    }
    for (unsigned i = 0; i < kHbmMaxBanks; ++i) {
        good = good && transactions[i] == bank_[i].transactions;
    }
    // An urgent command waits in a bank.
    good = good && occupied == occupancy_ && pool_.sound(marks) &&
           (urgent_ == kHbmNone ||
            (urgent_ < marks.size() && marks[urgent_] && pool_[urgent_].bank < rules_.banks));
    return good;
}

/// Makes what is derived from the rest.
void HbmChannel::derive() {
    open_ = 0;
    active_ = 0;
    active_writes_ = 0;
    full_banks_ = 0;
    occupied_ = 0;
    transaction_banks_ = {};
    passed_ = {};
    forget_columns();
    for (unsigned i = 0; i < rules_.banks; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        open_ |= bank_[i].row != kClosed ? bit : 0;
        if (bank_[i].active != kHbmNone) {
            active_ |= bit;
            active_writes_ |= pool_[bank_[i].active].write ? bit : 0;
        }
        count_hits(i);
        for (unsigned kind = 0; kind < kBoth; ++kind) {
            transaction_banks_[kind] |= bank_[i].transactions[kind] != 0 ? bit : 0;
        }
        want(i);
        if (rules_.bank_queues) {
            full_banks_ |= bank_[i].list[0].count >= rules_.bank_queue ? bit : 0;
        }
    }
    if (rules_.bank_queues) {
        look_ahead(kAllBanks);
    } else if (planned_) {
        find_column(now_, true);
    }
}

std::optional<std::string> HbmChannel::check_conservation() const {
    const auto wrong = [](const char* what, std::uint64_t is, std::uint64_t should_be) {
        return std::string(what) + " " + std::to_string(is) + ", not " + std::to_string(should_be);
    };
    std::array<std::uint64_t, kBoth> waiting{};  // bursts in lists, merged reads not counted
    std::uint64_t merged_waiting = 0;
    std::uint64_t to_tell = 0;  // reads that end with what waits
    const auto count = [&](std::uint16_t id) {
        waiting[pool_[id].write ? 1 : 0] += pool_[id].count;
        to_tell += pool_[id].last ? 1 : 0;
        for (std::uint16_t m = pool_[id].merged; m != kHbmNone; m = pool_[m].merged) {
            ++merged_waiting;
            to_tell += pool_[m].last ? 1 : 0;
        }
    };
    const auto count_list = [&](const HbmList& list) {
        for (std::uint16_t id = list.head; id != kHbmNone; id = pool_[id].next) {
            count(id);
        }
    };
    for (const Bank& bank : bank_) {
        count_list(bank.list[0]);
        count_list(bank.list[1]);
        if (bank.active != kHbmNone) {
            count(bank.active);
        }
    }
    count_list(transactions_[0]);
    count_list(transactions_[1]);
    const HbmChannelCounters& c = counters_;
    const std::uint64_t reads = c.total(&HbmBankCounters::reads);
    const std::uint64_t writes = c.total(&HbmBankCounters::writes);
    if (waiting[0] + waiting[1] + merged_waiting != pool_.used()) {
        return wrong("bursts that wait", pool_.used(), waiting[0] + waiting[1] + merged_waiting);
    }
    if (reads + c.merged[0] + c.forwarded + waiting[0] != c.bursts[0]) {
        return wrong("bursts to read", c.bursts[0], reads + c.merged[0] + c.forwarded + waiting[0]);
    }
    if (writes + c.merged[1] + waiting[1] != c.bursts[1]) {
        return wrong("bursts to write", c.bursts[1], writes + c.merged[1] + waiting[1]);
    }
    const std::uint64_t told = c.completed[0] + c.completed[1] + posted_.count() + reads_.count();
    if (told + to_tell != c.accepted[0] + c.accepted[1]) {
        return wrong("requests told or waiting", told + to_tell, c.accepted[0] + c.accepted[1]);
    }
    return check_commands();
}

std::optional<std::string> HbmChannel::check_commands() const {
    const auto wrong = [](const char* what, std::uint64_t is, std::uint64_t should_be) {
        return std::string(what) + " " + std::to_string(is) + ", not " + std::to_string(should_be);
    };
    std::uint64_t refreshes = 0;
    for (unsigned pc = 0; pc < rules_.pseudo_channels; ++pc) {
        std::uint64_t columns = 0;
        for (unsigned i = 0; i < rules_.pseudo_channel_banks; ++i) {
            const unsigned index = pc * rules_.pseudo_channel_banks + i;
            const HbmBankCounters& b = counters_.bank[index];
            columns += b.reads + b.writes;
            if (b.row_hits + b.row_misses + b.row_conflicts != b.reads + b.writes) {
                return wrong("hits, misses and conflicts",
                             b.row_hits + b.row_misses + b.row_conflicts, b.reads + b.writes);
            }
            const std::uint64_t open = open_ >> index & 1;
            if (b.activates != b.precharges + open) {
                return wrong("rows opened", b.activates, b.precharges + open);
            }
        }
        const HbmPseudoChannelCounters& counters = counters_.pseudo_channel[pc];
        refreshes += counters.refreshes;
        if (counters.bus_busy != columns * rules_.burst) {
            return wrong("busy cycles of the data bus", counters.bus_busy, columns * rules_.burst);
        }
        if (counters.bus_busy > now_ + rules_.burst) {
            return wrong("busy cycles of the data bus", counters.bus_busy, now_ + rules_.burst);
        }
    }
    if (rules_.refresh == HbmRefresh::None) {
        return std::nullopt;
    }
    const std::uint64_t each =
        rules_.refresh == HbmRefresh::AllBank ? rules_.pseudo_channels : std::uint64_t{1};
    const auto pending = static_cast<std::uint64_t>(std::popcount(refresh_pending_));
    if (refreshes + pending != refresh_count_ * each) {
        return wrong("refreshes done and pending", refreshes + pending, refresh_count_ * each);
    }
    if (refresh_due_ != (refresh_count_ + 1) * rules_.interval) {
        return wrong("next refresh", refresh_due_, (refresh_count_ + 1) * rules_.interval);
    }
    return std::nullopt;
}

}  // namespace athena::memory
