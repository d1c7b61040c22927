// SPDX-License-Identifier: Apache-2.0
// Which physical pages hold code that a hart has decoded: whoever writes memory reports here
// (DESIGN section 3).
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "base/units.h"

namespace athena::base {

class CodePageListener {
  public:
    /// Bytes of a marked page are about to change, or have just changed.
    virtual void on_code_written(std::uint64_t page) = 0;

    /// A page has been marked: from now on writes to it must be reported.
    virtual void on_code_marked(std::uint64_t /*page*/) {}

  protected:
    ~CodePageListener() = default;
};

class CodePages {
  public:
    static constexpr unsigned kPageShift = 12;

    void add_listener(CodePageListener& listener) { listeners_.push_back(&listener); }

    void mark(std::uint64_t page) {
        if (pages_.insert(page).second) {
            for (CodePageListener* listener : listeners_) {
                listener->on_code_marked(page);
            }
        }
    }

    [[nodiscard]] bool has(std::uint64_t page) const { return pages_.contains(page); }

    /// To be called by each writer of memory that may hold code, other than a hart that checks
    /// has() itself. The pages lose their marks; listeners have dropped what they decoded from
    /// them.
    void written(PhysAddr address, std::uint64_t length) {
        if (length == 0 || pages_.empty()) {
            return;
        }
        const std::uint64_t last = (address.value + length - 1) >> kPageShift;
        const std::uint64_t first = address.value >> kPageShift;
        if (last - first < pages_.size()) {
            for (std::uint64_t page = first; page <= last; ++page) {
                drop(page);
            }
            return;
        }
        const std::vector<std::uint64_t> marked(pages_.begin(), pages_.end());
        for (const std::uint64_t page : marked) {
            if (page >= first && page <= last) {
                drop(page);
            }
        }
    }

  private:
    void drop(std::uint64_t page) {
        if (pages_.erase(page) != 0) {
            for (CodePageListener* listener : listeners_) {
                listener->on_code_written(page);
            }
        }
    }

    std::unordered_set<std::uint64_t> pages_;
    std::vector<CodePageListener*> listeners_;
};

}  // namespace athena::base
