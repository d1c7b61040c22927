// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_queues.h"

#include <algorithm>

namespace athena::memory {

HbmPool::HbmPool(unsigned entries) : entries_(entries) {
    for (unsigned i = entries; i-- > 0;) {
        entries_[i].next = free_;
        free_ = static_cast<std::uint16_t>(i);
    }
}

bool HbmPool::mark_one(std::uint16_t id, std::vector<bool>& marks) const {
    while (id != kHbmNone) {
        if (id >= entries_.size() || marks[id] || entries_[id].count == 0) {
            return false;
        }
        marks[id] = true;
        id = entries_[id].merged;
    }
    return true;
}

bool HbmPool::mark(const HbmList& list, std::vector<bool>& marks) const {
    unsigned count = 0;
    std::uint16_t previous = kHbmNone;
    for (std::uint16_t id = list.head; id != kHbmNone; id = entries_[id].next) {
        if (!mark_one(id, marks) || entries_[id].previous != previous) {
            return false;
        }
        previous = id;
        ++count;
    }
    return count == list.count && list.tail == previous;
}

bool HbmPool::sound(std::vector<bool> used_in_lists) const {
    unsigned used = 0;
    for (std::size_t id = 0; id < entries_.size(); ++id) {
        used += used_in_lists[id] ? entries_[id].count : 0;
    }
    for (std::uint16_t id = free_; id != kHbmNone; id = entries_[id].next) {
        if (id >= entries_.size() || used_in_lists[id]) {
            return false;
        }
        used_in_lists[id] = true;
    }
    return used == used_ &&
           std::all_of(used_in_lists.begin(), used_in_lists.end(), [](bool mark) { return mark; });
}

}  // namespace athena::memory
