// SPDX-License-Identifier: Apache-2.0
// The pending actions of the event queue, earliest first: a heap of four children a node, whose
// keys have 16 bytes: half as deep as a binary one, and the children of a node lie side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/units.h"

namespace athena::base {

/// What is to be done, by which block.
struct Action {
    std::uint32_t target;
    std::uint32_t kind;
    std::uint64_t payload;
};

/// Actions of one instant come in the order in which they were pushed.
class ActionHeap {
  public:
    [[nodiscard]] bool empty() const { return keys_.empty(); }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    /// Instant of the first action; not empty.
    [[nodiscard]] Picoseconds front() const { return when(keys_.front()); }

    /// Throws std::length_error where 2^20 actions are pending.
    void push(Picoseconds when, const Action& action) {
        if (free_.empty()) {
            if (actions_.size() == kMost) {
                throw std::length_error("event queue: more than 2^20 pending actions");
            }
            free_.push_back(static_cast<std::uint32_t>(actions_.size()));
            actions_.emplace_back();
        }
        const std::uint32_t place = free_.back();
        free_.pop_back();
        actions_[place] = action;
        keys_.emplace_back();
        rise(keys_.size() - 1, Key{when.value} << 64 | next_order_++ << kPlaceBits | place);
    }
    /// Takes the first action; not empty.
    Action pop() {
        const std::uint32_t place = place_of(keys_.front());
        const Key last = keys_.back();
        keys_.pop_back();
        if (!keys_.empty()) {
            sink(0, last);
        }
        free_.push_back(place);
        return actions_[place];
    }
    /// Drops the actions for which `goes(action)`.
    template <typename Predicate>
    void erase_if(const Predicate& goes) {
        std::size_t kept = 0;
        for (const Key key : keys_) {
            if (goes(actions_[place_of(key)])) {
                free_.push_back(place_of(key));
            } else {
                keys_[kept++] = key;
            }
        }
        if (kept == keys_.size()) {
            return;
        }
        keys_.resize(kept);
        for (std::size_t node = kept; node-- != 0;) {
            sink(node, keys_[node]);
        }
    }
    void clear() {
        keys_.clear();
        actions_.clear();
        free_.clear();
    }
    /// Calls `visit(when, action)` for each, in no order.
    template <typename Visit>
    void visit(const Visit& visit) const {
        for (const Key key : keys_) {
            visit(when(key), actions_[place_of(key)]);
        }
    }

  private:
    // Instant (64 bits), order (44 bits), place of the action: one comparison finds the first.
    __extension__ using Key = unsigned __int128;
    static constexpr unsigned kPlaceBits = 20;
    static constexpr std::size_t kMost = std::size_t{1} << kPlaceBits;
    static constexpr std::size_t kChildren = 4;

    static Picoseconds when(Key key) { return {static_cast<std::uint64_t>(key >> 64)}; }
    static std::uint32_t place_of(Key key) {
        return static_cast<std::uint32_t>(key) & (std::uint32_t{kMost} - 1);
    }
    void rise(std::size_t node, Key key) {
        while (node != 0) {
            const std::size_t parent = (node - 1) / kChildren;
            if (keys_[parent] < key) {
                break;
            }
            keys_[node] = keys_[parent];
            node = parent;
        }
        keys_[node] = key;
    }
    void sink(std::size_t node, Key key) {
        const std::size_t size = keys_.size();
        for (;;) {
            const std::size_t first = node * kChildren + 1;
            if (first >= size) {
                break;
            }
            std::size_t least = first;
            Key least_key = keys_[first];
            const std::size_t end = first + kChildren < size ? first + kChildren : size;
            for (std::size_t child = first + 1; child < end; ++child) {
                const bool less = keys_[child] < least_key;  // nobody can foresee it: no branch
                least = less ? child : least;
                least_key = less ? keys_[child] : least_key;
            }
            if (key < least_key) {
                break;
            }
            keys_[node] = least_key;
            node = least;
        }
        keys_[node] = key;
    }

    std::vector<Key> keys_;
    std::vector<Action> actions_;
    std::vector<std::uint32_t> free_;  // places of actions_
    std::uint64_t next_order_ = 0;
};

}  // namespace athena::base
