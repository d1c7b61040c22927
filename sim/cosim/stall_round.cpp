// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <list>

#include "regs/tile_regs.h"
#include "sim/cosim/bins.h"
#include "sim/cosim/free_space.h"
#include "sim/cosim/pacing.h"
#include "sim/cosim/plan.h"
#include "sim/cosim/replay.h"
#include "sim/cosim/round.h"
#include "sim/cosim/traffic.h"

namespace athena::cosim {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kMostCycles = 4'000'000;  // of a round; more is a hang
constexpr std::size_t kMostAccesses = 4;

// A command that the RTL has taken and not completed.
struct Taken {
    std::size_t index;  // in the plan
    Level level;
    bool abortable = false;
};

class StallRound {
  public:
    StallRound(const RoundOptions& options, PairDriver& driver)
        : options_(options),
          random_(options.seed),
          driver_(driver),
          reference_(tile::VerilatedTile::config()),
          plan_(make_plan(random_, options.commands, static_cast<std::uint32_t>(options.seed),
                          tile::VerilatedTile::config())),
          pacing_(random_) {}

    RoundResult run() {
        stalls_ = {.percent = options_.stall, .seed = random_.bits()};
        driver_.set_stalls(stalls_);
        driver_.reset();
        driver_.tile().poke(0, plan_.l1);
        reference_.write_l1(0, plan_.l1, {});
        if (options_.capture != nullptr) {
            *options_.capture = {.lockstep = false,
                                 .stall = stalls_.percent,
                                 .stall_seed = stalls_.seed,
                                 .l1 = plan_.l1};
            driver_.record(&options_.capture->accesses);
        }
        make_mistake();
        while (going() && (next_ < plan_.commands.size() || !taken_.empty())) {
            if (accesses_.size() < kMostAccesses && random_.chance(chance_)) {
                start_access();
            }
            step();
            if (random_.chance(1)) {
                chance_ = static_cast<unsigned>(random_.log_uniform(64));
            }
        }
        settle();
        driver_.record(nullptr);
        check_all();
        result_.cycles = driver_.cycle();
        return result_;
    }

  private:
    [[nodiscard]] bool going() {
        if (driver_.failure()) {
            differ(failure_of(driver_));
        } else if (driver_.cycle() >= kMostCycles) {
            differ(std::to_string(taken_.size()) + " commands never completed in the RTL, cycle " +
                   std::to_string(driver_.cycle()));
        }
        return !result_.difference;
    }

    void differ(const tile::Difference& difference) {
        if (difference && !result_.difference) {
            result_.difference = difference;
        }
    }

    [[nodiscard]] bool flips() const {
        return options_.mistake == Mistake::Operand || options_.mistake == Mistake::Elsewhere;
    }

    // A bit of the RTL's L1.
    void make_mistake() {
        if (!flips() || plan_.touched.empty()) {
            return;
        }
        std::uint64_t place = plan_.first_kept();
        if (options_.mistake == Mistake::Elsewhere) {
            const auto range = find_free(random_, 1, plan_.l1.size(), plan_.touched);
            place = range ? range->begin : place;
        }
        mistake_ = place;
        const std::array byte{plan_.l1[place] ^ std::byte{0x40}};
        if (options_.capture != nullptr) {
            options_.capture->flips.push_back({static_cast<std::uint32_t>(place), std::byte{0x40}});
        }
        driver_.tile().rtl().poke(place, byte);  // the models are not told
    }

    void step() {
        driver_.step();
        measure();
        for (const tile::TileRecord& record : driver_.records) {
            complete(record);
        }
        driver_.records.clear();
        for (const tile::AxiFinished& finished : driver_.finished) {
            finish(finished);
        }
        driver_.finished.clear();
    }

    // COMMAND_CYCLES of every command: records may be held up, and then show later than the next
    // command's end.
    void measure() {
        const std::uint64_t commands =
            driver_.tile().register_value(regs::kCommandsOffset).value_or(0);
        if (commands != commands_) {
            commands_ = commands;
            cycles_.push_back(
                driver_.tile().register_value(regs::kCommandCyclesOffset).value_or(0));
        }
    }

    // Until nothing is on its way.
    void settle() {
        while (going() && !driver_.idle()) {
            step();
        }
    }

    [[nodiscard]] bool pending(Kind kind) const {
        return std::ranges::any_of(accesses_,
                                   [&](const Access& access) { return access.kind == kind; });
    }

    void start_access() {
        const std::uint64_t kind = random_.below(100);
        const bool ordered = pending(Kind::Push) || pending(Kind::Control);
        if (kind < 40) {
            if (next_ < plan_.commands.size() && !ordered && pacing_.wants(taken_.size()) &&
                !meets_pending(plan_.commands[next_])) {
                start_push();
            }
        } else if (kind < 80) {
            start_l1(kind < 60);
        } else if (kind < 88) {
            start_register_read();
        } else if (kind < 92) {
            if (!ordered) {
                start_control();
            }
        } else {
            start(make_illegal_access(random_, plan_.l1.size()));
        }
    }

    void start(Access access) {
        access.transfer.ticket = ++last_ticket_;
        driver_.start(access.transfer);
        accesses_.push_back(std::move(access));
        ++result_.accesses;
    }

    void start_push() {
        const std::uint64_t slot = random_.below(tile::kWindowSize / tile::kBeatBytes);
        Access access(Kind::Push, true, tile::kQueueWindow + slot * tile::kBeatBytes,
                      tile::kBeatBytes);
        std::ranges::copy(plan_.commands[next_], access.data.begin());
        access.outstanding = taken_.size();
        const auto status = driver_.tile().register_value(regs::kStatusOffset).value_or(0);
        level_ = level_of(status, refused_, tile::VerilatedTile::config().queue_depth);
        start(std::move(access));
    }

    void start_l1(bool write) {
        InFlight in_flight;
        for (const Taken& taken : taken_) {
            add_ranges(in_flight, taken.index);
        }
        if (pending(Kind::Push)) {
            add_ranges(in_flight, next_);
        }
        if (flips()) {
            in_flight.keep({mistake_, mistake_ + 1});
        }
        if (auto access = make_l1_access(random_, write, plan_, in_flight, accesses_)) {
            start(std::move(*access));
        }
    }

    void add_ranges(InFlight& in_flight, std::size_t index) const {
        if (index < plan_.commands.size() &&
            plan_.planned[index].status.value_or(tile::Status::Ok) == tile::Status::Ok) {
            in_flight.add(plan_.commands[index], plan_.l1.size());
        }
    }

    // Whether an access on its way would be in flight once the command is there.
    [[nodiscard]] bool meets_pending(const Line& line) const {
        InFlight in_flight;
        in_flight.add(line, plan_.l1.size());
        return std::ranges::any_of(accesses_, [&](const Access& access) {
            const std::uint64_t begin = access.transfer.address;
            return (access.kind == Kind::L1Read || access.kind == Kind::L1Write) &&
                   in_flight.meets({begin, begin + access.data.size()},
                                   access.kind == Kind::L1Write);
        });
    }

    void start_register_read() {
        const bool counter = random_.chance(50);
        const std::array<std::uint64_t, 3> constants{regs::kIdOffset, regs::kCapsOffset,
                                                     regs::kCtrlOffset};
        const std::uint64_t offset =
            counter ? std::uint64_t{regs::kCommandsOffset} : constants[random_.below(3)];
        if (offset == regs::kCtrlOffset && pending(Kind::Control)) {
            return;
        }
        Access access(counter ? Kind::Counter : Kind::Constant, false,
                      tile::kRegistersWindow + offset, 8);
        access.transfer.size = 3;
        access.expected = *reference_.core().read(offset, 8, 0);
        start(std::move(access));
    }

    void start_control() {
        constexpr std::uint64_t kAddress = tile::kRegistersWindow + regs::kCtrlOffset;
        const bool is_read = std::ranges::any_of(
            accesses_, [](const Access& access) { return access.transfer.address == kAddress; });
        if (is_read) {
            return;
        }
        const bool abort = random_.chance(2);
        Access access(Kind::Control, true, kAddress + (abort ? 1 : 0), 1);
        access.transfer.size = 0;
        access.data[0] = static_cast<std::byte>(abort ? 1 : random_.below(4));
        for (Taken& taken : taken_) {
            taken.abortable |= abort;
        }
        start(std::move(access));
    }

    void finish(const tile::AxiFinished& finished) {
        const auto found = std::ranges::find_if(accesses_, [&](const Access& access) {
            return access.transfer.ticket == finished.ticket;
        });
        const Access& access = *found;
        const bool may_fail = access.kind == Kind::Push || access.kind == Kind::Illegal;
        if (finished.ok ? access.kind == Kind::Illegal : !may_fail) {
            differ("access at offset " + std::to_string(access.transfer.address) +
                   " is answered with " + (finished.ok ? "OK" : "an error") + ", cycle " +
                   std::to_string(finished.cycle));
        } else {
            apply(access, finished.ok);
        }
        accesses_.erase(found);
    }

    void apply(const Access& access, bool ok) {
        std::uint64_t value = 0;
        std::memcpy(&value, access.data.data(), std::min<std::size_t>(8, access.data.size()));
        switch (access.kind) {
            case Kind::Push:
                return pushed(access, ok);
            case Kind::L1Write:
                return reference_.write_l1(access.transfer.address, access.data, access.enables);
            case Kind::L1Read:
                return differ(reference_.check_l1_read(access.transfer.address, access.data));
            case Kind::Constant:
                return check(value == access.expected, access, value);
            case Kind::Counter:
                // A command may have completed whose push is not answered yet.
                return check(
                    value >= access.expected && value <= accepted_ + (pending(Kind::Push) ? 1 : 0),
                    access, value);
            case Kind::Control:
                // Whom an abort hit is taken from the records.
                if (access.transfer.address == tile::kRegistersWindow + regs::kCtrlOffset) {
                    (void)reference_.core().write(regs::kCtrlOffset, 1, value);
                }
                return;
            case Kind::Illegal:
                return;
        }
    }

    void check(bool good, const Access& access, std::uint64_t value) {
        if (!good) {
            differ("register at offset " + std::to_string(access.transfer.address) + " reads " +
                   std::to_string(value) + " in the RTL, " + std::to_string(access.expected) +
                   " in the model, cycle " + std::to_string(driver_.cycle()));
        }
    }

    // With records held up in the stream the RTL may have more room than the reference; a refused
    // command is pushed again.
    void pushed(const Access& access, bool ok) {
        const bool must_fit =
            access.completed || access.outstanding < tile::VerilatedTile::config().queue_depth;
        if (!ok && must_fit) {
            differ("a command is refused that has room or has completed, cycle " +
                   std::to_string(driver_.cycle()));
        } else if (!ok) {
            refused_ = true;
            reference_.core().refuse();
        } else if (!access.completed) {
            take_next();
        }
    }

    void take_next() {
        ++accepted_;
        taken_.push_back({.index = next_, .level = level_});
        reference_.core().accept(plan_.commands[next_]);
        ++next_;
        refused_ = false;
        pacing_.pushed();
    }

    // A response that is held up may come after the command's record.
    void take_unanswered_push() {
        const auto push = std::ranges::find_if(accesses_, [](const Access& access) {
            return access.kind == Kind::Push && !access.completed;
        });
        if (push != accesses_.end()) {
            take_next();
            push->completed = true;
        }
    }

    void complete(const tile::TileRecord& record) {
        if (taken_.empty()) {
            take_unanswered_push();
        }
        if (taken_.empty()) {
            return differ("a record without a command, cycle " + std::to_string(record.cycle));
        }
        const Taken taken = taken_.front();
        taken_.pop_front();
        if (record.completion.status == tile::Status::Aborted) {
            ++result_.aborted;
            if (taken.abortable) {
                reference_.core().abort_oldest();
            }
        } else if (record.completion.status != tile::Status::Ok) {
            ++result_.failed;
        }
        ++result_.completed;
        result_bytes_.clear();
        const tile::Range range = reference_.result_of(0);
        if (!is_overwritten(range)) {
            result_bytes_.resize(range.end - range.begin);
            driver_.tile().peek(range.begin, result_bytes_);
        }
        const std::uint64_t formula = reference_.core().oldest_cycles().value_or(0);
        differ(reference_.complete(record, result_bytes_));
        check_cycles(record, formula);
        check_plan(record.completion, taken);
    }

    void check_cycles(const tile::TileRecord& record, std::uint64_t formula) {
        std::uint64_t found = cycles_.empty() ? 0 : cycles_.front();
        if (options_.mistake == Mistake::Cycles && result_.cycle_count.commands == 0) {
            ++found;
        }
        if (!cycles_.empty()) {
            cycles_.pop_front();
        }
        ++result_.cycle_count.commands;
        result_.cycle_count.equal += found == formula ? 1 : 0;
        if (found != formula) {
            differ("command with tag " + std::to_string(record.completion.tag) + ": took " +
                   std::to_string(found) + " cycles in the RTL, " + std::to_string(formula) +
                   " by the formula, cycle " + std::to_string(record.cycle));
        }
    }

    void check_plan(const tile::Completion& completion, const Taken& taken) {
        Planned planned = plan_.planned[taken.index];
        if (options_.mistake == Mistake::Status) {
            planned.status = wrong_status(planned);
        }
        differ(unplanned(completion, planned));
        if (options_.bins != nullptr) {
            options_.bins->add(plan_.commands[taken.index], planned,
                               {.level = taken.level,
                                .stalls = stalls_,
                                .in_order = false,
                                .status = completion.status});
        }
    }

    // Whether a later command may already have written there.
    [[nodiscard]] bool is_overwritten(tile::Range range) const {
        if (range.end > plan_.l1.size()) {
            return true;
        }
        for (std::size_t index = 1; index <= taken_.size(); ++index) {
            if (reference_.result_of(index).meets(range)) {
                return true;
            }
        }
        return false;
    }

    void check_all() {
        if (!going()) {
            return;
        }
        differ(reference_.compare_l1(driver_.tile().rtl()));
        for (std::uint64_t offset = 0; offset <= regs::kCommandCyclesOffset && going();
             offset += 8) {
            check_register(offset);
        }
        if (driver_.irq() != reference_.core().irq()) {
            differ("the interrupt differs at the end of the round");
        }
    }

    void check_register(std::uint64_t offset) {
        const auto expected = reference_.core().read(offset, 8, 0);
        std::uint64_t value = 0;
        const bool ok = read_register(offset, value);
        const bool timing = tile::Reference::is_timing(offset) && offset != regs::kStatusOffset;
        if (ok != expected.has_value() || (ok && !timing && value != *expected)) {
            differ("register at " + std::to_string(offset) + " reads " + std::to_string(value) +
                   " in the RTL, " + std::to_string(expected.value_or(0)) + " in the model");
        }
    }

    bool read_register(std::uint64_t offset, std::uint64_t& value) {
        tile::AxiTransfer transfer;
        transfer.address = static_cast<std::uint32_t>(tile::kRegistersWindow + offset);
        transfer.size = 3;
        transfer.data = std::as_writable_bytes(std::span(&value, 1));
        driver_.start(transfer);
        while (going() && driver_.busy()) {
            driver_.step();
        }
        ++result_.accesses;
        const bool ok = !driver_.finished.empty() && driver_.finished.front().ok;
        driver_.finished.clear();
        return ok;
    }

    RoundOptions options_;
    Random random_;
    PairDriver& driver_;
    tile::Reference reference_;
    Plan plan_;
    Pacing pacing_;
    PairDriver::Stalls stalls_;
    RoundResult result_;
    std::list<Access> accesses_;  // on their way; addresses stay
    std::deque<Taken> taken_;
    std::size_t next_ = 0;              // command to push
    bool refused_ = false;              // it has been, at least once
    Level level_ = Level::Idle;         // of the queue at its push
    std::uint64_t commands_ = 0;        // that the RTL has completed, and of those
    std::deque<std::uint64_t> cycles_;  // whose records have not shown yet the cycles
    std::uint64_t mistake_ = 0;         // byte of L1
    std::uint64_t accepted_ = 0;
    std::uint64_t last_ticket_ = 0;
    unsigned chance_ = 20;  // percent a cycle that an access starts
    std::vector<std::byte> result_bytes_;
};

}  // namespace

StallRounds::StallRounds() : driver_(std::make_unique<PairDriver>()) {}

StallRounds::~StallRounds() = default;

RoundResult StallRounds::run(const RoundOptions& options) {
    return StallRound(options, *driver_).run();
}

}  // namespace athena::cosim
