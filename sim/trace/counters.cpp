// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/counters.h"

#include <algorithm>
#include <utility>

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
    look();
    for (Source& source : sources_) {
        source.last = source.now;
    }
}

// Where counters stand is learned once, and again if a tile has changed its fidelity and with it
// what it counts.
void Counters::look() {
    visited_ = 0;
    shape_ = 0;
    board_.report(*this);
    if (shape_ != learned_ || visited_ != places_.size()) {
        places_.clear();
        shape_ = 0;
        learning_ = true;
        board_.report(*this);
        learning_ = false;
        learned_ = shape_;
    }
}

void Counters::enter(std::string_view name) {
    constexpr std::uint64_t kMultiplier = 0x9E37'79B9'7F4A'7C15;  // 2^64 over the golden ratio
    for (const char letter : name) {
        shape_ = (shape_ ^ static_cast<unsigned char>(letter)) * kMultiplier;
    }
    if (learning_) {
        path_.emplace_back(name);
    }
}

void Counters::leave() {
    shape_ = ~shape_;
    if (learning_) {
        path_.pop_back();
    }
}

void Counters::counter(std::string_view name, std::uint64_t value) {
    ++shape_;
    if (learning_) {
        places_.push_back(kNone);
        learn(name, value);
        return;
    }
    const std::size_t place = visited_ < places_.size() ? places_[visited_] : kNone;
    ++visited_;
    if (place != kNone) {
        sources_[place].now = value;
    }
}

// Of the board's counters those of links and HBM (docs/timeline.md).
void Counters::learn(std::string_view name, std::uint64_t value) {
    const bool is_bytes = name == "bytes_read" || name == "bytes_written";
    const bool is_bus = !path_.empty() && path_[0] == "bus";
    const bool is_hbm = !path_.empty() && path_[0] == "hbm";
    const bool is_crossbar = path_.size() == 3 && path_[1] == "crossbar";
    const std::string path = joined(path_);
    Source source{.name = path + "." + std::string(name), .now = value};
    if (is_bytes &&
        ((is_bus && path_.size() == 2) || (is_hbm && path_.size() == 1) || is_crossbar)) {
        source.bytes = series(path, 0);
    } else if (is_bus && path_.size() == 4 && name == "flits") {
        source.factor = shared_.board.mesh.flit_bytes;
        source.bytes = series(path, 0);
        source.busy = series(path + " busy", shared_.board.mesh.clock_hz);
    } else if (is_hbm && path_.size() == 2 && (name == "reads" || name == "writes")) {
        source.factor = shared_.board.hbm_timing.access_bytes();
        source.bytes = series(path, 0);
    } else if (is_hbm && path_.size() == 2 && name == "busy_cycles") {
        // Of the data buses of all its pseudo-channels.
        const memory::HbmConfig& hbm = shared_.board.hbm_timing;
        source.busy =
            series(path + " busy", kPicosecondsPerSecond / hbm.tck_ps * hbm.pseudo_channels);
    } else if (is_crossbar && name == "busy_cycles") {
        source.busy = series(path + " busy", shared_.board.cluster.clock_hz);
    } else {
        return;
    }
    const auto known = std::ranges::find(sources_, source.name, &Source::name);
    places_.back() = static_cast<std::size_t>(known - sources_.begin());
    if (known == sources_.end()) {
        sources_.push_back(source);
    } else {
        known->now = value;
    }
}

std::size_t Counters::series(const std::string& name, std::uint64_t hertz) {
    const auto found = std::ranges::find(series_, name, &Series::name);
    const auto index = static_cast<std::size_t>(found - series_.begin());
    if (found == series_.end()) {
        series_.push_back({.name = name, .hertz = hertz});
    }
    return index;
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
                        series.hertz != 0 ? "%" : "bytes/s");
    }
    Event(shared_.out, sequence_, time, EventType::Counter, uuid).value(value);
}

void Counters::sample(std::uint64_t now) {
    shared_.next_sample = now + kInterval;
    if (now <= last_) {
        return;
    }
    look();
    for (Source& source : sources_) {
        const std::uint64_t more = source.now - std::exchange(source.last, source.now);
        if (source.bytes != kNone) {
            series_[source.bytes].delta += more * source.factor;
        }
        if (source.busy != kNone) {
            series_[source.busy].delta += more;
        }
    }
    const std::uint64_t passed = now - last_;
    for (std::size_t index = 0; index < series_.size(); ++index) {
        Series& series = series_[index];
        const Wide amount = Wide{series.delta} * kPicosecondsPerSecond / passed;
        series.delta = 0;
        show(index,
             static_cast<std::uint64_t>(series.hertz != 0 ? amount * kPercent / series.hertz
                                                          : amount),
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
