// SPDX-License-Identifier: Apache-2.0
// What comes back in a round with stalls, against the functional reference.
#include <algorithm>
#include <cstring>

#include "regs/tile_regs.h"
#include "sim/cosim/stall_round.h"
#include "tile/byte_difference.h"

namespace athena::cosim {

namespace regs = athena::regs::tile;

void StallRound::finish(const tile::AxiFinished& finished) {
    const auto found = std::ranges::find_if(
        accesses_, [&](const Access& access) { return access.transfer.ticket == finished.ticket; });
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

void StallRound::apply(const Access& access, bool ok) {
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

void StallRound::check(bool good, const Access& access, std::uint64_t value) {
    if (!good) {
        differ("read of " + tile::register_name(access.transfer.address - tile::kRegistersWindow) +
               tile::both_values(value, access.expected, 8) + ", cycle " +
               std::to_string(driver_.cycle()));
    }
}

// With records held up in the stream the RTL may have more room than the reference; a refused
// command is pushed again.
void StallRound::pushed(const Access& access, bool ok) {
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

void StallRound::take_next() {
    ++accepted_;
    taken_.push_back({.index = next_, .level = level_});
    reference_.core().accept(plan_.commands[next_]);
    ++next_;
    refused_ = false;
    pacing_.pushed();
}

// A response that is held up may come after the command's record.
void StallRound::take_unanswered_push() {
    const auto push = std::ranges::find_if(accesses_, [](const Access& access) {
        return access.kind == Kind::Push && !access.completed;
    });
    if (push != accesses_.end()) {
        take_next();
        push->completed = true;
    }
}

void StallRound::complete(const tile::TileRecord& record) {
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

void StallRound::check_cycles(const tile::TileRecord& record, std::uint64_t formula) {
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

void StallRound::check_plan(const tile::Completion& completion, const Taken& taken) {
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
bool StallRound::is_overwritten(tile::Range range) const {
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

void StallRound::check_all() {
    if (!going()) {
        return;
    }
    differ(reference_.compare_l1(driver_.tile().rtl()));
    for (std::uint64_t offset = 0; offset <= regs::kCommandCyclesOffset && going(); offset += 8) {
        check_register(offset);
    }
    if (driver_.irq() != reference_.core().irq()) {
        differ("the interrupt differs at the end of the round");
    }
}

void StallRound::check_register(std::uint64_t offset) {
    const auto expected = reference_.core().read(offset, 8, 0);
    std::uint64_t value = 0;
    const bool ok = read_register(offset, value);
    const bool timing = tile::Reference::is_timing(offset) && offset != regs::kStatusOffset;
    if (ok != expected.has_value() || (ok && !timing && value != *expected)) {
        differ("read of " + tile::register_name(offset) +
               tile::both_values(value, expected.value_or(0), 8));
    }
}

bool StallRound::read_register(std::uint64_t offset, std::uint64_t& value) {
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

}  // namespace athena::cosim
