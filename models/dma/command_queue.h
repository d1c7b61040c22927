// SPDX-License-Identifier: Apache-2.0
// Commands of a DMA channel, first in, first out; to take one allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dma/transfer.h"

namespace athena::dma {

struct Command {
    CommandLines lines{};
    std::uint32_t ring = 0;  ///< base::Origin::ring of who wrote it
    std::uint32_t tag = 0;   ///< of its descriptor, as the driver gave it
};

class CommandQueue {
  public:
    explicit CommandQueue(std::uint32_t depth) : commands_(depth) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] bool full() const { return size_ == commands_.size(); }
    /// The oldest is number 0.
    [[nodiscard]] const Command& operator[](std::size_t number) const {
        return commands_[(first_ + number) % commands_.size()];
    }
    [[nodiscard]] const Command& front() const { return commands_[first_]; }
    /// A place for the newest; there must be room.
    [[nodiscard]] Command& push() { return commands_[(first_ + size_++) % commands_.size()]; }
    void pop() {
        first_ = (first_ + 1) % commands_.size();
        --size_;
    }
    void clear() { size_ = 0; }

  private:
    std::vector<Command> commands_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace athena::dma
