// SPDX-License-Identifier: Apache-2.0
#include "tile/port_history.h"

#include <algorithm>
#include <utility>

namespace athena::tile {

namespace {

// A stretch is long after so many commands or bytes: its L1 costs a copy, its accesses memory.
constexpr std::size_t kLongPushes = 8;
constexpr std::uint64_t kLongBytes = 1 << 20;
// Where none can begin because aborted commands never leave the queue empty.
constexpr std::uint64_t kMostBytes = 64 * kLongBytes;
constexpr std::uint64_t kAccessBytes = 64;  // of an access beside its data

}  // namespace

bool PortHistory::due() const {
    const bool is_long = pushes_ >= kLongPushes || bytes_ >= kLongBytes;
    return kept_ && unknown_ == 0 && !marked_ && (is_long || latest_.l1.empty());
}

void PortHistory::begin(std::uint64_t cycle, std::byte ctrl, std::span<const std::byte> l1) {
    std::swap(before_, latest_);
    latest_.cycle = cycle;
    latest_.running = lines_.empty() || cycle < since_ ? 0 : cycle - since_;
    latest_.ctrl = ctrl;
    latest_.l1.assign(l1.begin(), l1.end());
    latest_.lines = lines_;
    latest_.accesses.clear();
    pushes_ = 0;
    bytes_ = 0;
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
            latest_.accesses.pop_back();  // may find room in a repetition
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
}

void PortHistory::restart(std::size_t outstanding) {
    forget();
    lines_.clear();
    marked_ = false;
    unknown_ = outstanding;
    early_ = 0;
}

}  // namespace athena::tile
