// SPDX-License-Identifier: Apache-2.0
// Links and HBM as counters: bytes a second, and in timed fidelity how busy they are, from one look
// at the board's statistics to the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistics.h"
#include "sim/trace/cluster_trace.h"

namespace athena::sim::trace {

class Counters final : private base::StatisticsVisitor {
  public:
    /// Board time between two looks at least; they are had when commands end and doorbells ring.
    static constexpr std::uint64_t kInterval = 10'000'000;  // picoseconds

    Counters(Shared& shared, const base::StatisticsSource& board);
    ~Counters() override = default;

    /// What was counted since the last time goes to the time since then.
    void sample(std::uint64_t now);
    /// The last, after which nothing is counted.
    void finish(std::uint64_t now);

  private:
    static constexpr std::size_t kNone = ~std::size_t{0};

    /// A counter of the board that is part of one track, or of two.
    struct Source {
        std::string name;
        std::size_t bytes = kNone;  ///< of series_
        std::size_t busy = kNone;
        std::uint64_t factor = 1;  ///< bytes of each
        std::uint64_t last = 0;
        std::uint64_t now = 0;
    };
    struct Series {
        std::string name;
        std::uint64_t hertz = 0;  ///< of the clock whose cycles it is in; 0: bytes
        std::uint64_t delta = 0;
        std::uint64_t shown = 0;
        bool declared = false;
    };

    void counter(std::string_view name, std::uint64_t value) override;
    void enter(std::string_view name) override;
    void leave() override;
    void look();
    void learn(std::string_view name, std::uint64_t value);
    [[nodiscard]] std::size_t series(const std::string& name, std::uint64_t hertz);
    void show(std::size_t index, std::uint64_t value, std::uint64_t time);

    Shared& shared_;
    const base::StatisticsSource& board_;
    Sequence sequence_;
    std::uint64_t last_ = 0;           // time
    std::vector<std::string> path_;    // while places_ is being made
    std::vector<std::size_t> places_;  // of the board's n-th counter in sources_, or kNone
    std::size_t visited_ = 0;
    std::uint64_t shape_ = 0;    // of the tree that is being visited: a hash of its names
    std::uint64_t learned_ = 0;  // … for which places_ is
    bool learning_ = false;
    std::vector<Source> sources_;
    std::vector<Series> series_;
};

}  // namespace athena::sim::trace
