// SPDX-License-Identifier: Apache-2.0
// The requests that wait in an HBM channel: a pool of entries with indices for pointers, and lists
// of them by bank. Nothing is allocated after construction.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "memory/hbm_config.h"

namespace athena::memory {

inline constexpr std::uint16_t kHbmNone = 0xFFFF;

struct HbmEntry {
    std::uint64_t handle = 0;
    HbmCycle arrived = 0;  // at the controller
    HbmCycle queued = 0;   // at the list that it is in: what max_wait counts from
    std::uint64_t sequence = 0;
    std::uint32_t row = 0;
    std::uint16_t column = 0;  // the first
    std::uint16_t count = 1;   // bursts from there on: more than one in a ChannelBuffer only
    std::uint16_t next = kHbmNone;
    std::uint16_t previous = kHbmNone;
    std::uint16_t merged = kHbmNone;  // reads of the same burst that end with this one
    std::uint8_t bank = 0;
    bool write = false;
    bool last = true;       // its request ends with it
    bool reserved = false;  // by reserve(): nobody is told of its end
};

struct HbmList {
    std::uint16_t head = kHbmNone;
    std::uint16_t tail = kHbmNone;
    std::uint16_t count = 0;
};

class HbmPool {
  public:
    explicit HbmPool(unsigned entries);

    /// Bursts of all entries in use: their number is bounded, so that an entry can always be split.
    [[nodiscard]] unsigned used() const { return used_; }
    [[nodiscard]] unsigned room() const { return size() - used_; }
    [[nodiscard]] unsigned size() const { return static_cast<unsigned>(entries_.size()); }
    HbmEntry& operator[](std::uint16_t id) { return entries_[id]; }
    const HbmEntry& operator[](std::uint16_t id) const { return entries_[id]; }

    /// A new entry; there is room() for its bursts.
    [[nodiscard]] std::uint16_t take(const HbmEntry& entry) {
        const std::uint16_t id = free_;
        free_ = entries_[id].next;
        entries_[id] = entry;
        used_ += entry.count;
        return id;
    }
    /// Ends an entry with one burst.
    void give(std::uint16_t id) {
        entries_[id].next = free_;
        free_ = id;
        --used_;
    }
    /// Ends the first `bursts` of an entry with more.
    void spend(std::uint16_t id, unsigned bursts) {
        HbmEntry& entry = entries_[id];
        entry.column = static_cast<std::uint16_t>(entry.column + bursts);
        entry.count = static_cast<std::uint16_t>(entry.count - bursts);
        used_ -= bursts;
    }
    /// The first burst of an entry with more becomes an entry of its own, in no list.
    [[nodiscard]] std::uint16_t split(std::uint16_t id) {
        HbmEntry first = entries_[id];
        first.count = 1;
        first.last = false;
        spend(id, 1);
        return take(first);
    }
    void append(HbmList& list, std::uint16_t id) {
        HbmEntry& entry = entries_[id];
        entry.next = kHbmNone;
        entry.previous = list.tail;
        (list.tail == kHbmNone ? list.head : entries_[list.tail].next) = id;
        list.tail = id;
        ++list.count;
    }
    void remove(HbmList& list, std::uint16_t id) {
        const HbmEntry& entry = entries_[id];
        (entry.previous == kHbmNone ? list.head : entries_[entry.previous].next) = entry.next;
        (entry.next == kHbmNone ? list.tail : entries_[entry.next].previous) = entry.previous;
        --list.count;
    }
    /// The first of `list` in `row`.
    [[nodiscard]] std::uint16_t first_in_row(const HbmList& list, std::uint32_t row) const {
        std::uint16_t id = list.head;
        while (id != kHbmNone && entries_[id].row != row) {
            id = entries_[id].next;
        }
        return id;
    }

    /// Whether the free entries and those of `used_in_lists` are all there are, each once.
    [[nodiscard]] bool sound(std::vector<bool> used_in_lists) const;
    /// Marks the entries of `list` and what is merged with them, and counts all but the latter.
    /// False if an index leads astray or a mark is there already.
    bool mark(const HbmList& list, std::vector<bool>& marks) const;
    bool mark_one(std::uint16_t id, std::vector<bool>& marks) const;

    /// Calls `visit(name, value)` for each number kept: saving and loading.
    template <typename Visit>
    void visit(Visit&& visit) {
        visit("free", free_);
        visit("used", used_);
        for (HbmEntry& e : entries_) {
            visit("handle", e.handle);
            visit("arrived", e.arrived);
            visit("queued", e.queued);
            visit("sequence", e.sequence);
            visit("row", e.row);
            visit("column", e.column);
            visit("count", e.count);
            visit("next", e.next);
            visit("previous", e.previous);
            visit("merged", e.merged);
            visit("bank", e.bank);
            visit("write", e.write);
            visit("last", e.last);
            visit("reserved", e.reserved);
        }
    }

  private:
    std::vector<HbmEntry> entries_;
    std::uint16_t free_ = kHbmNone;
    std::uint32_t used_ = 0;
};

/// How many waiting requests share a hash of their place: 0 spares the search for an equal one.
class HbmFilter {
  public:
    [[nodiscard]] bool may_hold(unsigned bank, std::uint32_t row, unsigned column) const {
        return count_[index(bank, row, column)] != 0;
    }
    void add(const HbmEntry& entry) {
        for (unsigned i = 0; i < entry.count; ++i) {
            ++count_[index(entry.bank, entry.row, entry.column + i)];
        }
    }
    /// The first `bursts` of `entry`.
    void drop(const HbmEntry& entry, unsigned bursts) {
        for (unsigned i = 0; i < bursts; ++i) {
            --count_[index(entry.bank, entry.row, entry.column + i)];
        }
    }

    template <typename Visit>
    void visit(Visit&& visit) {
        for (std::uint16_t& count : count_) {
            visit("filter", count);
        }
    }

  private:
    static constexpr unsigned kBuckets = 1024;
    static unsigned index(unsigned bank, std::uint32_t row, unsigned column) {
        return (row * 0x9E3779B1U ^ column * 0x85EBCA6BU ^ bank * 0xC2B2AE35U) >> 22;
    }
    std::array<std::uint16_t, kBuckets> count_{};
};

/// Completions in the order of their cycles.
class HbmRing {
  public:
    struct Item {
        HbmCycle cycle = 0;
        std::uint64_t handle = 0;
        bool write = false;
    };
    explicit HbmRing(unsigned size) : items_(size) {}

    [[nodiscard]] HbmCycle next() const { return count_ == 0 ? kHbmNever : items_[first_].cycle; }
    [[nodiscard]] unsigned count() const { return count_; }
    [[nodiscard]] bool full() const { return count_ == items_.size(); }
    void push(const Item& item) {
        std::size_t at = first_ + count_;
        items_[at < items_.size() ? at : at - items_.size()] = item;
        ++count_;
    }
    Item pop() {
        const Item item = items_[first_];
        first_ = first_ + 1 == items_.size() ? 0 : first_ + 1;
        --count_;
        return item;
    }

    [[nodiscard]] bool sound() const { return first_ < items_.size() && count_ <= items_.size(); }

    template <typename Visit>
    void visit(Visit&& visit) {
        visit("first", first_);
        visit("count", count_);
        for (Item& item : items_) {
            visit("cycle", item.cycle);
            visit("handle", item.handle);
            visit("write", item.write);
        }
    }

  private:
    std::vector<Item> items_;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace athena::memory
