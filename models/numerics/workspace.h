// SPDX-License-Identifier: Apache-2.0
// Scratch memory of the numerics kernels, kept from call to call.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace athena::numerics {

// Scratch memory of a kernel: grows to what the largest call so far needed and is kept for the
// next. Not to be used by two calls at once; contents mean nothing between calls.
class Workspace {
  public:
    // At least `count` floats, aligned to 64 bytes, not initialised; valid until the next call.
    [[nodiscard]] std::span<float> floats(std::size_t count);

  private:
    struct alignas(64) Line {
        float value[16];
    };
    std::vector<Line> lines_;
};

// Of the calling thread.
[[nodiscard]] Workspace& thread_workspace();

}  // namespace athena::numerics
