// SPDX-License-Identifier: Apache-2.0
// Rows of a table by index: embedding, and its gradient.
#pragma once

#include "rows.h"

// out[r] = table[indices[r]]; indices is an INT32 column.
void record_gather(struct chip* chip, const struct tensor* table, const struct tensor* indices,
                   const struct tensor* out);

// table[indices[r]] += x[r], in ascending r.
void record_scatter_add(struct chip* chip, const struct tensor* x, const struct tensor* indices,
                        const struct tensor* table);
