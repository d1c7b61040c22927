// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/replay_run.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "regs/tile_regs.h"
#include "tile/lockstep_data_tile.h"
#include "tile/lockstep_tile.h"

namespace athena::cosim {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kLongestBatch = 4096;     // as on a board: a hang is seen at the end of one
constexpr std::uint64_t kMostCycles = 4'000'000;  // beyond the last access; more is a hang

void count(RoundResult& result, const tile::Completion& completion) {
    ++result.completed;
    result.aborted += completion.status == tile::Status::Aborted ? 1 : 0;
    result.failed +=
        completion.status != tile::Status::Aborted && completion.status != tile::Status::Ok ? 1 : 0;
}

void flip_bits(const Replay& replay, auto&& poke) {
    for (const Replay::Flip& flip : replay.flips) {
        const std::array byte{replay.l1[flip.address] ^ flip.bits};
        poke(flip.address, byte);
    }
}

// Tile is tile::LockstepTile or tile::LockstepDataTile.
template <typename Tile>
class LockstepReplay {
  public:
    LockstepReplay(const Replay& replay, Tile& tile) : replay_(replay), tile_(tile) {}

    RoundResult run() {
        tile_.reset(0);
        tile_.poke(0, replay_.l1);
        flip_bits(replay_, [&](std::uint64_t at, std::span<const std::byte> byte) {
            tile_.poke_rtl(at, byte);
        });
        for (std::size_t i = 0; i < replay_.accesses.size();) {
            const std::uint64_t cycle = replay_.accesses[i].cycle;
            wait(cycle);
            if (!tile_.failure().empty()) {
                break;
            }
            if (is_push(replay_.accesses[i])) {
                const tile::CommandLine line(replay_.accesses[i].data.data(), tile::kBeatBytes);
                command_cycles_ += tile::LockstepDataTile::most_cycles(
                    tile::decode_matmul(line, replay_.l1.size()).matmul);
            }
            const tile::Request request = take_request(i);
            cycle_ = tile_.access(std::max(cycle_, cycle), request).cycle;
            take_outputs();
            ++result_.accesses;
        }
        wait(cycle_ + kMostCycles + command_cycles_);
        finish();
        return result_;
    }

  private:
    // The burst at `i`, together with those that go on with it in the same cycle: the board hands
    // an access over 4 KiB at a time.
    tile::Request take_request(std::size_t& i) {
        const tile::RecordedAccess& first = replay_.accesses[i];
        data_.clear();
        enables_.clear();
        const auto goes_on = [&](const tile::RecordedAccess& next) {
            return data_.empty() || (next.cycle == first.cycle && next.write == first.write &&
                                     next.address == first.address + data_.size() &&
                                     next.address < replay_.l1.size() &&
                                     next.enables.empty() == first.enables.empty());
        };
        for (; i < replay_.accesses.size() && goes_on(replay_.accesses[i]); ++i) {
            const tile::RecordedAccess& burst = replay_.accesses[i];
            data_.insert(data_.end(), burst.data.begin(), burst.data.end());
            enables_.insert(enables_.end(), burst.enables.begin(), burst.enables.end());
        }
        return {first.address, first.write, data_, enables_};
    }
    void wait(std::uint64_t limit) {
        while (tile_.next_output() && *tile_.next_output() <= limit && tile_.failure().empty()) {
            tile_.advance(std::min(limit, *tile_.next_output() + kLongestBatch));
            take_outputs();
        }
    }
    void take_outputs() {
        for (const tile::Output& output : tile_.outputs()) {
            if (output.kind == tile::Output::Kind::Completion) {
                count(result_, output.completion);
            }
        }
        tile_.outputs().clear();
    }
    void finish() {
        result_.cycles = cycle_;
        if (!tile_.failure().empty()) {
            result_.difference = tile_.failure_details();
        } else if (tile_.outstanding() != 0) {
            result_.difference = never_completed(tile_.outstanding(), tile_.nearest_tag(), cycle_);
        } else {
            result_.difference = tile_.compare_idle();
        }
    }

    const Replay& replay_;
    Tile& tile_;
    RoundResult result_;
    std::uint64_t cycle_ = 0;
    std::uint64_t command_cycles_ = 0;  // at most, of the commands so far
    std::vector<std::byte> data_;
    std::vector<unsigned char> enables_;
};

// As stall_round.cpp, but for what that compares of registers.
class StallReplay {
  public:
    StallReplay(const Replay& replay, PairDriver& driver)
        : replay_(replay),
          driver_(driver),
          reference_(tile::VerilatedTile::config()),
          data_(replay.accesses.size()) {}

    RoundResult run() {
        driver_.set_stalls({.percent = replay_.stall, .seed = replay_.stall_seed});
        driver_.reset();
        driver_.tile().poke(0, replay_.l1);
        reference_.write_l1(0, replay_.l1, {});
        flip_bits(replay_, [&](std::uint64_t at, std::span<const std::byte> byte) {
            driver_.tile().rtl().poke(at, byte);
        });
        while (going() && (next_ < replay_.accesses.size() || !taken_.empty() || !driver_.idle())) {
            while (next_ < replay_.accesses.size() &&
                   replay_.accesses[next_].cycle <= driver_.cycle()) {
                start(next_++);
            }
            step();
        }
        if (!result_.difference) {
            result_.difference = reference_.compare_l1(driver_.tile().rtl());
        }
        result_.cycles = driver_.cycle();
        return result_;
    }

  private:
    struct Push {
        std::size_t access;
        bool abortable = false;
    };

    [[nodiscard]] bool going() {
        const std::uint64_t last = replay_.accesses.empty() ? 0 : replay_.accesses.back().cycle;
        if (driver_.failure()) {
            differ(failure_of(driver_));
        } else if (driver_.cycle() >= last + kMostCycles) {
            differ(never_completed(taken_.size(), driver_.tile().nearest_tag(), driver_.cycle()));
        }
        return !result_.difference;
    }
    void differ(const tile::Difference& difference) {
        if (difference && !result_.difference) {
            result_.difference = difference;
            result_.difference.cycle = difference.cycle.value_or(driver_.cycle());
        }
    }

    void start(std::size_t index) {
        const tile::RecordedAccess& access = replay_.accesses[index];
        data_[index] = access.data;
        driver_.start({.ticket = index,
                       .write = access.write,
                       .address = access.address,
                       .size = access.size,
                       .burst = access.burst,
                       .data = data_[index],
                       .enables = access.enables});
        if (is_push(access)) {
            pushes_.push_back({index});
        }
        // It may find those waiting, too, whose responses are still on their way.
        if (access.write && access.address == tile::kRegistersWindow + regs::kCtrlOffset + 1) {
            for (std::deque<Push>* pushes : {&taken_, &pushes_}) {
                for (Push& push : *pushes) {
                    push.abortable = true;
                }
            }
        }
        ++result_.accesses;
    }

    void step() {
        driver_.step();
        for (const tile::TileRecord& record : driver_.records) {
            complete(record);
        }
        driver_.records.clear();
        for (const tile::AxiFinished& finished : driver_.finished) {
            finish(finished);
        }
        driver_.finished.clear();
    }

    void take(const Push& push) {
        taken_.push_back(push);
        reference_.core().accept(tile::CommandLine(replay_.accesses[push.access].data.data(), 64));
    }

    void complete(const tile::TileRecord& record) {
        // A response that is held up may come after the command's record.
        if (taken_.empty() && !pushes_.empty()) {
            take(pushes_.front());
            pushes_.pop_front();
        }
        if (taken_.empty()) {
            return differ("a record without a command");
        }
        const Push taken = taken_.front();
        taken_.pop_front();
        if (record.completion.status == tile::Status::Aborted && taken.abortable) {
            reference_.core().abort_oldest();
        }
        count(result_, record.completion);
        bytes_.clear();
        const tile::Range range = reference_.result_of(0);
        bool overwritten = range.end > replay_.l1.size();
        for (std::size_t index = 1; index <= taken_.size(); ++index) {
            overwritten = overwritten || reference_.result_of(index).meets(range);
        }
        if (!overwritten) {
            bytes_.resize(range.end - range.begin);
            driver_.tile().peek(range.begin, bytes_);
        }
        differ(reference_.complete(record, bytes_));
    }

    void finish(const tile::AxiFinished& finished) {
        const tile::RecordedAccess& access = replay_.accesses[finished.ticket];
        if (is_push(access)) {
            // Writes are answered in their order.
            if (!pushes_.empty() && pushes_.front().access == finished.ticket) {
                if (finished.ok) {
                    take(pushes_.front());
                }
                pushes_.pop_front();
            }
        } else if (finished.ok && access.address + access.data.size() <= replay_.l1.size()) {
            if (access.write) {
                reference_.write_l1(access.address, access.data, access.enables);
            } else {
                differ(reference_.check_l1_read(access.address, data_[finished.ticket]));
            }
        }
    }

    const Replay& replay_;
    PairDriver& driver_;
    tile::Reference reference_;
    RoundResult result_;
    std::vector<std::vector<std::byte>> data_;
    std::deque<Push> taken_;
    std::deque<Push> pushes_;  // without response and record
    std::size_t next_ = 0;
    std::vector<std::byte> bytes_;
};

// A tile of its own for each run: what a reset leaves in the RTL must not decide. Prepare may ask
// for a waveform.
RoundResult run_prepared(const Replay& replay, const auto& prepare) {
    switch (replay.kind) {
        case Replay::Kind::Lockstep: {
            const auto tile = std::make_unique<tile::LockstepTile>();
            prepare(*tile);
            return LockstepReplay(replay, *tile).run();
        }
        case Replay::Kind::Data: {
            const auto tile = std::make_unique<tile::LockstepDataTile>();
            prepare(*tile);
            return LockstepReplay(replay, *tile).run();
        }
        case Replay::Kind::Stall:
            break;
    }
    const auto driver = std::make_unique<PairDriver>();
    prepare(driver->tile().rtl());
    return StallReplay(replay, *driver).run();
}

}  // namespace

bool is_push(const tile::RecordedAccess& access) {
    return access.write && access.address >= tile::kQueueWindow &&
           access.data.size() == tile::kBeatBytes;
}

RoundResult run_with_wave(const Replay& replay, const std::string& file, std::uint64_t cycle,
                          std::uint64_t cycles) {
    const std::uint64_t first = cycle > cycles ? cycle - cycles : 0;
    return run_prepared(replay, [&](auto& tile) { tile.wave(file, first, cycle + kWaveBehind); });
}

RoundResult run_replay(const Replay& replay) {
    return run_prepared(replay, [](auto& /*tile*/) {});
}

}  // namespace athena::cosim
