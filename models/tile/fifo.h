// SPDX-License-Identifier: Apache-2.0
// First in, first out, of a size that is fixed when it is made: no allocation later.
#pragma once

#include <cstddef>
#include <vector>

namespace athena::tile {

template <typename T>
class Fifo {
  public:
    explicit Fifo(std::size_t depth) : entries_(depth) {}

    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] bool full() const { return count_ == entries_.size(); }

    /// Not empty.
    [[nodiscard]] const T& front() const { return entries_[first_]; }
    /// The entry number `index`, oldest first.
    [[nodiscard]] T& at(std::size_t index) { return entries_[place(index)]; }
    [[nodiscard]] const T& at(std::size_t index) const { return entries_[place(index)]; }

    /// The new youngest entry, to be filled: it still has the value of an older one. Not full.
    T& push() { return entries_[place(count_++)]; }
    void push(const T& value) { push() = value; }
    void pop() {
        first_ = first_ + 1 == entries_.size() ? 0 : first_ + 1;
        --count_;
    }
    void clear() { first_ = count_ = 0; }

  private:
    [[nodiscard]] std::size_t place(std::size_t index) const {
        const std::size_t sum = first_ + index;
        return sum < entries_.size() ? sum : sum - entries_.size();
    }

    std::vector<T> entries_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace athena::tile
