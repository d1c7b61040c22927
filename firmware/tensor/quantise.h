// SPDX-License-Identifier: Apache-2.0
// Matrices in MXFP8, quantised from FP32 by the vector cores along what a product contracts over
// (OCP MX 1.0, 6.3; docs/vector-numerics.md).
#pragma once

#include "chip.h"

enum { MX_BLOCK = 32 };  // elements of a scale

// Elements [rows][columns] and scales [rows][ceil(columns / 32)]; columns are contracted over.
struct mx_tensor {
    struct tensor elements;
    struct tensor scales;
    uint8_t format;  // ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_…
};

static inline uint32_t mx_blocks(uint32_t columns) {
    return (columns + MX_BLOCK - 1) / MX_BLOCK;
}

// As chip_tensor(), for up to so many rows and columns.
struct mx_tensor chip_mx_tensor(struct chip* chip, const char* name, uint32_t rows,
                                uint32_t columns);
// Its first columns as a matrix of that format.
struct mx_tensor mx_columns(const struct mx_tensor* tensor, uint32_t columns, uint8_t format);
struct mx_tensor mx_rows(const struct mx_tensor* tensor, uint32_t first, uint32_t rows);
// chip_part() of both.
struct mx_tensor chip_mx_part(struct chip* chip, const struct mx_tensor* tensor, uint32_t first,
                              uint32_t rows);

// to[r][c] = a[r][c] in to->format, blocks along the rows.
void record_quantise(struct chip* chip, const struct tensor* a, const struct mx_tensor* to);
// to[c][r] = a[r][c], blocks along the columns of a.
void record_quantise_columns(struct chip* chip, const struct tensor* a, const struct mx_tensor* to);
