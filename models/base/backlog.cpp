// SPDX-License-Identifier: Apache-2.0
#include "base/backlog.h"

#include <stdexcept>

namespace athena::base {

namespace {

/// Less work is not worth the way to another thread: nanoseconds.
constexpr std::uint64_t kLeastShared = 20'000;

}  // namespace

Backlog::Backlog(HostThreads& threads, std::uint32_t lanes) : threads_(threads), lanes_(lanes) {
    if (lanes > kMostLanes) {
        throw std::invalid_argument("a backlog of more lanes than it can have");
    }
    waiting_.reserve(lanes);
}

std::byte* Backlog::put(std::uint32_t lane, Run run, std::size_t bytes) {
    Queue& queue = lanes_[lane];
    if (queue.size == 0) {
        waiting_.push_back(lane);
        if (queue.bytes == nullptr) {
            queue.bytes = std::make_unique_for_overwrite<std::byte[]>(kLaneBytes);
        }
    }
    bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    std::byte* const header = &queue.bytes[queue.size];
    new (header) Header{run, bytes};
    queue.size += sizeof(Header) + bytes;
    return header + sizeof(Header);
}

// Lanes one after the other, whose works share out their own parts, or lanes at the same time.
void Backlog::run_all() {
    if (threads_.count() == 1 || waiting_.size() == 1 || cost_ < kLeastShared) {
        for (const std::uint32_t lane : waiting_) {
            run_lane(lane, threads_);
        }
    } else {
        threads_.run(waiting_.size(), [this](std::size_t i) { run_lane(waiting_[i], alone_); });
    }
    waiting_.clear();
    cost_ = 0;
    ++epoch_;
}

void Backlog::run_lane(std::uint32_t lane, HostThreads& threads) {
    Queue& queue = lanes_[lane];
    for (std::size_t at = 0; at < queue.size;) {
        const auto* header = std::launder(reinterpret_cast<const Header*>(&queue.bytes[at]));
        at += sizeof(Header);
        header->run(&queue.bytes[at], threads);
        at += header->bytes;
    }
    queue.size = 0;
}

}  // namespace athena::base
