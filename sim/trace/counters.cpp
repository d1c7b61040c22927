// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/counters.h"

#include <algorithm>

namespace athena::sim::trace {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::uint64_t kPercent = 100;

std::string joined(const std::vector<std::string>& path) {
    std::string text;
    for (const std::string& part : path) {
        text += (text.empty() ? "" : ".") + part;
    }
    return text;
}

}  // namespace

Counters::Counters(Shared& shared, const base::StatisticsSource& board)
    : shared_(shared), board_(board), sequence_(shared.new_sequence()) {
    declare(shared.out, track(TrackKind::Counters), track(TrackKind::Board), "links and memories");
    board_.report(*this);
    learning_ = false;
}

void Counters::enter(std::string_view name) {
    if (learning_) {
        path_.emplace_back(name);
    }
}

void Counters::leave() {
    if (learning_) {
        path_.pop_back();
    }
}

void Counters::counter(std::string_view name, std::uint64_t value) {
    if (learning_) {
        places_.push_back(kNone);
        add(name, value);
        return;
    }
    const std::size_t place = visited_ < places_.size() ? places_[visited_] : kNone;
    ++visited_;
    if (place != kNone) {
        Source& source = sources_[place];
        series_[source.series].delta += (value - source.last) * source.factor;
        source.last = value;
    }
}

// Of the board's counters those of links and HBM (docs/timeline.md).
void Counters::add(std::string_view name, std::uint64_t value) {
    const bool is_bytes = name == "bytes_read" || name == "bytes_written";
    const bool is_bus = !path_.empty() && path_[0] == "bus";
    const bool is_hbm = !path_.empty() && path_[0] == "hbm";
    const bool is_crossbar = path_.size() == 3 && path_[1] == "crossbar";
    const std::string path = joined(path_);
    if (is_bytes &&
        ((is_bus && path_.size() == 2) || (is_hbm && path_.size() == 1) || is_crossbar)) {
        add_source(path, 1, 0, value);
    } else if (is_bus && path_.size() == 4 && name == "flits") {
        add_source(path, shared_.board.mesh.flit_bytes, 0, value);
    } else if (is_hbm && path_.size() == 2 && (name == "reads" || name == "writes")) {
        add_source(path, shared_.board.hbm_timing.access_bytes(), 0, value);
    } else if (is_hbm && path_.size() == 2 && name == "busy_cycles") {
        add_source(path + " busy", 1, kPicosecondsPerSecond / shared_.board.hbm_timing.tck_ps,
                   value);
    } else if (is_crossbar && name == "busy_cycles") {
        add_source(path + " busy", 1, shared_.board.cluster.clock_hz, value);
    }
}

void Counters::add_source(const std::string& name, std::uint64_t factor, std::uint64_t hertz,
                          std::uint64_t value) {
    const auto found = std::ranges::find(series_, name, &Series::name);
    const auto series = static_cast<std::size_t>(found - series_.begin());
    if (found == series_.end()) {
        series_.push_back({.name = name, .is_busy = hertz != 0, .hertz = hertz});
    }
    places_.back() = sources_.size();
    sources_.push_back({series, factor, value});
}

void Counters::show(std::size_t index, std::uint64_t value, std::uint64_t time) {
    Series& series = series_[index];
    if (value == series.shown) {
        return;
    }
    series.shown = value;
    const std::uint64_t uuid = track(TrackKind::Counter, 0, index);
    if (!series.declared) {
        series.declared = true;
        declare_counter(shared_.out, uuid, track(TrackKind::Counters), series.name, Unit::Count,
                        series.is_busy ? "%" : "bytes/s");
    }
    Event(shared_.out, sequence_, time, EventType::Counter, uuid).value(value);
}

void Counters::sample(std::uint64_t now) {
    shared_.next_sample = now + kInterval;
    if (now <= last_) {
        return;
    }
    visited_ = 0;
    board_.report(*this);
    const std::uint64_t passed = now - last_;
    for (std::size_t index = 0; index < series_.size(); ++index) {
        Series& series = series_[index];
        const Wide amount = Wide{series.delta} * kPicosecondsPerSecond / passed;
        series.delta = 0;
        show(index,
             static_cast<std::uint64_t>(series.is_busy ? amount * kPercent / series.hertz : amount),
             last_);
    }
    last_ = now;
}

void Counters::finish(std::uint64_t now) {
    sample(now);
    for (std::size_t index = 0; index < series_.size(); ++index) {
        show(index, 0, now);
    }
}

}  // namespace athena::sim::trace
