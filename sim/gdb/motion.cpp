// SPDX-License-Identifier: Apache-2.0
// Packets that let harts go, and that say where they are to stop.
#include <algorithm>

#include "sim/gdb/registers.h"
#include "sim/gdb/stub.h"

namespace athena::sim::gdb {

namespace {

const std::string kBadRequest = "E16";  // EINVAL
/// More would only be noise.
constexpr std::size_t kMostPoints = 1024;
constexpr std::uint64_t kMostWatched = 4096;

}  // namespace

// -1: all; 0: any, for which the first does; otherwise that one.
std::optional<std::vector<std::size_t>> Stub::parse_threads(Fields& fields) const {
    std::vector<std::size_t> harts;
    if (fields.skip("-1")) {
        for (std::size_t hart = 0; hart < target_.harts(); ++hart) {
            harts.push_back(hart);
        }
        return harts;
    }
    const auto id = fields.number();
    if (!id || !fields.at_end() || *id > target_.harts()) {
        return std::nullopt;
    }
    return std::vector<std::size_t>{*id == 0 ? current_ : *id - 1};
}

void Stub::resume_kinds(Fields /*fields*/) {
    answer("vCont;c;C;s;S;r");
}

bool Stub::act(std::string_view action, const std::optional<std::vector<std::size_t>>& harts,
               std::vector<bool>& told) {
    Fields fields(action);
    Motion motion = Motion::Run;
    if (fields.skip("s") || fields.skip("S")) {
        motion = Motion::Step;
    } else if (fields.skip("r")) {
        motion = Motion::Step;
        const auto first = fields.number();
        const bool comma = fields.skip(",");
        const auto end = fields.number();
        if (!first || !comma || !end) {
            return false;
        }
        resumption_.first = *first;
        resumption_.end = *end;
    } else if (!fields.skip("c") && !fields.skip("C")) {
        return false;
    }
    for (std::size_t hart = 0; hart < told.size(); ++hart) {
        const bool meant = !harts || std::ranges::find(*harts, hart) != harts->end();
        if (meant && !told[hart]) {
            told[hart] = true;
            resumption_.motions[hart] = motion;
        }
    }
    return true;
}

// Of the actions that fit a hart, the first is its; others stay where they are.
void Stub::resume_actions(Fields fields) {
    resumption_ = {std::vector<Motion>(target_.harts(), Motion::Held)};
    std::vector<bool> told(target_.harts());
    while (!fields.at_end()) {
        Fields one(fields.until(';'));
        const std::string_view action = one.until(':');
        std::optional<std::vector<std::size_t>> harts;
        if (!one.at_end()) {
            harts = parse_threads(one);
            if (!harts) {
                answer(kBadRequest);
                return;
            }
        }
        if (!act(action, harts, told)) {
            answer(kBadRequest);
            return;
        }
    }
    if (std::ranges::count(told, true) == 0) {
        answer(kBadRequest);
        return;
    }
    reaction_.then = Then::Go;
}

// c and s, of clients that know nothing better.
void Stub::resume_simply(Fields fields, Motion motion) {
    const bool moved = !fields.at_end();
    const auto address = fields.number();
    if (moved && (!address || !fields.at_end())) {
        answer(kBadRequest);
        return;
    }
    if (moved) {
        if (!may_change()) {
            return;
        }
        (void)target_.write_register(current_, kPc, *address);
    }
    const Motion others = continued_ ? Motion::Held : Motion::Run;
    resumption_ = {std::vector<Motion>(target_.harts(), others)};
    resumption_.motions[continued_.value_or(current_)] = motion;
    reaction_.then = Then::Go;
}

void Stub::resume_all(Fields fields) {
    resume_simply(fields, Motion::Run);
}

void Stub::step_one(Fields fields) {
    resume_simply(fields, Motion::Step);
}

// There are no signals: they have to be there, and mean nothing.
void Stub::resume_signal(Fields fields) {
    if (!fields.number()) {
        answer(kBadRequest);
        return;
    }
    (void)fields.skip(";");
    resume_simply(fields, Motion::Run);
}

void Stub::step_signal(Fields fields) {
    if (!fields.number()) {
        answer(kBadRequest);
        return;
    }
    (void)fields.skip(";");
    resume_simply(fields, Motion::Step);
}

void Stub::insert_point(Fields fields) {
    change_point(fields, true);
}

void Stub::remove_point(Fields fields) {
    change_point(fields, false);
}

void Stub::change_point(Fields fields, bool insert) {
    const auto kind = fields.number();
    const bool comma = fields.skip(",");
    const auto address = fields.number();
    const bool second_comma = fields.skip(",");
    const auto length = fields.number();
    if (!kind || !comma || !address || !second_comma || !length || !fields.at_end()) {
        answer(kBadRequest);
        return;
    }
    if (*kind > static_cast<std::uint64_t>(PointKind::Access)) {
        answer("");
        return;
    }
    const auto point_kind = static_cast<PointKind>(*kind);
    const bool watches = point_kind >= PointKind::Write;
    if (watches && (*length == 0 || *length > kMostWatched)) {
        answer(kBadRequest);
        return;
    }
    const Point point{point_kind, *address, watches ? *length : 0};
    if (!insert) {
        points_.erase(point);
        answer("OK");
    } else if (points_.size() < kMostPoints || points_.contains(point)) {
        points_.insert(point);
        answer("OK");
    } else {
        answer("E.too many breakpoints");
    }
}

}  // namespace athena::sim::gdb
