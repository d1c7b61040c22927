// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <deque>

#include "regs/tile_regs.h"
#include "sim/cosim/bins.h"
#include "sim/cosim/free_space.h"
#include "sim/cosim/pacing.h"
#include "sim/cosim/plan.h"
#include "sim/cosim/replay.h"
#include "sim/cosim/round.h"
#include "sim/cosim/traffic.h"
#include "tile/lockstep_tile.h"

namespace athena::cosim {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kForever = ~std::uint64_t{0};
constexpr std::uint64_t kMostCycles = 4'000'000;  // of a round; more is a hang

class LockstepRound {
  public:
    LockstepRound(const RoundOptions& options, tile::LockstepTile& tile)
        : options_(options),
          random_(options.seed),
          tile_(tile),
          plan_(make_plan(random_, options.commands, static_cast<std::uint32_t>(options.seed),
                          tile::VerilatedTile::config())),
          pacing_(random_) {}

    RoundResult run() {
        if (options_.wave) {
            tile_.wave(options_.wave->file, options_.wave->first, options_.wave->last);
        }
        tile_.reset(0);
        tile_.poke(0, plan_.l1);
        const tile::CycleCount before = tile_.cycle_count();
        if (options_.capture != nullptr) {
            *options_.capture = {.kind = Replay::Kind::Lockstep, .l1 = plan_.l1};
            tile_.record(&options_.capture->accesses);
        }
        make_mistake();
        while (next_ < plan_.commands.size() && going()) {
            act();
            wait(random_gap());
        }
        while (tile_.next_output() && going()) {
            wait(kForever);
        }
        read_all_registers();
        tile_.record(nullptr);
        finish(before);
        return result_;
    }

  private:
    struct Taken {
        std::size_t index;  // in the plan
        Level level;
    };

    [[nodiscard]] bool going() const {
        return tile_.failure().empty() && !result_.difference && cycle_ < kMostCycles;
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
        std::array byte{plan_.l1[place] ^ std::byte{0x40}};
        if (options_.capture != nullptr) {
            options_.capture->flips.push_back({static_cast<std::uint32_t>(place), std::byte{0x40}});
        }
        tile_.poke_rtl(place, byte);  // the reference is not told
    }

    std::uint64_t random_gap() {
        const std::uint64_t kind = random_.below(100);
        return kind < 50 ? random_.below(6) : kind < 95 ? random_.below(300) : kForever;
    }

    void act() {
        const std::uint64_t kind = random_.below(100);
        if (kind < 55 && pacing_.wants(taken_.size())) {
            push_next();
        } else if (kind < 70) {
            touch_l1();
        } else if (kind < 80) {
            read_register(random_.below(0x78), unsigned{1} << random_.below(4));
        } else if (kind < 90) {
            write_register(regs::kCtrlOffset, 1, random_.below(4));
        } else if (kind < 99 || random_.chance(70)) {
            write_register(regs::kIrqOffset, unsigned{1} << random_.below(4), random_.below(4));
        } else {
            write_register(regs::kCtrlOffset + 1, 1, 1);
        }
    }

    bool access(std::uint64_t offset, bool write, std::span<std::byte> data) {
        const tile::Response response = tile_.access(cycle_, {offset, write, data});
        cycle_ = response.cycle;
        take_outputs();
        ++result_.accesses;
        return response.ok;
    }

    void push_next() {
        const auto status =
            tile_.peek_register(regs::kStatusOffset, sizeof(std::uint64_t), cycle_).value_or(0);
        const std::uint64_t depth = tile::VerilatedTile::config().queue_depth;
        taken_.push_back({next_, level_of(status, refused_, depth)});
        refused_ = !push(plan_.commands[next_]);
        if (refused_) {
            taken_.pop_back();
        } else {
            pacing_.pushed();
            ++next_;
        }
    }

    bool push(Line line) {
        const std::uint64_t offset = random_.below(tile::kWindowSize / line.size()) * line.size();
        return access(tile::kQueueWindow + offset, true, line);
    }

    void touch_l1() {
        const std::uint64_t size = random_.log_uniform(5000);
        const bool write = random_.chance(50);
        const InFlight in_flight = ranges();
        const auto range =
            find_free(random_, size, plan_.l1.size(), in_flight.of(write), plan_.touched);
        if (!range) {
            return;
        }
        buffer_.resize(size);
        if (write) {
            fill_bytes(random_, buffer_, 2);
        }
        access(range->begin, write, buffer_);
    }

    [[nodiscard]] InFlight ranges() const {
        InFlight in_flight;
        for (const Taken& taken : taken_) {
            if (plan_.planned[taken.index].status.value_or(tile::Status::Ok) == tile::Status::Ok) {
                in_flight.add(plan_.commands[taken.index], plan_.l1.size());
            }
        }
        if (flips()) {
            in_flight.keep({mistake_, mistake_ + 1});
        }
        return in_flight;
    }

    void read_register(std::uint64_t offset, unsigned size) {
        std::array<std::byte, 8> data{};
        access(tile::kRegistersWindow + offset / size * size, false, std::span(data).first(size));
    }

    void write_register(std::uint64_t offset, unsigned size, std::uint64_t value) {
        std::array<std::byte, 8> data{};
        std::memcpy(data.data(), &value, sizeof value);
        access(tile::kRegistersWindow + offset, true, std::span(data).first(size));
    }

    void read_all_registers() {
        for (std::uint64_t offset = 0; offset < 0x78 && going(); offset += 8) {
            read_register(offset, 8);
        }
    }

    // To the end of the gap, or until nothing more will come.
    void wait(std::uint64_t gap) {
        const std::uint64_t limit = gap == kForever ? kMostCycles : cycle_ + gap;
        while (tile_.next_output() && *tile_.next_output() <= limit && tile_.failure().empty()) {
            tile_.advance(limit);
            take_outputs();
        }
        cycle_ = gap == kForever ? std::max(cycle_, last_output_) : limit;
    }

    void take_outputs() {
        for (const tile::Output& output : tile_.outputs()) {
            last_output_ = output.cycle;
            if (output.kind != tile::Output::Kind::Completion) {
                continue;
            }
            ++result_.completed;
            if (output.completion.status == tile::Status::Aborted) {
                ++result_.aborted;
            } else if (output.completion.status != tile::Status::Ok) {
                ++result_.failed;
            }
            completed(output.completion);
        }
        tile_.outputs().clear();
    }

    void completed(const tile::Completion& completion) {
        if (taken_.empty()) {
            return;  // the reference says so
        }
        const Taken taken = taken_.front();
        taken_.pop_front();
        Planned planned = plan_.planned[taken.index];
        if (options_.mistake == Mistake::Status) {
            planned.status = wrong_status(planned);
        }
        if (const auto text = unplanned(completion, planned)) {
            result_.difference = *text;
        }
        if (options_.bins != nullptr) {
            options_.bins->add(plan_.commands[taken.index], planned,
                               {.level = taken.level, .status = completion.status});
        }
    }

    void finish(const tile::CycleCount& before) {
        const tile::CycleCount& after = tile_.cycle_count();
        result_.cycles = cycle_;
        result_.cycle_count = {after.commands - before.commands, after.equal - before.equal};
        if (options_.mistake == Mistake::Cycles && result_.cycle_count.equal != 0) {
            --result_.cycle_count.equal;
        }
        if (!tile_.failure().empty()) {
            result_.difference = tile_.failure_details();
        } else if (result_.difference) {
            return;
        } else if (result_.cycle_count.equal != result_.cycle_count.commands) {
            result_.difference =
                std::to_string(result_.cycle_count.commands - result_.cycle_count.equal) +
                " commands took other cycles in the RTL than by the formula";
        } else if (tile_.outstanding() != 0) {
            result_.difference = never_completed(tile_.outstanding(), tile_.nearest_tag(), cycle_);
        } else {
            result_.difference = tile_.compare_idle();
        }
    }

    RoundOptions options_;
    Random random_;
    tile::LockstepTile& tile_;
    Plan plan_;
    Pacing pacing_;
    RoundResult result_;
    std::deque<Taken> taken_;    // and not completed
    std::size_t next_ = 0;       // command to push
    bool refused_ = false;       // it has been, at least once
    std::uint64_t mistake_ = 0;  // byte of L1
    std::uint64_t cycle_ = 0;
    std::uint64_t last_output_ = 0;
    std::vector<std::byte> buffer_;
};

}  // namespace

LockstepRounds::LockstepRounds() : tile_(std::make_unique<tile::LockstepTile>()) {}

LockstepRounds::~LockstepRounds() = default;

RoundResult LockstepRounds::run(const RoundOptions& options) {
    return LockstepRound(options, *tile_).run();
}

}  // namespace athena::cosim
