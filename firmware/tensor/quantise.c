// SPDX-License-Identifier: Apache-2.0
#include "quantise.h"

#include "rows.h"

// Columns of a piece: rows of bytes that HBM reads well. Rows: such that it writes well. Bytes that
// beginnings of places may cost.
enum { COLUMNS = 64, FEW_COLUMNS = 16, FEW_ROWS = 128, SPARE = 256 };

struct mx_tensor chip_mx_tensor(struct chip* chip, const char* name, uint32_t rows,
                                uint32_t columns) {
    return (struct mx_tensor){
        .elements = chip_tensor(chip, name, rows, columns, BYTES),
        .scales = chip_tensor(chip, name, rows, mx_blocks(columns), BYTES),
        .format = ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_E4M3,
    };
}

struct mx_tensor mx_columns(const struct mx_tensor* tensor, uint32_t columns, uint8_t format) {
    return (struct mx_tensor){
        .elements = tensor_columns(&tensor->elements, 0, columns),
        .scales = tensor_columns(&tensor->scales, 0, mx_blocks(columns)),
        .format = format,
    };
}

struct mx_tensor mx_rows(const struct mx_tensor* tensor, uint32_t first, uint32_t rows) {
    return (struct mx_tensor){
        .elements = tensor_rows(&tensor->elements, first, rows),
        .scales = tensor_rows(&tensor->scales, first, rows),
        .format = tensor->format,
    };
}

struct mx_tensor chip_mx_part(struct chip* chip, const struct mx_tensor* tensor, uint32_t first,
                              uint32_t rows) {
    return (struct mx_tensor){
        .elements = chip_part(chip, &tensor->elements, first, rows),
        .scales = chip_part(chip, &tensor->scales, first, rows),
        .format = tensor->format,
    };
}

void record_quantise(struct chip* chip, const struct tensor* a, const struct mx_tensor* to) {
    record_rows(chip, &(struct row_operation){
                          .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_QUANTISE,
                                      .mx_format = to->format},
                          .rows = a->rows,
                          .columns = a->columns,
                          .in = {rows_of(a)},
                          .out = {&to->elements, &to->scales}});
}

// `a` is what a slot holds; its row 0 begins a block of `to`.
static void record_piece(struct chip* chip, uint32_t cluster, const struct tensor* a,
                         const struct mx_tensor* to) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t from = slot_take(chip, &slot, a->rows, tensor_row_bytes(a));
    const uint32_t elements = slot_take(chip, &slot, a->columns, a->rows);
    const uint32_t scales = slot_take(chip, &slot, a->columns, mx_blocks(a->rows));
    slot_load(chip, &slot, a, from);
    struct vector_command command = {
        .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_QUANTISE_COLUMNS,
        .mx_format = to->format,
        .rows = a->rows,
        .columns = a->columns,
        .a = {.address = from, .ld = tensor_row_bytes(a)},
        .out = {.address = elements, .ld = a->rows},
        .out1 = {.address = scales, .ld = mx_blocks(a->rows)}};
    slot_run(chip, &slot, &command);
    slot_store(chip, &slot, &to->elements, elements);
    slot_store(chip, &slot, &to->scales, scales);
}

struct piece {
    uint32_t rows, columns;
};

static uint32_t half_of(uint32_t rows) {
    return (rows / 2 + MX_BLOCK - 1) / MX_BLOCK * MX_BLOCK;
}

static uint32_t count_pieces(const struct tensor* a, struct piece piece) {
    return ((a->rows + piece.rows - 1) / piece.rows) *
           ((a->columns + piece.columns - 1) / piece.columns);
}

// Whole blocks of rows that a slot holds, and so that each core has a piece, if there are so many.
// No columns fail the recording.
static struct piece piece_of(struct chip* chip, const struct tensor* a) {
    const uint32_t bytes = 4 + 1 + 1;  // of an element, its code and, roundly, its scale
    const uint32_t elements = (chip->slot_bytes - SPARE) / bytes;
    const uint32_t wanted = chip->count * chip->cores;
    struct piece piece = {a->rows, smaller(COLUMNS, a->columns)};
    while (piece.rows > MX_BLOCK && (piece.rows * piece.columns > elements ||
                                     (piece.rows > FEW_ROWS && count_pieces(a, piece) < wanted))) {
        piece.rows = half_of(piece.rows);
    }
    if (count_pieces(a, piece) < wanted) {
        piece.columns = smaller(FEW_COLUMNS, piece.columns);
    }
    piece.columns = smaller(piece.columns, elements / piece.rows);
    if (piece.columns == 0) {
        chip_fail_sram(chip, "a block of MX", (uint64_t)bytes * piece.rows + SPARE);
    }
    return piece;
}

void record_quantise_columns(struct chip* chip, const struct tensor* a,
                             const struct mx_tensor* to) {
    const struct piece piece = piece_of(chip, a);
    if (piece.columns == 0) {
        return;
    }
    uint32_t number = 0;
    for (uint32_t column = 0; column < a->columns; column += piece.columns) {
        const uint32_t columns = smaller(piece.columns, a->columns - column);
        const struct tensor from = tensor_columns(a, column, columns);
        const struct mx_tensor rows = mx_rows(to, column, columns);
        for (uint32_t row = 0; row < a->rows; row += piece.rows) {
            const uint32_t count = smaller(piece.rows, a->rows - row);
            const struct tensor part = tensor_rows(&from, row, count);
            const struct mx_tensor part_to = {
                .elements = tensor_columns(&rows.elements, row, count),
                .scales = tensor_columns(&rows.scales, row / MX_BLOCK, mx_blocks(count)),
                .format = to->format};
            record_piece(chip, number++ % chip->count, &part, &part_to);
        }
    }
}
