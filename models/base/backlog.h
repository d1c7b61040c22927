// SPDX-License-Identifier: Apache-2.0
// What the board's clusters have done and the host has not yet: copies and kernels, a lane for each
// cluster. A lane's works run in the order in which they were added; whoever adds one makes sure
// that lanes do not meet (memory/pending_uses.h), so that lanes may run one after the other, which
// keeps a cluster's memories in the host's cache, or at the same time (docs/host-threads.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "base/host_threads.h"

namespace athena::base {

class Backlog {
  public:
    static constexpr std::uint32_t kMostLanes = 254;

    /// A cluster's part; a default one has no backlog: its works are to be done at once.
    class Lane {
      public:
        Lane() = default;
        Lane(Backlog& backlog, std::uint32_t index) : backlog_(&backlog), number_(index + 1) {}

        [[nodiscard]] bool defers() const { return backlog_ != nullptr; }
        /// 1 and up, 0 without a backlog.
        [[nodiscard]] std::uint32_t number() const { return number_; }
        /// As Backlog::add(). defers().
        template <typename Work, typename... Fields>
        void add(std::uint64_t cost, const Fields&... fields) const {
            backlog_->add<Work>(number_ - 1, cost, fields...);
        }
        /// All lanes' works are done.
        void settle() const {
            if (backlog_ != nullptr) {
                backlog_->settle();
            }
        }

      private:
        Backlog* backlog_ = nullptr;
        std::uint32_t number_ = 0;
    };

    /// `lanes`: at most kMostLanes. `threads` outlives the backlog.
    Backlog(HostThreads& threads, std::uint32_t lanes);
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// Work{fields...}.run(threads) is called by settle() at the latest, on any thread; it may
    /// share out its parts to `threads`, must not throw, and neither adds nor settles. `cost`:
    /// about so many nanoseconds of the host; what waits is bounded by their sum, so that the host
    /// never owes more than a part of a second.
    template <typename Work, typename... Fields>
    void add(std::uint32_t lane, std::uint64_t cost, const Fields&... fields) {
        static_assert(std::is_trivially_copyable_v<Work> && std::is_trivially_destructible_v<Work>);
        static_assert(sizeof(Work) <= kMostWorkBytes && alignof(Work) <= kAlignment);
        new (put(lane, &run_work<Work>, sizeof(Work))) Work{fields...};
        cost_ += cost;
        if (cost_ > kMostCost || lanes_[lane].size > kLaneBytes - kRoom) {
            settle();
        }
    }

    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    /// All works are done.
    void settle() {
        if (!empty()) {
            run_all();
        }
    }
    /// Changes with each settle() that had works to do: what was noted of works before concerns
    /// nobody any more.
    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  private:
    using Run = void (*)(const std::byte* work, HostThreads& threads);

    static constexpr std::size_t kAlignment = 16;
    static constexpr std::size_t kMostWorkBytes = 1024;
    static constexpr std::size_t kLaneBytes = std::size_t{1} << 17;
    static constexpr std::uint64_t kMostCost = 200'000'000;

    struct alignas(kAlignment) Header {
        Run run;
        std::size_t bytes;  // of the work behind it, with what aligns the next header
    };
    static constexpr std::size_t kRoom = sizeof(Header) + kMostWorkBytes;
    struct Queue {
        std::unique_ptr<std::byte[]> bytes;  // headers and works
        std::size_t size = 0;
    };

    template <typename Work>
    static void run_work(const std::byte* bytes, HostThreads& threads) {
        std::launder(reinterpret_cast<const Work*>(bytes))->run(threads);
    }
    [[nodiscard]] std::byte* put(std::uint32_t lane, Run run, std::size_t bytes);
    void run_all();
    void run_lane(std::uint32_t lane, HostThreads& threads);

    HostThreads& threads_;
    HostThreads alone_{1};
    std::vector<Queue> lanes_;
    std::vector<std::uint32_t> waiting_;  // lanes with works
    std::uint64_t cost_ = 0;              // of all that wait
    std::uint64_t epoch_ = 1;
};

}  // namespace athena::base
