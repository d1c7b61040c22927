// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_kernel.h"

namespace athena::vector {

namespace {

/// Less is not worth the way to another thread: some microseconds.
constexpr std::uint64_t kLeastElements = 16384;

}  // namespace

void VectorKernel::begin(const VectorCommand& command) {
    const std::uint64_t elements = std::uint64_t{command.rows} * command.columns;
    if (lane_.defers()) {
        lane_.add<base::KernelWork<VectorKernel, VectorCommand>>(elements, command, sram_);
        restore(true);
        return;
    }
    command_ = &command;
    Kernel::begin(command.rows, 1,
                  rows_are_apart(command.operation) ? elements / kLeastElements : 1);
}

void VectorKernel::run_rows(std::uint64_t first, std::uint64_t rows) {
    numerics::Workspace& workspace = numerics::thread_workspace();
    if (rows == command_->rows) {
        run_vector(*command_, sram_, workspace);
        return;
    }
    run_vector(
        rows_of(*command_, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(rows)),
        sram_, workspace);
}

}  // namespace athena::vector
