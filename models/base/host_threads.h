// SPDX-License-Identifier: Apache-2.0
// Threads of the host that share out tasks, and are back before anything else happens.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace athena::base {

class HostThreads {
  public:
    /// `count` threads, the caller's among them; 1 or more.
    explicit HostThreads(unsigned count);
    ~HostThreads();
    HostThreads(const HostThreads&) = delete;
    HostThreads& operator=(const HostThreads&) = delete;

    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(workers_.size()) + 1; }

    /// Calls task(0) to task(tasks - 1), in any order and at the same time, and returns when all
    /// have returned. They must not throw.
    void run(std::size_t tasks, const std::function<void(std::size_t)>& task);

  private:
    void work();
    void take_tasks(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable begin_;
    std::condition_variable end_;
    const std::function<void(std::size_t)>* task_ = nullptr;
    std::size_t tasks_ = 0;
    std::size_t next_ = 0;     // task that nobody has taken
    std::size_t running_ = 0;  // tasks that have not returned
    bool stop_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace athena::base
