// SPDX-License-Identifier: Apache-2.0
// A large product by all clusters, each element of A and B read from HBM once in a round: clusters
// are a grid; those of a row need the same rows of A, those of a column the same columns of B. Each
// loads a part of these to its shared SRAM, from where all of the row or column read it.
#pragma once

#include "products.h"

// The product, if it is one of BF16 operands and an FP32 or BF16 result without an initial row, and
// large enough for each tile of the chip to have a block; else false, and nothing is recorded.
// Shared SRAM must not be in use: fences stand before and after it.
bool record_shared_product(struct chip* chip, const struct tensor_product* product);
