// SPDX-License-Identifier: Apache-2.0
#include "sums.h"

enum {
    CHUNK = 64,      // rows, numerics::kColumnSumRows
    SUM_BYTES = 128  // a sum and the rounding of its neighbour
};

uint32_t column_partials(uint32_t rows) {
    return (rows + CHUNK - 1) / CHUNK;
}

// Columns of which a slot holds `rows` rows and `sums` sums.
static uint32_t most_columns(const struct chip* chip, uint32_t rows, uint32_t sums,
                             const struct tensor* a) {
    const uint64_t most = (chip->slot_bytes - 256) /
                          ((uint64_t)rows * element_bytes(a->format) + 4ull * sums) / CHUNK * CHUNK;
    return most > a->columns ? a->columns : (uint32_t)most;
}

// Sums of chunks of `a`, `rows` of them, into rows of `out`.
static void record_part(struct chip* chip, uint32_t cluster, const struct tensor* a,
                        const struct tensor* out, uint32_t chunk_rows) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t in_bytes = a->columns * element_bytes(a->format);
    const uint32_t in = slot_take(chip, &slot, a->rows, in_bytes);
    slot_load(chip, &slot, a, in);
    const uint32_t sums = slot_take(chip, &slot, out->rows, 4 * a->columns);
    for (uint32_t i = 0; i < out->rows; ++i) {
        const uint32_t first = i * chunk_rows;
        struct vector_command command = {
            .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_COLUMN_SUM,
            .rows = a->rows - first < chunk_rows ? a->rows - first : chunk_rows,
            .columns = a->columns,
            .a = {.address = in + first * in_bytes, .ld = in_bytes, .format = a->format},
            .out = {.address = sums + i * 4 * a->columns, .ld = 4 * a->columns}};
        slot_run(chip, &slot, &command);
    }
    slot_store(chip, &slot, out, sums);
}

void record_column_partials(struct chip* chip, const struct tensor* a,
                            const struct tensor* partials) {
    const uint32_t columns = most_columns(chip, CHUNK, 1, a);
    if (columns == 0) {
        chip_fail(chip, RESULT_NO_MEMORY, "shared SRAM is too small for a column sum");
        return;
    }
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, a->rows, CHUNK);
        const uint32_t fit = (chip->slot_bytes - 256) / (CHUNK + 1) / (columns * 4);
        const uint32_t step = (columns < a->columns || fit == 0 ? 1 : fit) * CHUNK;
        for (uint32_t row = share.first; row < share.end; row += step) {
            const uint32_t rows = share.end - row < step ? share.end - row : step;
            for (uint32_t column = 0; column < a->columns; column += columns) {
                const uint32_t width =
                    a->columns - column < columns ? a->columns - column : columns;
                struct tensor in = tensor_rows(a, row, rows);
                struct tensor out = tensor_rows(partials, row / CHUNK, column_partials(rows));
                in = tensor_columns(&in, column, width);
                out = tensor_columns(&out, column, width);
                record_part(chip, cluster, &in, &out, CHUNK);
            }
        }
    }
}

void record_column_totals(struct chip* chip, const struct tensor* partials,
                          const struct tensor* out) {
    const uint32_t most = most_columns(chip, partials->rows, 1, partials);
    if (most == 0) {
        chip_fail(chip, RESULT_NO_MEMORY, "shared SRAM is too small for a column sum");
        return;
    }
    // Columns are spread over clusters.
    const uint32_t each =
        ((partials->columns + chip->count - 1) / chip->count + CHUNK - 1) / CHUNK * CHUNK;
    const uint32_t step = each < most ? each : most;
    uint32_t number = 0;
    for (uint32_t column = 0; column < partials->columns; column += step) {
        const uint32_t width =
            partials->columns - column < step ? partials->columns - column : step;
        const struct tensor in = tensor_columns(partials, column, width);
        const struct tensor to = tensor_columns(out, column, width);
        record_part(chip, number++ % chip->count, &in, &to, partials->rows);
    }
}

void record_ordered_sum(struct chip* chip, const struct tensor* column, const struct tensor* out) {
    // A column of one element a row lies as one row, which copies at once.
    const uint32_t most = (chip->slot_bytes - SUM_BYTES) / 4;
    struct slot slot = take_slot(chip, 0);
    const uint32_t sum = slot_take(chip, &slot, 1, 4);
    const uint32_t place =
        slot_take(chip, &slot, 1, 4 * (most < column->rows ? most : column->rows));
    for (uint32_t first = 0; first < column->rows; first += most) {
        const uint32_t count = column->rows - first < most ? column->rows - first : most;
        struct tensor part = *column;
        part.address += 4ull * first;
        part.rows = 1;
        part.columns = count;
        part.ld = 4ull * count;
        slot_load(chip, &slot, &part, place);
        struct vector_command command = {
            .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_ORDERED_SUM,
            .accumulate = first != 0,
            .rows = 1,
            .columns = count,
            .a = {.address = place, .ld = 4 * count},
            .out = {.address = sum, .ld = 4}};
        slot_run(chip, &slot, &command);
    }
    slot_store(chip, &slot, out, sum);
}
