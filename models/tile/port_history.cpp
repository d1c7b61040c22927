// SPDX-License-Identifier: Apache-2.0
#include "tile/port_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace athena::tile {

namespace {

// A stretch is long after so many commands or bytes: its L1 costs a copy, its accesses memory.
constexpr std::size_t kLongPushes = 8;
constexpr std::uint64_t kLongBytes = 1 << 20;
// Likewise the long ones with a state.
constexpr std::size_t kStatePushes = 256;
constexpr std::uint64_t kStateBytes = 16 * kLongBytes;
// Where none can begin because aborted commands never leave the queue empty.
constexpr std::uint64_t kMostBytes = 64 * kLongBytes;
constexpr std::uint64_t kAccessBytes = 64;  // of an access beside its data

}  // namespace

bool PortHistory::due() const {
    const bool is_long = pushes_ >= kLongPushes || bytes_ >= kLongBytes;
    return kept_ && unknown_ == 0 && !marked_ && (is_long || latest_.l1.empty());
}

bool PortHistory::state_due() const {
    return long_.l1.empty() || long_pushes_ + pushes_ >= kStatePushes ||
           long_bytes_ + bytes_ >= kStateBytes;
}

void PortHistory::begin(std::uint64_t cycle, std::byte ctrl, std::span<const std::byte> l1,
                        std::vector<std::byte> state) {
    std::ranges::copy(latest_.accesses, std::back_inserter(long_.accesses));
    long_pushes_ += pushes_;
    long_bytes_ += bytes_;
    std::swap(before_, latest_);
    latest_.cycle = cycle;
    latest_.running = lines_.empty() || cycle < since_ ? 0 : cycle - since_;
    latest_.ctrl = ctrl;
    latest_.l1.assign(l1.begin(), l1.end());
    latest_.lines = lines_;
    latest_.accesses.clear();
    pushes_ = 0;
    bytes_ = 0;
    if (!state.empty()) {
        long_before_ = std::move(long_);
        long_ = latest_;
        long_.state = std::move(state);
        long_pushes_ = 0;
        long_bytes_ = 0;
    }
}

void PortHistory::accessed(std::uint64_t cycle, const Request& request, bool ok) {
    if (!kept_) {
        return;
    }
    if (request.offset >= kQueueWindow) {
        if (ok && early_ != 0) {
            --early_;
        } else if (ok) {
            since_ = lines_.empty() ? cycle : since_;
            std::ranges::copy(request.data, lines_.emplace_back().begin());
        }
        if (!ok && !latest_.accesses.empty()) {
            latest_.accesses.back().refused = true;
        }
        ++pushes_;
    } else if (request.offset >= kRegistersWindow) {
        marked_ = marked_ || (aborts(request) && !lines_.empty());
    }
    bytes_ += request.data.size() + kAccessBytes;
    if (latest_.l1.empty()) {
        latest_.accesses.clear();
    } else if (bytes_ >= kMostBytes) {
        forget();
    }
}

void PortHistory::completed(std::uint64_t cycle) {
    if (!kept_) {
        return;
    }
    since_ = cycle;
    if (unknown_ != 0) {
        --unknown_;
    } else if (lines_.empty()) {
        ++early_;
    } else {
        lines_.erase(lines_.begin());
    }
    marked_ = marked_ && !lines_.empty();
}

void PortHistory::forget() {
    latest_ = {};
    before_ = {};
    long_ = {};
    long_before_ = {};
}

std::vector<const PortHistory::Stretch*> PortHistory::stretches(Reach reach) const {
    std::vector<const Stretch*> stretches{&latest_};
    if (reach == Reach::Before) {
        stretches = {&before_, &latest_};
    } else if (reach == Reach::All) {
        stretches = {&long_before_, &long_, &latest_};
        if (long_before_.l1.empty()) {
            stretches.erase(stretches.begin());
        }
    }
    if (stretches.front()->l1.empty()) {
        stretches.clear();
    }
    return stretches;
}

void PortHistory::restart(std::size_t outstanding) {
    forget();
    lines_.clear();
    marked_ = false;
    unknown_ = outstanding;
    early_ = 0;
}

}  // namespace athena::tile
