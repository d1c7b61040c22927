// SPDX-License-Identifier: Apache-2.0
// Which bytes of physical memory are watched, as a hart has decoded code from them or holds a
// reservation there: whoever writes memory reports here (DESIGN section 3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/units.h"

namespace athena::base {

class CodePageListener {
  public:
    /// Watched bytes are about to change, or have just changed. `lines`: which of the page's 64
    /// lines of 64 bytes.
    virtual void on_code_written(std::uint64_t page, std::uint64_t lines) = 0;

    /// A page has become one with watched bytes: from now on writes to it must be reported.
    virtual void on_code_marked(std::uint64_t /*page*/) {}

  protected:
    ~CodePageListener() = default;
};

class CodePages {
  public:
    static constexpr unsigned kPageShift = 12;
    static constexpr unsigned kLineShift = 6;

    void add_listener(CodePageListener& listener) { listeners_.push_back(&listener); }

    /// Watches the lines that [address, address + length) touches; it lies in one page.
    void mark(PhysAddr address, std::uint64_t length) {
        const std::uint64_t page = address.value >> kPageShift;
        const auto [entry, is_new] = pages_.try_emplace(page, 0);
        first_page_ = std::min(first_page_, page);
        last_page_ = std::max(last_page_, page);
        entry->second |= lines_in(page, address.value, address.value + length - 1);
        if (is_new) {
            for (CodePageListener* listener : listeners_) {
                listener->on_code_marked(page);
            }
        }
    }

    /// Whether any of the page's bytes are watched.
    [[nodiscard]] bool has(std::uint64_t page) const { return pages_.contains(page); }

    /// Whether a byte of [address, address + length) may be watched: no false negatives.
    [[nodiscard]] bool may_watch(PhysAddr address, std::uint64_t length) const {
        const std::uint64_t last = (address.value + length - 1) >> kPageShift;
        return address.value >> kPageShift <= last_page_ && first_page_ <= last;
    }

    /// To be called by each writer of memory, other than a hart that checks has() itself. The lines
    /// written are no longer watched; listeners have dropped what they knew of them.
    void written(PhysAddr address, std::uint64_t length) {
        if (length == 0 || pages_.empty()) {
            return;
        }
        const std::uint64_t last = address.value + length - 1;
        const std::uint64_t first_page = address.value >> kPageShift;
        const std::uint64_t last_page = last >> kPageShift;
        if (last_page - first_page < pages_.size()) {
            for (std::uint64_t page = first_page; page <= last_page; ++page) {
                drop(page, address.value, last);
            }
            return;
        }
        std::vector<std::uint64_t> pages;
        for (const auto& [page, lines] : pages_) {
            if (page >= first_page && page <= last_page) {
                pages.push_back(page);
            }
        }
        std::sort(pages.begin(), pages.end());
        for (const std::uint64_t page : pages) {
            drop(page, address.value, last);
        }
    }

    /// Bit i is line i: those of [first, last] that lie in the page.
    [[nodiscard]] static std::uint64_t lines_in(std::uint64_t page, std::uint64_t first,
                                                std::uint64_t last) {
        constexpr std::uint64_t kLines = 1ULL << (kPageShift - kLineShift);
        const std::uint64_t base = page << (kPageShift - kLineShift);
        const std::uint64_t low = std::max(first >> kLineShift, base) - base;
        const std::uint64_t high = std::min(last >> kLineShift, base + kLines - 1) - base;
        return ~0ULL << low & ~0ULL >> (kLines - 1 - high);
    }

  private:
    void drop(std::uint64_t page, std::uint64_t first, std::uint64_t last) {
        const auto entry = pages_.find(page);
        if (entry == pages_.end()) {
            return;
        }
        const std::uint64_t lines = lines_in(page, first, last) & entry->second;
        if (lines == 0) {
            return;
        }
        entry->second &= ~lines;
        if (entry->second == 0) {
            pages_.erase(entry);
        }
        for (CodePageListener* listener : listeners_) {
            listener->on_code_written(page, lines);
        }
    }

    std::unordered_map<std::uint64_t, std::uint64_t> pages_;  // to their watched lines
    std::uint64_t first_page_ = ~std::uint64_t{0};            // of all that have ever been watched
    std::uint64_t last_page_ = 0;
    std::vector<CodePageListener*> listeners_;
};

}  // namespace athena::base
