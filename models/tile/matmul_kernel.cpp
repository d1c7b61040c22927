// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul_kernel.h"

namespace athena::tile {

namespace {

/// Less is not worth the way to another thread: some microseconds.
constexpr std::uint64_t kLeastMultiplies = 200'000;
/// At least, on one thread of the host.
constexpr std::uint64_t kMultipliesPerNanosecond = 32;
/// Of parts, so that each begins at a byte of an A that is stored transposed.
constexpr std::uint64_t kRowStep = 16;

}  // namespace

void MatmulKernel::begin(const Matmul& matmul) {
    const std::uint64_t multiplies = matmul.m() * matmul.n() * matmul.k;
    if (lane_.defers()) {
        lane_.add<base::KernelWork<MatmulKernel, Matmul>>(multiplies / kMultipliesPerNanosecond,
                                                          matmul, l1_);
        restore(true);
        return;
    }
    matmul_ = matmul;
    Kernel::begin(matmul.m(), kRowStep, multiplies / kLeastMultiplies);
}

void MatmulKernel::run_rows(std::uint64_t first, std::uint64_t rows) {
    run_matmul(rows_of(matmul_, first, rows), l1_, numerics::thread_workspace());
}

}  // namespace athena::tile
