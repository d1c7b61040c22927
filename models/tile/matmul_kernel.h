// SPDX-License-Identifier: Apache-2.0
// The host's work for a matmul command, in parts of its rows.
#pragma once

#include <cstddef>
#include <span>

#include "base/backlog.h"
#include "base/kernel.h"
#include "tile/matmul.h"

namespace athena::tile {

class MatmulKernel final : public base::Kernel {
  public:
    MatmulKernel(base::HostThreads& threads, std::span<std::byte> l1, base::Backlog::Lane lane = {})
        : Kernel(threads), l1_(l1), lane_(lane) {}
    ~MatmulKernel() { settle(); }

    /// Nothing is begun. `matmul` is as decode_matmul() leaves it.
    void begin(const Matmul& matmul);
    using Kernel::restore;

  private:
    void run_rows(std::uint64_t first, std::uint64_t rows) override;

    std::span<std::byte> l1_;
    base::Backlog::Lane lane_;
    Matmul matmul_;
};

}  // namespace athena::tile
