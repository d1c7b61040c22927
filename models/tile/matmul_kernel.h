// SPDX-License-Identifier: Apache-2.0
// The host's work for a matmul command, in parts of its rows.
#pragma once

#include <cstddef>
#include <span>

#include "base/kernel.h"
#include "tile/matmul.h"

namespace athena::tile {

class MatmulKernel final : public base::Kernel {
  public:
    MatmulKernel(base::HostThreads& threads, std::span<std::byte> l1) : Kernel(threads), l1_(l1) {}
    ~MatmulKernel() { settle(); }

    /// Nothing is begun. `matmul` is as decode_matmul() leaves it.
    void begin(const Matmul& matmul);
    using Kernel::restore;

  private:
    void run_rows(std::uint64_t first, std::uint64_t rows) override;

    std::span<std::byte> l1_;
    Matmul matmul_;
};

}  // namespace athena::tile
