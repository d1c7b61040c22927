// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace.h"

namespace athena::sim::trace {

Trace::Trace(int descriptor, const platform::BoardConfig& config, platform::Board& board)
    : shared_{.out = PacketWriter(descriptor),
              .board = config,
              .sections = board.sections(),
              .harts = {}},
      marks_((declare_board(shared_.out, config.name), shared_.new_sequence())),
      harts_(shared_, config.harts.count),
      counters_(shared_, board),
      board_(board) {
    declare(shared_.out, track(TrackKind::Marks), track(TrackKind::Board), "marks");
    for (std::uint64_t cluster = 0; cluster < config.cluster.count; ++cluster) {
        clusters_.push_back(std::make_unique<ClusterTrace>(shared_, cluster));
    }
    shared_.counters = &counters_;
    board.observe_harts(harts_);
    board.observe_marks(*this);
}

void Trace::follow_functions(const Symbols& symbols) {
    const std::uint64_t harts = shared_.board.harts.count;
    functions_.emplace(shared_, symbols, harts);
    board_.trace_harts(*functions_, {}, 0, harts - 1);
}

void Trace::marked(std::string_view name, std::uint32_t number, std::uint64_t now) {
    Event event(shared_.out, marks_, now, EventType::Instant, track(TrackKind::Marks));
    event.name(name).note(Note::Number, number).note(Note::BeginPs, now);
}

bool Trace::finish(std::uint64_t now) {
    for (const auto& cluster : clusters_) {
        cluster->reset(now);
    }
    harts_.finish(now);
    if (functions_) {
        functions_->finish(now);
    }
    counters_.finish(now);
    Event(shared_.out, marks_, now, EventType::Instant, track(TrackKind::Marks))
        .name("end of the run")
        .note(Note::EndPs, now);
    return shared_.out.finish();
}

}  // namespace athena::sim::trace
