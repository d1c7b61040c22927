// SPDX-License-Identifier: Apache-2.0
#include "base/host_threads.h"

namespace athena::base {

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

void HostThreads::run(std::size_t tasks, const std::function<void(std::size_t)>& task) {
    if (workers_.empty() || tasks < 2) {
        for (std::size_t i = 0; i < tasks; ++i) {
            task(i);
        }
        return;
    }
    std::unique_lock lock(mutex_);
    task_ = &task;
    tasks_ = tasks;
    next_ = 0;
    begin_.notify_all();
    take_tasks(lock);
    end_.wait(lock, [this] { return running_ == 0; });
}

void HostThreads::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        begin_.wait(lock, [this] { return stop_ || next_ < tasks_; });
        if (stop_) {
            return;
        }
        take_tasks(lock);
        if (running_ == 0) {
            end_.notify_one();
        }
    }
}

void HostThreads::take_tasks(std::unique_lock<std::mutex>& lock) {
    while (next_ < tasks_) {
        const std::size_t mine = next_++;
        ++running_;
        lock.unlock();
        (*task_)(mine);
        lock.lock();
        --running_;
    }
}

}  // namespace athena::base
