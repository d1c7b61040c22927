// SPDX-License-Identifier: Apache-2.0
// Threads of the host that share out tasks. How many there are must change nothing but the host's
// time: a task's parts touch nothing that another part, or whoever posted it, touches before
// finish().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace athena::base {

class HostThreads {
  public:
    /// Not to be moved or destroyed between post() and finish().
    class Task {
      public:
        Task() = default;
        Task(const Task&) = delete;
        Task& operator=(const Task&) = delete;

      protected:
        ~Task() = default;

      private:
        friend class HostThreads;

        /// On any thread, also several parts at a time. Must not throw.
        virtual void run_part(std::size_t part) = 0;

        std::size_t parts_ = 0;
        std::size_t next_ = 0;                  // part that nobody has taken
        std::atomic<std::size_t> running_ = 0;  // parts that have not returned
    };

    /// `count` threads, the caller's among them; 1 or more.
    explicit HostThreads(unsigned count);
    ~HostThreads();
    HostThreads(const HostThreads&) = delete;
    HostThreads& operator=(const HostThreads&) = delete;

    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(workers_.size()) + 1; }

    /// Of a task of one piece of work: enough that those who have nothing else to do take more.
    [[nodiscard]] std::size_t most_parts() const {
        return workers_.empty() ? 1 : 2 * (workers_.size() + 1);
    }
    /// Parts 0 to parts - 1 may run from now on. `task` is not posted.
    void post(Task& task, std::size_t parts);
    /// Runs the parts that nobody has taken and returns when all have returned; at once if `task`
    /// is not posted.
    void finish(Task& task);

    /// Calls function(0) to function(parts - 1), in any order and at the same time, and returns
    /// when all have returned.
    void run(std::size_t parts, const std::function<void(std::size_t)>& function);

  private:
    void work();
    void take_part(Task& task, std::unique_lock<std::mutex>& lock);
    void wait_for_tasks(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable begin_;
    std::condition_variable end_;
    std::deque<Task*> open_;                   // with parts that nobody has taken, the oldest first
    std::atomic<std::size_t> open_count_ = 0;  // of open_, for those who spin
    std::size_t asleep_ = 0;                   // workers
    std::atomic<bool> stop_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace athena::base
