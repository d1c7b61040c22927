// SPDX-License-Identifier: Apache-2.0
// The file of --trace: a timeline of a run that Perfetto opens (docs/timeline.md).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "platform/board.h"
#include "sim/trace/cluster_trace.h"
#include "sim/trace/counters.h"
#include "sim/trace/function_trace.h"
#include "sim/trace/hart_trace.h"

namespace athena::sim::trace {

class Trace final : public perf::MarkObserver {
  public:
    /// `descriptor`: of the file, empty, and open as long as this lives. Harts and marks of the
    /// board are observed from now on.
    Trace(int descriptor, const platform::BoardConfig& config, platform::Board& board);
    Trace(const Trace&) = delete;
    Trace& operator=(const Trace&) = delete;
    ~Trace() = default;

    /// For Board::observe().
    [[nodiscard]] command::CommandObserver& observer(std::uint64_t cluster) {
        return *clusters_[cluster];
    }

    /// Of all harts, by these symbols, which live as long as this: the board's harts have no other
    /// TraceSink.
    void follow_functions(const Symbols& symbols);

    void marked(std::string_view name, std::uint32_t number, std::uint64_t now) override;

    /// All that is on its way ends at `now`. False if not all of the trace could be written.
    bool finish(std::uint64_t now);

  private:
    Shared shared_;
    Sequence marks_;
    std::vector<std::unique_ptr<ClusterTrace>> clusters_;
    HartTrace harts_;
    Counters counters_;
    platform::Board& board_;
    std::optional<FunctionTrace> functions_;
};

}  // namespace athena::sim::trace
