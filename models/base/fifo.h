// SPDX-License-Identifier: Apache-2.0
// First in, first out, in one piece of memory that grows and never shrinks: to push and pop in a
// steady state allocates nothing (std::deque does, every few elements).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace athena::base {

template <typename T>
class Fifo {
    /// Of a Fifo, or a const one.
    template <typename Of>
    class Iterator {
      public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(Of* fifo, std::size_t number) : fifo_(fifo), number_(number) {}
        [[nodiscard]] auto& operator*() const { return (*fifo_)[number_]; }
        Iterator& operator++() {
            ++number_;
            return *this;
        }
        Iterator operator++(int) { return {fifo_, number_++}; }
        bool operator==(const Iterator&) const = default;

      private:
        Of* fifo_ = nullptr;
        std::size_t number_ = 0;
    };

  public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    /// The oldest is number 0; `number` < size().
    [[nodiscard]] T& operator[](std::size_t number) { return places_[place(number)]; }
    [[nodiscard]] const T& operator[](std::size_t number) const { return places_[place(number)]; }
    [[nodiscard]] T& front() { return places_[first_]; }
    [[nodiscard]] const T& front() const { return places_[first_]; }
    /// From the oldest to the newest.
    [[nodiscard]] Iterator<Fifo> begin() { return {this, 0}; }
    [[nodiscard]] Iterator<Fifo> end() { return {this, size_}; }
    [[nodiscard]] Iterator<const Fifo> begin() const { return {this, 0}; }
    [[nodiscard]] Iterator<const Fifo> end() const { return {this, size_}; }

    /// A place for the newest, which may hold an old value. References end here.
    [[nodiscard]] T& push() {
        if (size_ == places_.size()) {
            grow();
        }
        return places_[place(size_++)];
    }
    void push(const T& value) { push() = value; }
    /// Not empty.
    void pop() {
        first_ = place(1);
        --size_;
    }
    void clear() { size_ = 0; }
    /// Returns how many went.
    template <typename Predicate>
    std::size_t erase_if(const Predicate& goes) {
        std::size_t kept = 0;
        for (std::size_t number = 0; number < size_; ++number) {
            if (!goes((*this)[number])) {
                if (kept != number) {
                    (*this)[kept] = std::move((*this)[number]);
                }
                ++kept;
            }
        }
        return std::exchange(size_, kept) - kept;
    }

  private:
    // A power of two: places_ is empty or has one.
    [[nodiscard]] std::size_t place(std::size_t number) const {
        return (first_ + number) & (places_.size() - 1);
    }
    void grow() {
        std::vector<T> places(places_.empty() ? 4 : 2 * places_.size());
        for (std::size_t number = 0; number < size_; ++number) {
            places[number] = std::move((*this)[number]);
        }
        places_ = std::move(places);
        first_ = 0;
    }

    std::vector<T> places_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace athena::base
