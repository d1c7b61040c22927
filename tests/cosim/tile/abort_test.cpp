// SPDX-License-Identifier: Apache-2.0
// CTRL.ABORT in every cycle around check, pop and completion of commands, while the completion
// stream is almost full, full, and taken from at any time. RTL and timed model run under the same
// inputs; once they disagreed on whom an abort spares when the head of the queue waits for room.
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "tile/tile_pair.h"
#include "unit/tile/matmul_line.h"

using namespace athena;
using tile::Status;

namespace {

constexpr std::uint64_t kCtrl = tile::kRegistersWindow + 0x10;
constexpr std::uint64_t kStatus = 0x18;
constexpr std::uint64_t kMost = 5000;  // cycles; more is a hang

// Drives single-beat writes and collects records.
class Pins {
  public:
    Pins() { restart(); }

    void restart() {
        records_.clear();
        shown_ = false;
        writes_ = answered_ = cycles_ = 0;
        pair_.reset();
        pair_.inputs.b_ready = true;
        pair_.inputs.r_ready = true;
    }

    [[nodiscard]] tile::TilePair& pair() { return pair_; }
    [[nodiscard]] const std::vector<tile::Completion>& records() const { return records_; }

    void take_records(bool take) { pair_.inputs.completion_ready = take; }

    void cycle() {
        tile::TileInputs& inputs = pair_.inputs;
        // Records are seen behind the edge: the one that was there before it is handed over.
        if (shown_ && inputs.completion_ready) {
            records_.push_back(record_);
        }
        const tile::TileOutputs& outputs = pair_.cycle();
        inputs.aw.valid = inputs.aw.valid && !outputs.aw_ready;
        inputs.w_valid = inputs.w_valid && !outputs.w_ready;
        answered_ += outputs.b_valid ? 1 : 0;
        shown_ = outputs.completion_valid;
        record_ = {outputs.completion_tag, static_cast<Status>(outputs.completion_status)};
        ++cycles_;
    }

    void begin_write(std::uint64_t address, unsigned size, std::span<const std::byte> data) {
        tile::TileInputs& inputs = pair_.inputs;
        REQUIRE_FALSE((inputs.aw.valid || inputs.w_valid));
        const std::uint64_t lane = address % tile::kBeatBytes;
        inputs.aw = {.valid = true,
                     .size = static_cast<std::uint8_t>(size),
                     .address = static_cast<std::uint32_t>(address)};
        inputs.w_valid = true;
        inputs.w_last = true;
        inputs.w_strobe =
            (data.size() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << data.size()) - 1) << lane;
        std::ranges::copy(data, inputs.w_data.begin() + static_cast<std::ptrdiff_t>(lane));
        ++writes_;
    }
    void write(std::uint64_t address, unsigned size, std::span<const std::byte> data) {
        begin_write(address, size, data);
        while (answered_ < writes_ && cycles_ < kMost) {
            cycle();
        }
    }
    void push(const test::MatmulFields& fields) {
        write(tile::kQueueWindow, 6, test::matmul_line(fields));
    }
    [[nodiscard]] std::uint64_t records_waiting() const {
        return pair_.register_value(kStatus).value_or(0) >> 16 & 0xFF;
    }
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

  private:
    tile::TilePair pair_;
    std::vector<tile::Completion> records_;
    tile::Completion record_;
    bool shown_ = false;
    std::uint64_t writes_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t cycles_ = 0;
};

constexpr test::MatmulFields kNothing{.tag = 1};
constexpr test::MatmulFields kProduct{
    .m = 1, .n = 1, .k = 1, .b = 0x1000, .c = 0x2000, .a_ld = 1, .b_ld = 1, .c_ld = 1, .tag = 2};

struct Case {
    unsigned full;        // records that wait before it begins
    std::uint64_t abort;  // cycle of the abort, from the last push on
    std::uint64_t taken;  // from this cycle on records are taken, one in `every`
    std::uint64_t every;
    bool product;  // the first of the three commands has something to multiply
};

// Statuses of the three commands behind those that fill the stream.
std::vector<Status> run(Pins& pins, const Case& the) {
    pins.take_records(false);
    for (unsigned i = 0; i < the.full; ++i) {
        pins.push(kNothing);
    }
    while (pins.records_waiting() < the.full && pins.cycles() < kMost) {
        pins.cycle();
    }
    pins.push(the.product ? kProduct : kNothing);
    pins.push(the.product ? kProduct : kNothing);
    pins.push(kNothing);
    const std::array abort{std::byte{1}};
    for (std::uint64_t cycle = 0; pins.cycles() < kMost && pins.records().size() < the.full + 3;
         ++cycle) {
        if (cycle == the.abort) {
            pins.begin_write(kCtrl + 1, 0, abort);
        }
        pins.take_records(cycle >= the.taken && cycle % the.every == 0);
        pins.cycle();
    }
    std::vector<Status> statuses;
    for (std::size_t i = the.full; i < pins.records().size(); ++i) {
        statuses.push_back(pins.records()[i].status);
    }
    return statuses;
}

// What is popped before the abort, or spared, runs.
struct Totals {
    unsigned cases = 0;
    unsigned second_runs = 0;
    unsigned third_runs = 0;
};

void check(Pins& pins, const Case& the, Totals& totals) {
    CAPTURE(the.full, the.product, the.every, the.abort, the.taken);
    pins.restart();
    const std::vector<Status> found = run(pins, the);
    REQUIRE(pins.pair().difference().text.empty());
    REQUIRE_FALSE(pins.pair().failed());
    REQUIRE(found.size() == 3);
    REQUIRE(found[0] == Status::Ok);
    ++totals.cases;
    totals.second_runs += found[1] == Status::Ok ? 1 : 0;
    totals.third_runs += found[2] == Status::Ok ? 1 : 0;
    // Without room the first of them waits, and is spared.
    if (the.full == tile::VerilatedTile::config().queue_depth && the.abort + 3 < the.taken) {
        REQUIRE(found[1] == Status::Aborted);
        REQUIRE(found[2] == Status::Aborted);
    }
}

}  // namespace

TEST_CASE("abort: in every cycle around check and pop, with the completion stream full") {
    const std::uint32_t depth = tile::VerilatedTile::config().queue_depth;
    Totals totals;
    Pins pins;
    for (const unsigned full : {depth - 2, depth - 1, depth}) {
        for (const bool product : {true, false}) {
            for (const std::uint64_t every : {1, 3}) {
                for (std::uint64_t abort = 0; abort < 30; ++abort) {
                    for (std::uint64_t taken = 0; taken < 30; taken += full == depth ? 1 : 5) {
                        check(pins, {full, abort, taken, every, product}, totals);
                    }
                }
            }
        }
    }
    CHECK(totals.cases > totals.second_runs);
    CHECK(totals.second_runs > totals.third_runs);
    CHECK(totals.third_runs > 0);
}

TEST_CASE("abort: in every cycle around a completion that fills the completion stream") {
    const std::uint32_t depth = tile::VerilatedTile::config().queue_depth;
    Totals totals;
    Pins pins;
    // The product completes about 110 cycles behind the last push.
    for (const std::uint64_t every : {1, 3}) {
        for (std::uint64_t abort = 96; abort < 128; ++abort) {
            for (std::uint64_t taken = 96; taken < 132; taken += 3) {
                check(pins, {depth - 1, abort, taken, every, true}, totals);
            }
        }
    }
    CHECK(totals.cases > totals.second_runs);
    CHECK(totals.second_runs > totals.third_runs);
}
