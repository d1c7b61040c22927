// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/section_lanes.h"

#include <algorithm>

namespace athena::sim::trace {

SectionLanes::Section& SectionLanes::at(std::uint16_t section) {
    if (section >= sections_.size()) {
        sections_.resize(std::size_t{section} + 1);
    }
    return sections_[section];
}

std::uint32_t SectionLanes::name_iid(Sequence& sequence, std::uint16_t number) {
    const auto found = names_.find(number);
    if (number == 0 || found == names_.end()) {
        return 0;
    }
    Section& section = at(number);
    if (section.iid == 0 || section.name != found->second) {
        section.iid = ++last_iid_;
        section.name = found->second;
        intern(out_, sequence, field::kInternedTexts, section.iid, section.name);
    }
    return section.iid;
}

void SectionLanes::enter(Sequence& sequence, std::uint16_t number, std::uint64_t now) {
    if (number == 0) {
        return;
    }
    Section& section = at(number);
    if (section.commands++ != 0) {
        return;
    }
    const auto free = std::ranges::find(taken_, false);
    section.lane = static_cast<std::size_t>(free - taken_.begin());
    if (free == taken_.end()) {
        return;
    }
    *free = true;
    const std::uint64_t lane = lane_track(section.lane);
    if (!declared_[section.lane]) {
        declared_[section.lane] = true;
        declare(out_, lane, track(TrackKind::Cluster, cluster_), "sections");
    }
    const auto name = names_.find(number);
    Event event(out_, sequence, now, EventType::SliceBegin, lane);
    event.name(name == names_.end() ? std::string_view("unnamed section") : name->second);
    event.note(Note::Number, number);
}

void SectionLanes::leave(Sequence& sequence, std::uint16_t number, std::uint64_t now) {
    if (number == 0) {
        return;
    }
    Section& section = at(number);
    if (--section.commands != 0 || section.lane == kNoLane) {
        return;
    }
    taken_[section.lane] = false;
    Event(out_, sequence, now, EventType::SliceEnd, lane_track(section.lane));
}

}  // namespace athena::sim::trace
