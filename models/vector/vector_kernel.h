// SPDX-License-Identifier: Apache-2.0
// The host's work for a vector command, in parts of its rows where they do not meet.
#pragma once

#include <cstddef>
#include <span>

#include "base/backlog.h"
#include "base/kernel.h"
#include "vector/vector_command.h"

namespace athena::vector {

class VectorKernel final : public base::Kernel {
  public:
    VectorKernel(base::HostThreads& threads, std::span<std::byte> sram,
                 base::Backlog::Lane lane = {})
        : Kernel(threads), sram_(sram), lane_(lane) {}
    ~VectorKernel() { settle(); }

    /// Nothing is begun. `command` stays until the end.
    void begin(const VectorCommand& command);
    using Kernel::restore;

  private:
    void run_rows(std::uint64_t first, std::uint64_t rows) override;

    std::span<std::byte> sram_;
    base::Backlog::Lane lane_;
    const VectorCommand* command_ = nullptr;
};

}  // namespace athena::vector
