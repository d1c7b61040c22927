// SPDX-License-Identifier: Apache-2.0
#include "sums.h"

enum {
    COLUMN_STEP = 64,
    SUM_BYTES = 128,  // a sum and the rounding of its neighbour
    SPARE = 256       // bytes that beginnings of places may cost
};

// Columns of which a slot holds `rows` rows and their sum; 0 fails the recording.
static uint32_t most_columns(struct chip* chip, uint32_t rows, const struct tensor* a) {
    const uint64_t each = (uint64_t)rows * element_bytes(a->format) + 4;
    const uint64_t most = (chip->slot_bytes - SPARE) / each / COLUMN_STEP * COLUMN_STEP;
    if (most == 0) {
        chip_fail_sram(chip, "a column sum", each * COLUMN_STEP + SPARE);
    }
    return most > a->columns ? a->columns : (uint32_t)most;
}

void slot_column_sums(struct chip* chip, const struct slot* slot, const struct tensor* a,
                      uint32_t from, uint32_t rows, uint32_t to) {
    const uint32_t ld = tensor_row_bytes(a);
    for (uint32_t first = 0; first < a->rows; first += rows) {
        struct vector_command command = {
            .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_COLUMN_SUM,
            .rows = smaller(rows, a->rows - first),
            .columns = a->columns,
            .a = {.address = from + first * ld, .ld = ld, .format = a->format},
            .out = {.address = to + first / rows * 4 * a->columns, .ld = 4 * a->columns}};
        slot_run(chip, slot, &command);
    }
}

// Sums of each `rows` rows of `a`, into rows of `out`.
static void record_part(struct chip* chip, uint32_t cluster, const struct tensor* a,
                        const struct tensor* out, uint32_t rows) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t in = slot_take(chip, &slot, a->rows, tensor_row_bytes(a));
    slot_load(chip, &slot, a, in);
    const uint32_t sums = slot_take(chip, &slot, out->rows, tensor_row_bytes(out));
    slot_column_sums(chip, &slot, a, in, rows, sums);
    slot_store(chip, &slot, out, sums);
}

static void record_partials_piece(struct chip* chip, uint32_t cluster, const struct tensor* a,
                                  const struct tensor* partials, uint32_t row, uint32_t rows,
                                  uint32_t column, uint32_t columns) {
    struct tensor in = tensor_rows(a, row, rows);
    struct tensor out = tensor_rows(partials, row / SUM_ROWS, column_partials(rows));
    in = tensor_columns(&in, column, columns);
    out = tensor_columns(&out, column, columns);
    record_part(chip, cluster, &in, &out, SUM_ROWS);
}

// Of fewer sums than clusters: columns are spread over these.
static void record_few_partials(struct chip* chip, const struct tensor* a,
                                const struct tensor* partials, uint32_t most) {
    const uint32_t each = (a->columns + chip->count * chip->cores - 1) /
                          (chip->count * chip->cores * COLUMN_STEP) * COLUMN_STEP;
    const uint32_t step = smaller(most, each < COLUMN_STEP ? COLUMN_STEP : each);
    uint32_t number = 0;
    for (uint32_t row = 0; row < a->rows; row += SUM_ROWS) {
        for (uint32_t column = 0; column < a->columns; column += step) {
            record_partials_piece(chip, number++ % chip->count, a, partials, row,
                                  smaller(SUM_ROWS, a->rows - row), column,
                                  smaller(step, a->columns - column));
        }
    }
}

void record_column_partials(struct chip* chip, const struct tensor* a,
                            const struct tensor* partials) {
    const uint32_t columns = most_columns(chip, smaller(SUM_ROWS, a->rows), a);
    if (columns == 0) {
        return;
    }
    if (column_partials(a->rows) < chip->count) {
        record_few_partials(chip, a, partials, columns);
        return;
    }
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, a->rows, SUM_ROWS);
        const uint32_t fit = (chip->slot_bytes - SPARE) / (SUM_ROWS + 1) / (columns * 4);
        const uint32_t step = (columns < a->columns || fit == 0 ? 1 : fit) * SUM_ROWS;
        for (uint32_t row = share.first; row < share.end; row += step) {
            for (uint32_t column = 0; column < a->columns; column += columns) {
                record_partials_piece(chip, cluster, a, partials, row,
                                      smaller(step, share.end - row), column,
                                      smaller(columns, a->columns - column));
            }
        }
    }
}

void record_column_totals(struct chip* chip, const struct tensor* partials,
                          const struct tensor* out) {
    const uint32_t most = most_columns(chip, partials->rows, partials);
    if (most == 0) {
        return;
    }
    // Columns are spread over clusters.
    const uint32_t each = ((partials->columns + chip->count - 1) / chip->count + COLUMN_STEP - 1) /
                          COLUMN_STEP * COLUMN_STEP;
    const uint32_t step = smaller(each, most);
    uint32_t number = 0;
    for (uint32_t column = 0; column < partials->columns; column += step) {
        const uint32_t width = smaller(step, partials->columns - column);
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
    const uint32_t place = slot_take(chip, &slot, 1, 4 * smaller(most, column->rows));
    for (uint32_t first = 0; first < column->rows; first += most) {
        const uint32_t count = smaller(most, column->rows - first);
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
