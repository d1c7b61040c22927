// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

// Rows of a table and of what is taken from it that a slot holds at once.
struct cut {
    uint32_t table_rows;
    uint32_t rows;
};

static struct cut cut_of(struct chip* chip, const struct tensor* table, uint32_t rows) {
    const uint32_t each = 4 * table->columns;
    const uint32_t half = chip->slot_bytes / 2 - 128;  // and where each begins
    const struct cut cut = {smaller(table->rows, half / each), smaller(rows, half / (each + 4))};
    if (cut.table_rows == 0 || cut.rows == 0) {
        chip_fail_sram(chip, "a row of a table", 2 * (each + 4 + 128));
        return (struct cut){table->rows, rows};
    }
    return cut;
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
    const uint32_t to = slot_take(chip, &slot, out->rows, 4 * table->columns);
    const uint32_t from = slot_take(chip, &slot, slice, 4 * table->columns);
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

void record_gather(struct chip* chip, const struct tensor* table, const struct tensor* indices,
                   const struct tensor* out) {
    const struct cut cut = cut_of(chip, table, out->rows);
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, out->rows, 1);
        for (uint32_t row = share.first; row < share.end; row += cut.rows) {
            const uint32_t rows = smaller(cut.rows, share.end - row);
            const struct tensor some = tensor_rows(indices, row, rows);
            const struct tensor to = tensor_rows(out, row, rows);
            gather_rows(chip, cluster, table, cut.table_rows, &some, &to);
        }
    }
}

static void scatter_slice(struct chip* chip, uint32_t cluster, const struct tensor* x,
                          uint32_t most_rows, const struct tensor* indices,
                          const struct tensor* slice, uint32_t first) {
    struct slot slot = take_slot(chip, cluster);
    const uint32_t ld = 4 * slice->columns;
    const uint32_t index = slot_take(chip, &slot, most_rows, 4);
    const uint32_t from = slot_take(chip, &slot, most_rows, 4 * slice->columns);
    const uint32_t to = slot_take(chip, &slot, slice->rows, 4 * slice->columns);
    slot_load(chip, &slot, slice, to);
    for (uint32_t row = 0; row < x->rows; row += most_rows) {
        const struct tensor part = tensor_rows(x, row, smaller(most_rows, x->rows - row));
        const struct tensor some = tensor_rows(indices, row, part.rows);
        slot_load(chip, &slot, &some, index);
        slot_load(chip, &slot, &part, from);
        struct vector_command command = {
            .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_SCATTER_ADD,
            .rows = part.rows,
            .columns = slice->columns,
            .entries = slice->rows,
            .offset = first,
            .a = {.address = from, .ld = ld},
            .b = indices_at(index),
            .out = {.address = to, .ld = ld}};
        slot_run(chip, &slot, &command);
    }
    slot_store(chip, &slot, slice, to);
}

void record_scatter_add(struct chip* chip, const struct tensor* x, const struct tensor* indices,
                        const struct tensor* table) {
    const struct cut cut = cut_of(chip, table, x->rows);
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, table->rows, 1);
        for (uint32_t row = share.first; row < share.end; row += cut.table_rows) {
            const struct tensor slice =
                tensor_rows(table, row, smaller(cut.table_rows, share.end - row));
            scatter_slice(chip, cluster, x, cut.rows, indices, &slice, row);
        }
    }
}
