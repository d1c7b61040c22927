// SPDX-License-Identifier: Apache-2.0
// Vector operations on tensors: cut by rows over clusters, vector cores and what SRAM holds. The
// results do not depend on the cut, because each row is its own (docs/vector-numerics.md).
#pragma once

#include "chip.h"
#include "fpmath.h"

// How a tensor takes part.
enum operand_kind {
    OPERAND_NONE,
    OPERAND_ROWS,       // its row r belongs to row r of the operation
    OPERAND_ONE_ROW,    // its first row is every row
    OPERAND_COLUMN,     // element r of a column is every element of row r
    OPERAND_ONE,        // its first element is every element
    OPERAND_IMMEDIATE,  // `bits` is every element, FP32
};

struct operand {
    enum operand_kind kind;
    struct tensor tensor;
    uint32_t bits;
};

static inline struct operand rows_of(const struct tensor* tensor) {
    return (struct operand){.kind = OPERAND_ROWS, .tensor = *tensor};
}
static inline struct operand one_row(const struct tensor* tensor) {
    return (struct operand){.kind = OPERAND_ONE_ROW, .tensor = *tensor};
}
static inline struct operand column_of(const struct tensor* tensor) {
    return (struct operand){.kind = OPERAND_COLUMN, .tensor = *tensor};
}
static inline struct operand one_element(const struct tensor* tensor) {
    return (struct operand){.kind = OPERAND_ONE, .tensor = *tensor};
}
static inline struct operand immediate(float value) {
    return (struct operand){.kind = OPERAND_IMMEDIATE, .bits = fp_bits(value)};
}

enum { ROWS_INPUTS = 4, ROWS_OUTPUTS = 3 };

// Operation `command.operation` with its scale and the like; operands are filled in. Results of
// which the operation takes the old values too are `updates`.
struct row_operation {
    struct vector_command command;
    uint32_t rows;
    uint32_t columns;
    struct operand in[ROWS_INPUTS];          // a, b, c, d
    const struct tensor* out[ROWS_OUTPUTS];  // out, out1, out2: OPERAND_ROWS; NULL: none
    bool updates;
};

void record_rows(struct chip* chip, const struct row_operation* operation);

// Shorthands: out = operation(a), out = operation(a, b), of whole tensors.
void record_unary(struct chip* chip, uint8_t operation, const struct tensor* a,
                  const struct tensor* out);
void record_binary(struct chip* chip, uint8_t operation, const struct tensor* a,
                   const struct tensor* b, const struct tensor* out);

// For operations of other shapes: a half of a core of a cluster, and copies between it and HBM.
struct slot {
    struct chip_cluster* cluster;
    uint8_t core;
    uint8_t channel;
    uint32_t sram;  // offset
    uint32_t used;  // bytes taken so far
    struct buffer* buffer;
};
// Of cluster chip->first + `number`.
struct slot take_slot(struct chip* chip, uint32_t number);
// Place for `rows` rows of so many bytes, one behind the other; fails the recording beyond the
// slot's end.
uint32_t slot_take(struct chip* chip, struct slot* slot, uint32_t rows, uint32_t row_bytes);
// Copies a tensor to a place of the slot, its rows one behind the other, and back.
void slot_load(struct chip* chip, const struct slot* slot, const struct tensor* tensor,
               uint32_t place);
void slot_store(struct chip* chip, const struct slot* slot, const struct tensor* tensor,
                uint32_t place);
void slot_run(struct chip* chip, const struct slot* slot, struct vector_command* command);

// Rows [first, end) of `rows` that cluster chip->first + `number` takes of chip->count, multiples
// of `granule` each.
struct share {
    uint32_t first;
    uint32_t end;
};
struct share share_of(const struct chip* chip, uint32_t number, uint32_t rows, uint32_t granule);
