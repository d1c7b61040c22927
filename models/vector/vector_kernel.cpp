// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_kernel.h"

#include <algorithm>

namespace athena::vector {

namespace {

/// Less is not worth the way to another thread: some microseconds.
constexpr std::uint64_t kLeastElements = 16384;

}  // namespace

void VectorKernel::begin(const VectorCommand& command) {
    command_ = &command;
    const std::uint64_t worth = std::uint64_t{command.rows} * command.columns / kLeastElements;
    const auto most = static_cast<std::uint32_t>(threads().most_parts());
    const std::uint32_t parts =
        rows_are_apart(command.operation)
            ? static_cast<std::uint32_t>(std::clamp<std::uint64_t>(worth, 1, most))
            : 1;
    part_rows_ = std::max((command.rows + parts - 1) / parts, 1U);
    Kernel::begin(std::max((command.rows + part_rows_ - 1) / part_rows_, 1U));
}

void VectorKernel::run_part(std::size_t part) {
    const std::uint32_t first = static_cast<std::uint32_t>(part) * part_rows_;
    const std::uint32_t rows = std::min(part_rows_, command_->rows - first);
    numerics::Workspace& workspace = numerics::thread_workspace();
    if (rows == command_->rows) {
        run_vector(*command_, sram_, workspace);
    } else {
        run_vector(rows_of(*command_, first, rows), sram_, workspace);
    }
}

}  // namespace athena::vector
