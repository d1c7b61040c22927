// SPDX-License-Identifier: Apache-2.0
#include "riscv/turns.h"

#include <algorithm>
#include <limits>

#include "riscv/arithmetic.h"
#include "riscv/csr_numbers.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t kSignBit = 1ULL << 63;

std::uint64_t one_more(std::uint64_t value) {
    return value == ~0ULL ? value : value + 1;
}

// Steps that a course which moves by `step` can be looked at before it comes into another of the
// two parts that begin at `p` and `q` on the circle of all values.
std::uint64_t turns_within(std::uint64_t at, std::uint64_t step, std::uint64_t p, std::uint64_t q) {
    const bool up = as_signed(step) > 0;
    const std::uint64_t room = up ? std::min(p - at - 1, q - at - 1) : std::min(at - p, at - q);
    return one_more(room / (up ? step : 0 - step));
}

// Where the parts begin in which `x related to fixed`, or `fixed related to x`, has one value each.
struct Parts {
    std::uint64_t first;
    std::uint64_t second;
};
Parts parts(Relation relation, std::uint64_t fixed, bool fixed_is_left) {
    if (relation == Relation::Equal) {
        return {fixed, fixed + 1};
    }
    return {fixed + (fixed_is_left ? 1 : 0), relation == Relation::Less ? kSignBit : 0};
}

bool is_related(Relation relation, std::uint64_t a, std::uint64_t b) {
    switch (relation) {
        case Relation::Equal:
            return a == b;
        case Relation::Less:
            return as_signed(a) < as_signed(b);
        default:
            return a < b;
    }
}

}  // namespace

std::uint64_t turns_unchanged(Relation relation, const Course& a, const Course& b) {
    if (a.step == b.step && (relation == Relation::Equal || a.step == 0)) {
        return ~0ULL;
    }
    if (relation == Relation::Equal) {
        return turns_within(a.at - b.at, a.step - b.step, 0, 1);
    }
    if (a.step != 0 && b.step != 0) {
        return 0;
    }
    const bool left = a.step == 0;
    const Course& moving = left ? b : a;
    const Parts of = parts(relation, left ? a.at : b.at, left);
    return turns_within(moving.at, moving.step, of.first, of.second);
}

Turns::Turns(HartCore& core) : core_(core), start_(core.state_.pc) {}

// ---- the registers

const Course& Turns::read(unsigned index) {
    seen_ |= 1ULL << index & ~written_;
    return x_[index];
}

void Turns::write(unsigned index, const Course& course) {
    if (index != kDiscard) {
        written_ |= 1ULL << index;
        x_[index] = course;
    }
}

bool Turns::relate(Relation relation, const Course& a, const Course& b, bool& holds) {
    holds = is_related(relation, a.at, b.at);
    if (a.kind == Course::Kind::Linear && b.kind == Course::Kind::Linear) {
        const std::uint64_t turns = turns_unchanged(relation, a, b);
        limit(turns);
        return turns != 0;
    }
    const bool left = a.is_fixed();
    const Course& time = left ? b : a;
    if (time.kind != Course::Kind::Time || !(left ? a : b).is_fixed()) {
        return false;
    }
    const Parts of = parts(relation, left ? a.at : b.at, left);
    if (period_ != 0) {
        const std::uint64_t ticks =
            one_more(std::min(of.first - time.at - 1, of.second - time.at - 1));
        const std::uint64_t other = core_.bus_.cycle_after(time.cycle, ticks);
        limit(other == kNever ? kNever : (other - time.cycle - 1) / period_ + 1);
    }
    return true;
}

// ---- the turn

const Block* Turns::block_at(std::uint64_t pc) const {
    if (!HartCore::is_taggable(pc)) {
        return nullptr;
    }
    const HartCore::FrontEntry& front = core_.front_entry(pc);
    if (front.tag == (pc ^ core_.front_key_)) {
        return front.block;
    }
    const HartCore::FetchEntry& fetch =
        core_.fetch_[(pc >> kPageShift) & (HartCore::kFetchEntries - 1)];
    if (fetch.tag != ((pc & kPageMask) ^ core_.front_key_)) {
        return nullptr;
    }
    const Block* block = core_.blocks_.find(fetch.physical | (pc & ~kPageMask), core_.fp_mode());
    return block != nullptr && block->second_page == Block::kNoPage ? block : nullptr;
}

// Once around, from start to start.
bool Turns::walk() {
    for (unsigned i = 0; i < kDiscard; ++i) {
        x_[i] = {core_.state_.x[i], steps_[i]};
        if (read_at_[i] != 0) {
            x_[i].kind = Course::Kind::Time;
            x_[i].cycle = read_at_[i];
        }
    }
    seen_ = 0;
    written_ = 0;
    count_ = 0;
    bound_ = kNever;
    counts_ = false;
    reservation_ = {core_.state_.reserved, core_.state_.reserved_size,
                    core_.state_.reserved_address};
    reservation_seen_ = false;
    reservation_set_ = false;
    next_ = start_;
    do {
        const Block* block = block_at(next_);
        if (block == nullptr) {
            return false;
        }
        base_ = next_;
        for (std::uint32_t i = 0; i < block->count; ++i) {
            const DecodedOp& op = block->ops[i];
            const std::uint64_t pc = base_ + 2ULL * op.offset;
            next_ = pc + op.length;
            const std::uint64_t behind = next_;
            if (count_ == kMost || (core_.has_code_stops() && core_.is_code_stop(pc)) ||
                !step(op)) {
                return false;
            }
            ++count_;
            if (next_ == start_) {
                return true;
            }
            if (next_ != behind) {
                break;
            }
        }
    } while (true);
}

// The value with which a turn begins, 0 being the first one.
std::uint64_t Turns::at_turn(unsigned index, std::uint64_t turn) const {
    const std::uint64_t cycle = read_at_[index];
    const std::uint64_t passed =
        cycle == 0 ? turn * steps_[index]
                   : core_.bus_.time(cycle + turn * period_) - core_.bus_.time(cycle);
    return core_.state_.x[index] + passed;
}

// Whether what a turn depends on is at its end what the next turn is to begin with.
bool Turns::comes_back() const {
    const HartState& state = core_.state_;
    for (unsigned i = 1; i < kDiscard; ++i) {
        const Course& course = x_[i];
        if (!is_carried(i)) {
            continue;
        }
        const bool time = read_at_[i] != 0;
        const bool same_way =
            time ? course.kind == Course::Kind::Time && course.cycle == read_at_[i] + period_
                 : course.kind == Course::Kind::Linear && course.step == steps_[i];
        if (!same_way || course.at != at_turn(i, 1)) {
            return false;
        }
    }
    const Reservation before{state.reserved, state.reserved_size, state.reserved_address};
    return !reservation_seen_ || reservation_ == before || (!reservation_.held && !before.held);
}

std::uint64_t Turns::take(std::uint64_t budget) {
    if (!walk()) {
        return 0;
    }
    period_ = count_;
    if (budget / period_ < 2) {
        return 0;
    }
    // What the first turn adds to a register all turns are to add; what it reads of the time, the
    // turn before has read too.
    HartState& state = core_.state_;
    bool again = counts_;
    for (unsigned i = 1; i < kDiscard; ++i) {
        if (is_carried(i) && x_[i].kind == Course::Kind::Time && x_[i].cycle > period_) {
            read_at_[i] = x_[i].cycle - period_;
        } else if (is_carried(i)) {
            steps_[i] = x_[i].at - state.x[i];
            again = again || steps_[i] != 0;
        }
    }
    if ((again && !walk()) || !comes_back()) {
        return 0;
    }
    // The registers that a turn sets before it reads them are left to the turn that is run.
    const std::uint64_t turns = std::min(budget / period_, bound_) - 1;
    for (unsigned i = 1; i < kDiscard; ++i) {
        state.x[i] = at_turn(i, turns);
    }
    return turns * period_;
}

}  // namespace athena::riscv
