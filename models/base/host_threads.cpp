// SPDX-License-Identifier: Apache-2.0
#include "base/host_threads.h"

#include <algorithm>

namespace athena::base {

namespace {

/// A thread that goes to sleep is back some 50 microseconds after it is called, longer than most
/// kernels take: it looks for so long that sleeping would have cost no more.
constexpr int kLooks = 200;
constexpr int kLooksAtOnce = 32;

template <typename Condition>
bool look_for(const Condition& condition) {
    for (int look = 0; look < kLooks; ++look) {
        for (int i = 0; i < kLooksAtOnce; ++i) {
            if (condition()) {
                return true;
            }
        }
        std::this_thread::yield();
    }
    return false;
}

}  // namespace

HostThreads::HostThreads(unsigned count) {
    for (unsigned i = 1; i < count; ++i) {
        workers_.emplace_back([this] { work(); });
    }
}

HostThreads::~HostThreads() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    begin_.notify_all();
    for (std::thread& worker : workers_) {
        worker.join();
    }
}

void HostThreads::post(Task& task, std::size_t parts) {
    task.parts_ = parts;
    task.next_ = 0;
    if (workers_.empty() || parts == 0) {
        return;
    }
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        open_.push_back(&task);
        open_count_.store(open_.size(), std::memory_order_relaxed);
        wake = asleep_ != 0;
    }
    if (wake) {
        begin_.notify_all();
    }
}

void HostThreads::finish(Task& task) {
    if (workers_.empty()) {
        while (task.next_ < task.parts_) {
            task.run_part(task.next_++);
        }
        return;
    }
    std::unique_lock lock(mutex_);
    while (task.next_ < task.parts_) {
        take_part(task, lock);
    }
    if (task.running_ == 0) {
        return;
    }
    lock.unlock();
    look_for([&] { return task.running_ == 0; });
    lock.lock();  // also: who ended the last part has left the task alone
    end_.wait(lock, [&] { return task.running_ == 0; });
}

void HostThreads::run(std::size_t parts, const std::function<void(std::size_t)>& function) {
    if (workers_.empty() || parts < 2) {  // nothing to share out
        for (std::size_t part = 0; part < parts; ++part) {
            function(part);
        }
        return;
    }
    struct Call final : Task {
        explicit Call(const std::function<void(std::size_t)>& called) : function(called) {}
        void run_part(std::size_t part) override { function(part); }
        const std::function<void(std::size_t)>& function;
    };
    Call call(function);
    post(call, parts);
    finish(call);
}

void HostThreads::work() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (open_.empty()) {
            wait_for_tasks(lock);
        } else {
            take_part(*open_.front(), lock);
        }
    }
}

void HostThreads::wait_for_tasks(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    const bool found = look_for([&] { return open_count_ != 0 || stop_; });
    lock.lock();
    if (!found) {
        ++asleep_;
        begin_.wait(lock, [this] { return !open_.empty() || stop_; });
        --asleep_;
    }
}

void HostThreads::take_part(Task& task, std::unique_lock<std::mutex>& lock) {
    const std::size_t mine = task.next_++;
    if (task.next_ == task.parts_) {
        open_.erase(std::ranges::find(open_, &task));
        open_count_.store(open_.size(), std::memory_order_relaxed);
    }
    ++task.running_;
    lock.unlock();
    task.run_part(mine);
    lock.lock();
    if (--task.running_ == 0) {
        end_.notify_all();
    }
}

}  // namespace athena::base
