// SPDX-License-Identifier: Apache-2.0
// Sums over the rows of tensors, in the order that shapes fix (docs/gpt.md: ColumnSum²).
#pragma once

#include "rows.h"

enum { SUM_ROWS = 64 };  // of a partial sum, numerics::kColumnSumRows

// partials[rows / 64 rounded up][columns] = ColumnSum of each 64 rows of `a`.
void record_column_partials(struct chip* chip, const struct tensor* a,
                            const struct tensor* partials);
// out[1][columns] = ColumnSum of the partials; a barrier stands between the two.
void record_column_totals(struct chip* chip, const struct tensor* partials,
                          const struct tensor* out);
static inline uint32_t column_partials(uint32_t rows) {
    return (rows + SUM_ROWS - 1) / SUM_ROWS;
}
// Likewise within a slot, of `a` at place `from`, of each `rows` rows, to FP32 rows at place `to`.
void slot_column_sums(struct chip* chip, const struct slot* slot, const struct tensor* a,
                      uint32_t from, uint32_t rows, uint32_t to);

// out[1][1] = one chain of additions over a column, on the first cluster.
void record_ordered_sum(struct chip* chip, const struct tensor* column, const struct tensor* out);
