// SPDX-License-Identifier: Apache-2.0
// One channel of an HBM controller: queues, scheduler, refresh and the devices' timing (JESD235).
// Plain integers, no clock of its own: it jumps from one command to the next, and costs nothing
// while nothing waits.
//
// Time. The caller's cycles do not go back. A request accepted at cycle c is seen by the scheduler
// from cycle c on; a read's completion is the cycle after its last data beat. Writes are posted:
// they complete a cycle after they were accepted. Commands of a cycle are decided when that cycle
// is passed: accept(c) and advance(c) decide all before c.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/state.h"
#include "memory/hbm_address.h"
#include "memory/hbm_calendar.h"
#include "memory/hbm_command.h"
#include "memory/hbm_counters.h"
#include "memory/hbm_queues.h"

namespace athena::memory {

struct HbmCompletion {
    HbmCycle cycle = 0;
    std::uint64_t handle = 0;
    bool write = false;

    bool operator==(const HbmCompletion&) const = default;
};

class HbmChannel {
  public:
    /// `config` has passed check().
    explicit HbmChannel(const HbmConfig& config);

    /// A request of `bursts` bursts of a row, from `where` on (whose channel is not looked at).
    /// False if the queue has no room: nothing has happened, and it is worth asking again after
    /// next_activity().
    bool accept(HbmCycle now, const HbmLocation& where, unsigned bursts, bool write,
                std::uint64_t handle);

    /// Goes on up to cycle `until`, or to the first completion, which it returns; its cycle is at
    /// most `until`.
    std::optional<HbmCompletion> advance(HbmCycle until);

    /// The cycle of the next command or completion that is known, or later but not after the true
    /// one; kHbmNever if nothing waits (refresh is made up for when something comes).
    [[nodiscard]] HbmCycle next_activity() const;
    /// The cycle of the first completion that is known.
    [[nodiscard]] HbmCycle next_completion() const {
        return std::min(posted_.next(), reads_.next());
    }
    /// No completion comes before this cycle: that of the first which is known, or what the next
    /// command may lead to.
    [[nodiscard]] HbmCycle completion_bound() const {
        const HbmCycle known = next_completion();
        return busy() ? std::min(known, next_tick() + rules_.read_latency) : known;
    }
    /// Makes up for refreshes before `now`, for counters that are up to date.
    void settle(HbmCycle now) { run_to(now); }

    /// A loosely timed access: takes its place in the queue, full or not, and returns the cycle of
    /// its completion if nothing else comes; advance() does not return it. `scratch` is a channel
    /// of the same configuration, whose content is lost.
    HbmCycle reserve(HbmCycle now, const HbmLocation& where, unsigned bursts, bool write,
                     HbmChannel& scratch);

    [[nodiscard]] const HbmChannelCounters& counters() const { return counters_; }
    /// Bursts that wait: to be read or written.
    [[nodiscard]] unsigned waiting() const { return pool_.used(); }
    /// Nothing, or which sum is wrong: no request is lost, no bus is above its peak, rows are
    /// opened and closed in pairs, refreshes are as many as are due.
    [[nodiscard]] std::optional<std::string> check_conservation() const;

    /// Notes all commands from now on in `log`; nullptr ends it.
    void record(HbmCommandLog* log) { log_ = log; }

    void save(base::StateWriter& writer) const;
    /// Throws base::StateError for another section, version or configuration.
    void load(base::StateReader& reader);

  private:
    static constexpr unsigned kBoth = 2;  // reads and writes, or the lists of each
    static constexpr std::uint32_t kClosed = ~std::uint32_t{0};
    static constexpr HbmCycle kLook = 0;  // for row_at_: not known
    static constexpr std::uint64_t kAllBanks = ~std::uint64_t{0};

    struct Bank {
        std::uint32_t row = kClosed;
        std::uint32_t accesses = 0;               // of the open row
        std::array<HbmList, kBoth> list{};        // BankQueues: the first holds all
        std::array<std::uint16_t, kBoth> hits{};  // reads and writes of the lists to the open row
        std::array<std::uint16_t, kBoth> transactions{};  // BankQueues: not yet in the list
        std::uint16_t active = kHbmNone;  // ChannelBuffer: the row was opened for it
        bool conflict = false;            // the row was opened in place of another
    };
    /// The first transactions of a list, up to `last`: all to full banks when they were passed.
    struct Passed {
        std::uint16_t last = kHbmNone;
        std::uint64_t banks = 0;  // theirs, or more
    };
    /// ChannelBuffer: the next column command of a pseudo-channel.
    struct NextColumn {
        HbmCycle at = kHbmNever;
        std::uint64_t sequence = 0;
        std::uint16_t id = kHbmNone;
        bool holds_row = false;  // its row was opened for it
        bool known = false;
        bool alone = false;  // see alone()

        [[nodiscard]] bool before(const NextColumn& other) const {
            if (at != other.at || at == kHbmNever) {
                return at < other.at;
            }
            return holds_row != other.holds_row ? holds_row : sequence < other.sequence;
        }
    };
    /// Scheduling parameters.
    struct Rules {
        bool bank_queues, closed_page;
        HbmRefresh refresh;
        unsigned banks, group_banks, bank_groups, pseudo_channels, pseudo_channel_banks;
        unsigned pseudo_channel_bits;  // of a bank's number below the pseudo-channel
        unsigned bank_queue, row_hit_limit, idle_drain;
        std::array<std::uint64_t, 2> banks_of;  // of each pseudo-channel, a bit a bank
        std::array<unsigned, kBoth> capacity;
        unsigned drain_above, drain_below;  // hundredths of an entry
        HbmCycle max_wait, read_latency, interval, burst;
    };

    // Requests (hbm_requests.cpp).
    /// Bursts of a request, a bit each, and how each is served.
    struct Request {
        HbmLocation where;
        unsigned bursts;
        bool write;
        bool reserved;
        std::uint64_t handle;
        std::uint64_t held = 0;    // by a write that waits: a read is answered, a write replaces it
        std::uint64_t joined = 0;  // by a read that waits for the same burst
        std::uint64_t fresh = 0;   // by themselves
    };
    [[nodiscard]] Request sort(const HbmLocation& where, unsigned bursts, bool write,
                               std::uint64_t handle, bool reserved) const;
    [[nodiscard]] bool has_room(const Request& request) const;
    void admit(HbmCycle now, const Request& request);
    [[nodiscard]] std::uint16_t find(const HbmLocation& where, bool write) const;
    [[nodiscard]] std::uint64_t held_by_writes(const HbmLocation& where, unsigned bursts) const;
    [[nodiscard]] std::uint64_t waiting_in_queues(const HbmLocation& where, unsigned bursts,
                                                  bool write) const;
    void join(HbmCycle now, const Request& request);
    void insert(HbmCycle now, const Request& request, unsigned from, unsigned bursts);
    void finish_column(std::uint16_t id, HbmCycle now);
    void occupy(unsigned kind, int change, HbmCycle now) {
        occupancy_[kind] = static_cast<std::uint32_t>(static_cast<int>(occupancy_[kind]) + change);
        const bool full = occupancy_[kind] >= rules_.capacity[kind];
        if (full == (full_since_[kind] != kHbmNever)) {
            return;
        }
        counters_.full_cycles[kind] += full ? 0 : now + 1 - full_since_[kind];
        full_since_[kind] = full ? now : kHbmNever;
    }
    /// Reads of a buffer are never looked for, and not in its filter.
    void drop_from_filter(const HbmEntry& entry, unsigned bursts) {
        if (rules_.bank_queues || entry.write) {
            filter_[entry.write ? 1 : 0].drop(entry, bursts);
        }
    }
    void forget_completions() {
        while (posted_.count() != 0) {
            posted_.pop();
        }
        while (reads_.count() != 0) {
            reads_.pop();
        }
    }

    // Time (hbm_channel.cpp).
    void run_to(HbmCycle until);
    void tick(HbmCycle now, HbmCycle limit);
    [[nodiscard]] HbmCycle next_tick() const;
    [[nodiscard]] bool busy() const;

    // Commands (hbm_commands.cpp).
    void log(HbmCycle now, HbmCommand command, unsigned bank, std::uint32_t row = 0,
             std::uint32_t column = 0) {
        if (log_ != nullptr) {
            log_->push_back({.cycle = now,
                             .command = command,
                             .bank = static_cast<std::uint8_t>(bank),
                             .row = row,
                             .column = column});
        }
    }
    void activate(unsigned bank, std::uint32_t row, HbmCycle now);
    void precharge(unsigned bank, HbmCycle now, bool for_another);
    void log_column(const HbmEntry& entry, unsigned burst, HbmCycle now) {
        if (log_ != nullptr) {
            const HbmCommand command =
                entry.write ? (rules_.closed_page ? HbmCommand::WriteAuto : HbmCommand::Write)
                            : (rules_.closed_page ? HbmCommand::ReadAuto : HbmCommand::Read);
            log(now, command, entry.bank, entry.row, entry.column + burst);
        }
    }
    void count_columns(const HbmEntry& entry, unsigned bursts);
    void columns_of_several(std::uint16_t id, unsigned bursts, HbmCycle first, HbmCycle last);
    void column(std::uint16_t id, HbmCycle now);
    void count_hits(unsigned bank);
    void closed(unsigned bank, bool for_another);
    void find_urgent(HbmCycle now);

    // Refresh (hbm_refresh.cpp).
    bool refresh_step(HbmCycle now);
    [[nodiscard]] HbmCycle refresh_step_at() const;
    [[nodiscard]] std::uint64_t refresh_banks() const;
    [[nodiscard]] unsigned due_bank() const;
    [[nodiscard]] HbmCycle all_precharge_at(unsigned pseudo_channel) const;
    bool refresh_pseudo_channel(unsigned pseudo_channel, HbmCycle now);
    bool refresh_one_bank(HbmCycle now);
    void skip_refreshes(HbmCycle until);

    // Bank queues (hbm_bank_queues.cpp).
    void tick_bank_queues(HbmCycle now);
    enum class Slot : std::uint8_t { None, Row, Column };
    Slot issue_from_queues(std::uint64_t ready, HbmCycle now, Slot not_this);
    Slot issue_from_bank(unsigned bank, HbmCycle now, Slot not_this);
    Slot step_towards(std::uint16_t id, HbmCycle now, Slot not_this);
    std::uint16_t first_to_move(unsigned kind, std::uint64_t banks);
    void move_one(HbmCycle now);
    [[nodiscard]] bool drain_starts() const;
    [[nodiscard]] unsigned kind_to_move(HbmCycle now) const;
    [[nodiscard]] bool can_move() const;
    void want_in_queues(unsigned bank);
    [[nodiscard]] HbmCycle ready_at(unsigned bank) const;
    [[nodiscard]] std::uint64_t ready_banks(HbmCycle now) const;
    void look_ahead(std::uint64_t changed);
    void look_ahead_after(Slot slot, unsigned bank);

    // Channel buffer (hbm_channel_buffer.cpp).
    void tick_buffer(HbmCycle now, HbmCycle limit);
    void issue_planned(HbmCycle now);
    void issue_first(HbmCycle now);
    void plan();
    void plan_for(unsigned bank, unsigned mode);
    HbmCycle find_column(HbmCycle from, bool lists);
    void look_for_column(unsigned pseudo_channel, HbmCycle from, bool lists);
    [[nodiscard]] bool alone(unsigned pseudo_channel) const;
    void forget_columns() { column_[0].known = column_[1].known = false; }
    void issue_column(HbmCycle now);
    void issue_runs(HbmCycle limit);
    void log_runs(std::array<unsigned, 2> bursts);
    [[nodiscard]] HbmCycle rows_at(HbmCycle from) const;
    struct Choice {
        std::uint16_t id = kHbmNone;
        std::uint64_t sequence = ~std::uint64_t{0};
        void offer(const HbmPool& pool, std::uint16_t candidate) {
            if (pool[candidate].sequence < sequence) {
                id = candidate;
                sequence = pool[candidate].sequence;
            }
        }
    };
    void issue_row(HbmCycle now);
    /// Whether writes have their turn. Asking again without a change of the buffer changes nothing.
    [[nodiscard]] bool next_mode() const { return mode_after(0); }
    /// As if so many bursts of the present mode had been issued.
    [[nodiscard]] bool mode_after(unsigned bursts) const {
        const unsigned reads = occupancy_[0] - (write_mode_ ? 0 : bursts);
        const unsigned writes = (occupancy_[1] - (write_mode_ ? bursts : 0)) * 100;
        return reads == 0 || (write_mode_ ? writes != 0 && writes >= rules_.drain_below
                                          : writes > rules_.drain_above);
    }
    void open_or_close(std::uint16_t id, HbmCycle now);
    bool serve_urgent(HbmCycle now, bool column_used);
    void want_in_buffer(unsigned bank);
    void want_mode(unsigned bank, unsigned mode);

    void want(unsigned bank) {
        if (rules_.bank_queues) {
            want_in_queues(bank);
        } else {
            want_in_buffer(bank);
        }
    }

    template <typename Visit>
    void visit(Visit&& visit);
    [[nodiscard]] bool sound() const;
    void derive();
    [[nodiscard]] std::optional<std::string> check_commands() const;

    Rules rules_;
    std::uint64_t fingerprint_;  // of the configuration
    HbmCalendar calendar_;
    HbmPool pool_;
    std::array<Bank, kHbmMaxBanks> bank_{};
    std::array<HbmFilter, kBoth> filter_{};
    HbmRing posted_;  // completions a cycle after acceptance
    HbmRing reads_;   // completions of read commands
    HbmChannelCounters counters_;

    // What the banks want, a bit a bank. ChannelBuffer: of reads, of writes; BankQueues uses the
    // first of activates_ and precharges_ for all.
    std::array<std::uint64_t, kBoth> activates_{};
    std::array<std::uint64_t, kBoth> precharges_{};
    std::array<std::uint64_t, kBoth> columns_{};
    std::uint64_t active_ = 0;         // ChannelBuffer: banks with an active request
    std::uint64_t active_writes_ = 0;  // and those of them whose request is a write
    std::uint64_t occupied_ = 0;       // banks with a command in their lists
    std::uint64_t open_ = 0;           // banks with an open row

    // BankQueues.
    std::array<HbmList, kBoth> transactions_{};             // not yet in a bank's queue
    std::array<HbmCycle, kHbmMaxBanks> ready_at_{};         // earliest command of a bank; derived
    std::uint32_t draining_ = 0;                            // writes that are still to move
    std::uint32_t last_bank_ = 0;                           // that had its turn
    std::array<std::uint64_t, kBoth> transaction_banks_{};  // banks of transactions_; derived
    std::uint64_t full_banks_ = 0;                          // whose queue is full; derived
    HbmCycle next_ready_ = 0;                               // first of ready_at_; derived
    std::uint64_t next_banks_ = 0;                          // whose it is; derived
    std::array<Passed, kBoth> passed_{};                    // derived

    // ChannelBuffer. If planned_, the buffer's next column command is that of `column_` in a
    // pseudo-channel, no row command comes before row_at_, and so nothing does before wake_.
    bool write_mode_ = false;
    bool planned_ = false;
    HbmCycle row_at_ = kHbmNever;
    std::array<NextColumn, 2> column_{};  // of each pseudo-channel; derived
    unsigned next_in_ = 0;  // the pseudo-channel whose column command is the first; derived
    std::array<std::array<std::uint16_t, kHbmMaxBanks>, kBoth> first_hit_{};  // derived

    // Refresh.
    HbmCycle refresh_due_;
    std::uint32_t refresh_pending_ = 0;  // pseudo-channels, or 1 if a bank
    std::uint64_t refresh_count_ = 0;    // that have been due

    HbmCycle now_ = 0;   // all before is decided
    HbmCycle wake_ = 0;  // the next cycle that the scheduler has to look at
    std::uint64_t sequence_ = 0;
    std::array<std::uint32_t, kBoth> occupancy_{};
    std::array<HbmCycle, kBoth> full_since_{kHbmNever, kHbmNever};
    HbmCycle oldest_due_ = 0;  // no command has waited max_wait before
    std::uint16_t urgent_ = kHbmNone;
    std::uint16_t latest_ = kHbmNone;  // entry that the last request ends with
    HbmCycle ended_ = kHbmNever;       // of the entry that reserve() follows
    std::uint16_t followed_ = kHbmNone;
    HbmCommandLog* log_ = nullptr;
};

}  // namespace athena::memory
