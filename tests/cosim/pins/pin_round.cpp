// SPDX-License-Identifier: Apache-2.0
#include "pin_round.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/state.h"
#include "pin_manager.h"

namespace athena::pins {

namespace {

constexpr std::uint64_t kMostCycles = 2'000'000;  // of a round; more is a hang

class Round {
  public:
    Round(tile::TilePair& pair, std::uint64_t seed)
        : pair_(pair),
          random_(seed),
          commands_(
              make_commands(random_, static_cast<unsigned>(random_.log_uniform(5)), l1_bytes())),
          manager_(std::in_place, random_, commands_, stalls(), l1_bytes()) {}

    RoundResult run() {
        const std::uint64_t before = pair_.cycle_count().commands;
        pair_.reset();
        fill_l1();
        if (random_.chance(10)) {
            pair_.skip(random_.below(1'000'000));
        }
        const std::uint64_t reset_at = random_.chance(5) ? random_.below(2000) : kMostCycles;
        while (going() && !done()) {
            start();
            step();
            if (random_.below(2000) == 0) {
                save_and_load();
            }
            if (result_.cycles == reset_at) {
                // What the RTL had already written of a result stays: L1 starts anew.
                pair_.reset();
                fill_l1();
                manager_.emplace(random_, commands_, stalls(), l1_bytes());
            }
        }
        result_.commands = pair_.cycle_count().commands - before;
        result_.hangs = result_.cycles >= kMostCycles;
        if (!result_.hangs) {
            pair_.compare_idle();
        }
        return result_;
    }

  private:
    static std::uint32_t l1_bytes() { return tile::VerilatedTile::config().l1_bytes; }

    Stalls stalls() {
        static constexpr unsigned kPercents[] = {0, 10, 50, 90};
        const auto any = [&] { return kPercents[random_.below(4)]; };
        if (random_.chance(25)) {
            return {};
        }
        return {any(), any(), any(), any(), any(), any(), random_.chance(30)};
    }

    void fill_l1() {
        std::vector<std::byte> bytes(l1_bytes());
        for (std::size_t i = 0; i < bytes.size(); i += 8) {
            const std::uint64_t word = random_.bits();
            std::memcpy(&bytes[i], &word, sizeof word);
        }
        pair_.poke(0, bytes);
    }

    [[nodiscard]] bool going() const { return !pair_.difference() && result_.cycles < kMostCycles; }
    [[nodiscard]] bool done() const {
        return manager_->all_pushed() && manager_->unanswered() == 0 && pair_.outputs().idle;
    }

    // Traffic in bursts, and pauses.
    void start() {
        if (random_.below(200) == 0) {
            busy_ = !busy_;
        }
        const bool over = manager_->all_pushed() && pair_.timed().outstanding() == 0;
        if (!busy_ || over || manager_->unanswered() > 6) {
            return;
        }
        const std::uint64_t kind = random_.below(100);
        if (kind < 8) {
            manager_->start_read();
        } else if (kind < 16) {
            manager_->start_write();
        } else if (kind < 22) {
            manager_->start_push();
        } else if (kind == 22 && random_.chance(20)) {
            manager_->start_abort();
        }
    }

    void step() {
        if (manager_->unanswered() == 0 && !manager_->holds() && random_.chance(50)) {
            pair_.inputs.completion_ready = true;
            result_.cycles += pair_.run_quiet(1 + random_.below(2000));
            return;
        }
        manager_->drive(pair_.inputs);
        const tile::TileOutputs& outputs = pair_.cycle();
        manager_->take(pair_.inputs, outputs);
        ++result_.cycles;
    }

    void save_and_load() {
        base::StateWriter writer;
        pair_.timed().save(writer);
        base::StateReader reader(writer.data());
        pair_.timed().load(reader);
    }

    tile::TilePair& pair_;
    Random random_;
    Commands commands_;
    std::optional<PinManager> manager_;
    RoundResult result_;
    bool busy_ = true;
};

}  // namespace

RoundResult run_round(tile::TilePair& pair, std::uint64_t seed) {
    return Round(pair, seed).run();
}

}  // namespace athena::pins
