// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul_kernel.h"

#include <algorithm>

namespace athena::tile {

namespace {

/// Less is not worth the way to another thread: some microseconds.
constexpr std::uint64_t kLeastMultiplies = 200'000;
/// Of parts, so that each begins at a byte of an A that is stored transposed.
constexpr std::uint64_t kRowStep = 16;

}  // namespace

void MatmulKernel::begin(const Matmul& matmul) {
    matmul_ = matmul;
    const std::uint64_t worth = matmul.m() * matmul.n() * matmul.k / kLeastMultiplies;
    const std::uint64_t parts = std::clamp<std::uint64_t>(worth, 1, threads().most_parts());
    const std::uint64_t steps = (matmul.m() + kRowStep - 1) / kRowStep;
    part_rows_ = std::max<std::uint64_t>((steps + parts - 1) / parts, 1) * kRowStep;
    Kernel::begin(std::max<std::uint64_t>((matmul.m() + part_rows_ - 1) / part_rows_, 1));
}

void MatmulKernel::run_part(std::size_t part) {
    const std::uint64_t first = part * part_rows_;
    const std::uint64_t rows = std::min(part_rows_, matmul_.m() - first);
    run_matmul(rows_of(matmul_, first, rows), l1_, numerics::thread_workspace());
}

}  // namespace athena::tile
