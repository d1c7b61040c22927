// SPDX-License-Identifier: Apache-2.0
// Matrix products of tensors over all tiles: cut in blocks of C, each the chain of the numerics
// contract, k ascending, whatever the cut; K is only cut into ascending pieces of one block.
#pragma once

#include "quantise.h"

// C[m][n] = (initial row, in every row, or +0) + A[m][k] B[k][n].
struct tensor_product {
    const struct tensor* a;        // BF16 [m][k], or [k][m] if a_transposed
    const struct tensor* b;        // BF16 [k][n], or [n][k] if b_transposed
    const struct mx_tensor* mx_a;  // instead of both: [m][k]
    const struct mx_tensor* mx_b;  // and [n][k]
    const struct tensor* c;        // FP32, or BF16 without an initial row
    const struct tensor* initial;  // FP32 [1][n], or NULL
    bool a_transposed;
    bool b_transposed;
    uint16_t section;  // chip_section(); 0: that of what is before
};

void record_product(struct chip* chip, const struct tensor_product* product);
// Whether BF16 results, whose depth cannot be cut, would come in small blocks: an FP32 result that
// is rounded afterwards, to the same bits, takes less time.
bool product_is_deep(const struct chip* chip, uint32_t depth);
// Products of which none needs what another writes: together they keep all tiles busy, each with
// larger blocks than alone.
void record_products(struct chip* chip, const struct tensor_product* products, uint32_t count);
