// SPDX-License-Identifier: Apache-2.0
// Operands of any format, and products of them checked against fmaf over their rational values.
// Sizes and places of elements come from rational.h, not from models/numerics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "kernels.h"
#include "numerics/gemm.h"

namespace athena::test {

// An operand of `outer` rows of A or columns of B.
struct Side {
    unsigned format = 0;
    bool along_k = true;  // k runs along the rows as they lie in memory
    std::size_t outer = 0;
    std::size_t k = 0;
    std::size_t ld = 0;
    std::size_t scale_ld = 0;
    std::vector<std::byte> data;
    std::vector<std::byte> scales;

    // `gap` bytes, of an even number, lie between rows.
    Side(unsigned format_number, bool runs_along_k, std::size_t outer_size, std::size_t k_size,
         std::size_t gap = 0);

    void put(std::size_t lane, std::size_t step, std::uint32_t code);
    // All elements and scales: around 1, with special values now and then.
    void fill(std::mt19937& random);
    // The FP32 encoding of an element times its scale, by rational.h.
    [[nodiscard]] std::uint32_t decoded(std::size_t lane, std::size_t step) const;
    [[nodiscard]] std::vector<float> decoded() const;  // [outer][k]
    [[nodiscard]] numerics::Operand view(bool transposed) const;
};

[[nodiscard]] numerics::GemmArgs args_of(const Side& a, const Side& b);

// The reference and then each kernel on the same C; `check` gets the name of what has run.
template <typename Check>
void for_each_gemm(const numerics::GemmArgs& args, Check check) {
    numerics::Workspace workspace;
    const std::vector<std::byte> before(args.c.data.begin(), args.c.data.end());
    numerics::gemm_reference(args);
    check("reference");
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        std::ranges::copy(before, args.c.data.begin());
        numerics::gemm(args, workspace);
        check(numerics::gemm_kernel_name());
        if (args.m != 0 && args.n != 0 && args.k != 0) {
            std::ranges::copy(before, args.c.data.begin());
            gemm_by_fma(args, workspace);
            check(numerics::gemm_kernel_name());
        }
    }
}

struct Modes {
    unsigned result = 0;
    bool accumulate = false;
    bool saturate = false;
    std::size_t gap = 0;  // elements of C between rows
};

// Fails if an output of the reference or a kernel is not fmaf over the rational values, rounded
// once to the format of C, or if a byte of C's gaps or behind it changes.
void check_product(const Side& a, const Side& b, const Modes& modes, std::mt19937& random);

}  // namespace athena::test
