// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

enum { LEAST_COLUMNS = 64, SPARE = 256 };  // bytes that beginnings of places may cost

// Columns that are taken together; of them, rows of a table and of what is taken from it or added
// to it that a slot holds at once.
struct cut {
    uint32_t columns;
    uint32_t table_rows;
    uint32_t rows;
};

// Few pieces of rows, as the table comes by once for each: so narrow ones.
static struct cut narrow_cut(const struct chip* chip, const struct tensor* table, uint32_t rows) {
    struct cut cut = {.columns = smaller(table->columns, LEAST_COLUMNS)};
    const uint32_t each = 4 * cut.columns;
    const uint32_t room = chip->slot_bytes - SPARE;
    cut.rows = smaller(rows, room / 4 * 3 / (each + 4));
    cut.table_rows = smaller(table->rows, (room - cut.rows * (each + 4)) / each);
    return cut;
}

// All of a table at once, if a slot holds it beside some rows.
static struct cut cut_of(const struct chip* chip, const struct tensor* table, uint32_t rows) {
    const uint64_t each = 4ull * table->columns;
    const uint64_t left = chip->slot_bytes / 2 - SPARE / 2;
    if (table->rows * each > left || left < each + 4) {
        return narrow_cut(chip, table, rows);
    }
    return (struct cut){table->columns, table->rows, smaller(rows, (uint32_t)(left / (each + 4)))};
}

static struct vector_operand indices_at(uint32_t place) {
    return (struct vector_operand){
        .address = place, .ld = 4, .format = INT32, .spread = ATHENA_DESCRIPTOR_SPREAD_COLUMN};
}

// The rows of `out`, from the table slice by slice.
static void gather_rows(struct chip* chip, uint32_t cluster, const struct tensor* table,
                        uint32_t slice, const struct tensor* indices, const struct tensor* out) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t ld = 4 * table->columns;
    const uint32_t index = slot_take(chip, &slot, out->rows, 4);
    const uint32_t to = slot_take(chip, &slot, out->rows, ld);
    const uint32_t from = slot_take(chip, &slot, slice, ld);
    slot_load(chip, &slot, indices, index);
    for (uint32_t first = 0; first < table->rows; first += slice) {
        const struct tensor part = tensor_rows(table, first, smaller(slice, table->rows - first));
        slot_load(chip, &slot, &part, from);
        struct vector_command command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_GATHER,
                                         .rows = out->rows,
                                         .columns = table->columns,
                                         .entries = part.rows,
                                         .offset = first,
                                         .a = {.address = from, .ld = ld},
                                         .b = indices_at(index),
                                         .out = {.address = to, .ld = ld}};
        slot_run(chip, &slot, &command);
    }
    slot_store(chip, &slot, out, to);
}

// Rows are spread over clusters, or columns where all rows go with each.
void record_gather(struct chip* chip, const struct tensor* table, const struct tensor* indices,
                   const struct tensor* out) {
    const struct cut cut = cut_of(chip, table, out->rows);
    const bool by_rows = cut.columns == table->columns;
    const uint32_t each = by_rows ? (out->rows + chip->count - 1) / chip->count : out->rows;
    const uint32_t step = smaller(cut.rows, each);
    uint32_t number = 0;
    for (uint32_t column = 0; column < table->columns; column += cut.columns) {
        const uint32_t width = smaller(cut.columns, table->columns - column);
        const struct tensor from = tensor_columns(table, column, width);
        for (uint32_t row = 0; row < out->rows; row += step) {
            const uint32_t rows = smaller(step, out->rows - row);
            const struct tensor some = tensor_rows(indices, row, rows);
            struct tensor to = tensor_rows(out, row, rows);
            to = tensor_columns(&to, column, width);
            gather_rows(chip, number++ % chip->count, &from, cut.table_rows, &some, &to);
        }
    }
}

// Rows of a table, some columns of them, and all of `x`: in one slot, as positions ascend.
static void scatter_piece(struct chip* chip, uint32_t cluster, const struct tensor* x,
                          const struct tensor* indices, const struct tensor* table, uint32_t first,
                          const struct cut* cut) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t ld = 4 * table->columns;
    const uint32_t index = slot_take(chip, &slot, cut->rows, 4);
    const uint32_t from = slot_take(chip, &slot, cut->rows, ld);
    const uint32_t to = slot_take(chip, &slot, cut->table_rows, ld);
    for (uint32_t row = 0; row < x->rows; row += cut->rows) {
        const struct tensor part = tensor_rows(x, row, smaller(cut->rows, x->rows - row));
        const struct tensor some = tensor_rows(indices, row, part.rows);
        slot_load(chip, &slot, &some, index);
        slot_load(chip, &slot, &part, from);
        for (uint32_t done = 0; done < table->rows; done += cut->table_rows) {
            const struct tensor slice =
                tensor_rows(table, done, smaller(cut->table_rows, table->rows - done));
            slot_load(chip, &slot, &slice, to);
            struct vector_command command = {
                .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_SCATTER_ADD,
                .rows = part.rows,
                .columns = table->columns,
                .entries = slice.rows,
                .offset = first + done,
                .a = {.address = from, .ld = ld},
                .b = indices_at(index),
                .out = {.address = to, .ld = ld}};
            slot_run(chip, &slot, &command);
            slot_store(chip, &slot, &slice, to);
        }
    }
}

void record_scatter_add(struct chip* chip, const struct tensor* x, const struct tensor* indices,
                        const struct tensor* table) {
    const struct cut cut = narrow_cut(chip, table, x->rows);
    // Each part of the table's rows takes all of x: as few as keep two cores of a cluster busy.
    const uint32_t pieces = (table->columns + cut.columns - 1) / cut.columns;
    const uint32_t parts = (2 * chip->count + pieces - 1) / pieces;
    const uint32_t step = (table->rows + parts - 1) / parts;
    uint32_t number = 0;
    for (uint32_t row = 0; row < table->rows; row += step) {
        const struct tensor rows = tensor_rows(table, row, smaller(step, table->rows - row));
        for (uint32_t column = 0; column < table->columns; column += cut.columns) {
            const uint32_t width = smaller(cut.columns, table->columns - column);
            const struct tensor from = tensor_columns(x, column, width);
            const struct tensor to = tensor_columns(&rows, column, width);
            scatter_piece(chip, number++ % chip->count, &from, indices, &to, row, &cut);
        }
    }
}
