// SPDX-License-Identifier: Apache-2.0
#include "fused.h"

#include "sums.h"

// Bytes that beginnings of places may cost; a command on fewer elements takes longer to start than
// to run.
enum { SPARE = 1024, FEWEST_ELEMENTS = 16384, LEAST_COLUMNS = 64 };

static struct vector_operand at(uint32_t place, const struct tensor* like, uint8_t format) {
    return (struct vector_operand){
        .address = place, .ld = like->columns * element_bytes(format), .format = format};
}

static struct vector_operand one_row_at(uint32_t place) {
    return (struct vector_operand){.address = place};
}

static bool fits(const struct chip* chip, uint64_t row_bytes, uint32_t once, uint32_t rows) {
    return once + SPARE + row_bytes * rows <= chip->slot_bytes;
}

// Rows that a slot takes at `row_bytes` each, a multiple of `granule`.
static uint32_t chunk_rows(struct chip* chip, uint32_t row_bytes, uint32_t once, uint32_t granule) {
    const uint32_t fixed = once + SPARE;
    const uint32_t rows =
        fixed < chip->slot_bytes ? (chip->slot_bytes - fixed) / row_bytes / granule * granule : 0;
    if (rows == 0) {
        chip_fail_sram(chip, granule == 1 ? "a row" : "a piece of 64 rows",
                       fixed + (uint64_t)granule * row_bytes);
        return granule;
    }
    return rows;
}

// Calls `record` for chunks of `most` rows at most and multiples of `granule`, spread over the
// cores of the clusters in use.
static void for_chunks(struct chip* chip, uint32_t rows, uint32_t most, uint32_t granule,
                       const void* what,
                       void (*record)(struct chip* chip, struct slot* slot, const void* what,
                                      uint32_t first, uint32_t rows)) {
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, rows, granule);
        const uint32_t part = (share.end - share.first + chip->cores * granule - 1) /
                              (chip->cores * granule) * granule;
        const uint32_t step = smaller(most, part);
        for (uint32_t row = share.first; row < share.end; row += step) {
            struct slot slot = take_slot(chip, cluster);
            record(chip, &slot, what, row, smaller(step, share.end - row));
        }
    }
}

static void run(struct chip* chip, const struct slot* slot, uint8_t operation,
                const struct tensor* like, struct vector_command command) {
    command.operation = operation;
    command.rows = like->rows;
    command.columns = like->columns;
    slot_run(chip, slot, &command);
}

static struct tensor sums_part(const struct tensor* sums, uint32_t first, uint32_t rows) {
    return tensor_rows(sums, first / SUM_ROWS, column_partials(rows));
}

static uint32_t take_row(struct chip* chip, struct slot* slot, const struct tensor* row) {
    const uint32_t place = slot_take(chip, slot, 1, tensor_row_bytes(row));
    slot_load(chip, slot, row, place);
    return place;
}

static void residual_norm_chunk(struct chip* chip, struct slot* slot, const void* what,
                                uint32_t first, uint32_t rows) {
    const struct residual_norm* const norm = what;
    const struct tensor y = tensor_rows(norm->y, first, rows);
    const struct tensor x = tensor_rows(norm->x, first, rows);
    const uint32_t a = slot_take(chip, slot, rows, tensor_row_bytes(&y));
    const uint32_t b = slot_take(chip, slot, rows, tensor_row_bytes(&x));
    const uint32_t statistics = slot_take(chip, slot, rows, 8);
    const uint32_t weight = take_row(chip, slot, norm->weight);
    const uint32_t bias = take_row(chip, slot, norm->bias);
    slot_load(chip, slot, &y, a);
    slot_load(chip, slot, &x, b);
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADD, &x,
        (struct vector_command){
            .a = at(a, &x, FP32), .b = at(b, &x, FP32), .out = at(b, &x, FP32)});
    const struct tensor r = tensor_rows(norm->r, first, rows);
    slot_store(chip, slot, &r, b);
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_LAYER_NORM, &x,
        (struct vector_command){.scale = fp_bits(kNormEpsilon),
                                .a = at(b, &x, FP32),
                                .b = one_row_at(weight),
                                .c = one_row_at(bias),
                                .out = at(a, &x, norm->out->format),
                                .out1 = {.address = statistics, .ld = 8}});
    const struct tensor out = tensor_rows(norm->out, first, rows);
    const struct tensor pairs = tensor_rows(norm->statistics, first, rows);
    slot_store(chip, slot, &out, a);
    slot_store(chip, slot, &pairs, statistics);
}

void record_residual_norm(struct chip* chip, const struct residual_norm* norm) {
    const uint32_t row = tensor_row_bytes(norm->x);
    const uint32_t granule = 1 + (FEWEST_ELEMENTS - 1) / norm->x->columns;
    const uint32_t most = chunk_rows(chip, 2 * row + 8, 2 * row, 1);
    for_chunks(chip, norm->x->rows, most, smaller(granule, most), norm, residual_norm_chunk);
}

static void run_norm_backward(struct chip* chip, const struct slot* slot, const struct tensor* x,
                              uint32_t a, uint32_t b, uint32_t weight, uint32_t statistics) {
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_LAYER_NORM_BACKWARD, x,
        (struct vector_command){.a = at(a, x, FP32),
                                .b = at(b, x, FP32),
                                .c = one_row_at(weight),
                                .d = {.address = statistics, .ld = 8},
                                .out = at(b, x, FP32),
                                .out1 = at(a, x, FP32)});
}

// Place b = dr + dx, by place a, where it is to be added; stored.
static void finish_dx(struct chip* chip, const struct slot* slot, const struct norm_backward* norm,
                      const struct tensor* dx, uint32_t a, uint32_t b) {
    if (norm->adds) {
        slot_load(chip, slot, dx, a);
        run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADD, dx,
            (struct vector_command){
                .a = at(b, dx, FP32), .b = at(a, dx, FP32), .out = at(b, dx, FP32)});
    }
    slot_store(chip, slot, dx, b);
}

static void store_half(struct chip* chip, const struct slot* slot, const struct tensor* half,
                       const struct tensor* dx, uint32_t a, uint32_t b) {
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, dx,
        (struct vector_command){.a = at(b, dx, FP32), .out = at(a, dx, half->format)});
    slot_store(chip, slot, half, a);
}

// Place a holds dy, then dn, then dx; place b holds x, then dr, then the new dx.
static void norm_backward_chunk(struct chip* chip, struct slot* slot, const void* what,
                                uint32_t first, uint32_t rows) {
    const struct norm_backward* const norm = what;
    const struct tensor dy = tensor_rows(norm->dy, first, rows);
    const struct tensor x = tensor_rows(norm->x, first, rows);
    const struct tensor dx = tensor_rows(norm->dx, first, rows);
    const struct tensor pairs = tensor_rows(norm->statistics, first, rows);
    const struct tensor sums[] = {sums_part(norm->sums_weight, first, rows),
                                  sums_part(norm->sums_bias, first, rows)};
    const uint32_t a = slot_take(chip, slot, rows, tensor_row_bytes(&x));
    const uint32_t b = slot_take(chip, slot, rows, tensor_row_bytes(&x));
    const uint32_t statistics = slot_take(chip, slot, rows, 8);
    const uint32_t weight = take_row(chip, slot, norm->weight);
    const uint32_t sum = slot_take(chip, slot, sums[0].rows, tensor_row_bytes(&x));
    slot_load(chip, slot, &dy, a);
    slot_load(chip, slot, &x, b);
    slot_load(chip, slot, &pairs, statistics);
    slot_column_sums(chip, slot, &x, a, SUM_ROWS, sum);
    slot_store(chip, slot, &sums[1], sum);
    run_norm_backward(chip, slot, &x, a, b, weight, statistics);
    slot_column_sums(chip, slot, &x, a, SUM_ROWS, sum);
    slot_store(chip, slot, &sums[0], sum);
    finish_dx(chip, slot, norm, &dx, a, b);
    if (norm->half != NULL) {
        const struct tensor half = tensor_rows(norm->half, first, rows);
        const struct tensor to = sums_part(norm->sums_dx, first, rows);
        store_half(chip, slot, &half, &x, a, b);
        slot_column_sums(chip, slot, &x, b, SUM_ROWS, sum);
        slot_store(chip, slot, &to, sum);
    }
}

// Likewise of rows of which a slot does not hold 64: dn takes the place of dy, and sums are apart.
static void wide_norm_backward_chunk(struct chip* chip, struct slot* slot, const void* what,
                                     uint32_t first, uint32_t rows) {
    const struct norm_backward* const norm = what;
    const struct tensor dy = tensor_rows(norm->dy, first, rows);
    const struct tensor x = tensor_rows(norm->x, first, rows);
    const struct tensor dx = tensor_rows(norm->dx, first, rows);
    const struct tensor pairs = tensor_rows(norm->statistics, first, rows);
    const uint32_t a = slot_take(chip, slot, rows, tensor_row_bytes(&x));
    const uint32_t b = slot_take(chip, slot, rows, tensor_row_bytes(&x));
    const uint32_t statistics = slot_take(chip, slot, rows, 8);
    const uint32_t weight = take_row(chip, slot, norm->weight);
    slot_load(chip, slot, &dy, a);
    slot_load(chip, slot, &x, b);
    slot_load(chip, slot, &pairs, statistics);
    run_norm_backward(chip, slot, &x, a, b, weight, statistics);
    slot_store(chip, slot, &dy, a);
    finish_dx(chip, slot, norm, &dx, a, b);
    if (norm->half != NULL) {
        const struct tensor half = tensor_rows(norm->half, first, rows);
        store_half(chip, slot, &half, &x, a, b);
    }
}

static void record_wide_norm_backward(struct chip* chip, const struct norm_backward* norm) {
    const uint32_t row = tensor_row_bytes(norm->x);
    record_column_partials(chip, norm->dy, norm->sums_bias);
    chip_barrier(chip);
    for_chunks(chip, norm->x->rows, chunk_rows(chip, 2 * row + 8, row, 1), 1, norm,
               wide_norm_backward_chunk);
    chip_barrier(chip);
    record_column_partials(chip, norm->dy, norm->sums_weight);
    if (norm->half != NULL) {
        record_column_partials(chip, norm->dx, norm->sums_dx);
    }
}

void record_norm_backward(struct chip* chip, const struct norm_backward* norm) {
    const uint32_t row = tensor_row_bytes(norm->x);
    const uint32_t with_sums = 2 * row + 8 + (row + SUM_ROWS - 1) / SUM_ROWS;
    if (!fits(chip, with_sums, 2 * row, SUM_ROWS)) {
        record_wide_norm_backward(chip, norm);
        return;
    }
    for_chunks(chip, norm->x->rows, chunk_rows(chip, with_sums, 2 * row, SUM_ROWS), SUM_ROWS, norm,
               norm_backward_chunk);
}

static void adamw_chunk(struct chip* chip, struct slot* slot, const void* what, uint32_t first,
                        uint32_t rows) {
    const struct adamw* const adamw = what;
    const struct tensor gradient = tensor_rows(adamw->gradient, first, rows);
    const struct tensor out[] = {tensor_rows(adamw->value, first, rows),
                                 tensor_rows(adamw->m, first, rows),
                                 tensor_rows(adamw->v, first, rows)};
    const struct tensor half = tensor_rows(adamw->half, first, rows);
    const uint32_t factors = take_row(chip, slot, adamw->factors);
    const uint32_t clip = take_row(chip, slot, adamw->clip);
    const uint32_t row = tensor_row_bytes(&gradient);
    const uint32_t a = slot_take(chip, slot, rows, row);
    uint32_t place[3];
    slot_load(chip, slot, &gradient, a);
    for (uint32_t i = 0; i < 3; ++i) {
        place[i] = slot_take(chip, slot, rows, row);
        slot_load(chip, slot, &out[i], place[i]);
    }
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADAM_W, &gradient,
        (struct vector_command){.a = at(a, &gradient, FP32),
                                .b = one_row_at(factors),
                                .c = {.address = clip, .spread = ATHENA_DESCRIPTOR_SPREAD_COLUMN},
                                .out = at(place[0], &gradient, FP32),
                                .out1 = at(place[1], &gradient, FP32),
                                .out2 = at(place[2], &gradient, FP32)});
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &gradient,
        (struct vector_command){.a = at(place[0], &gradient, FP32),
                                .out = at(a, &gradient, half.format)});
    for (uint32_t i = 0; i < 3; ++i) {
        slot_store(chip, slot, &out[i], place[i]);
    }
    slot_store(chip, slot, &half, a);
}

void record_adamw(struct chip* chip, const struct adamw* adamw) {
    const uint32_t row = tensor_row_bytes(adamw->gradient);
    for_chunks(chip, adamw->gradient->rows, chunk_rows(chip, 4 * row, 0, 1), 1, adamw, adamw_chunk);
}

struct cast_and_sums {
    const struct tensor *a, *u, *half, *sums;
};

static void cast_chunk(struct chip* chip, struct slot* slot, const void* what, uint32_t first,
                       uint32_t rows) {
    const struct cast_and_sums* const cast = what;
    const struct tensor in = tensor_rows(cast->a, first, rows);
    const struct tensor half = tensor_rows(cast->half, first, rows);
    const struct tensor sums = sums_part(cast->sums, first, rows);
    const uint32_t a = slot_take(chip, slot, rows, tensor_row_bytes(&in));
    const uint32_t b = slot_take(chip, slot, rows, tensor_row_bytes(&in));
    const uint32_t sum = slot_take(chip, slot, sums.rows, tensor_row_bytes(&in));
    slot_load(chip, slot, &in, a);
    if (cast->u != NULL) {
        const struct tensor u = tensor_rows(cast->u, first, rows);
        slot_load(chip, slot, &u, b);
        run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_GELU_BACKWARD, &in,
            (struct vector_command){
                .a = at(a, &in, FP32), .b = at(b, &in, FP32), .out = at(a, &in, FP32)});
    }
    run(chip, slot, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &in,
        (struct vector_command){.a = at(a, &in, FP32), .out = at(b, &in, half.format)});
    slot_store(chip, slot, &half, b);
    slot_column_sums(chip, slot, &in, a, SUM_ROWS, sum);
    slot_store(chip, slot, &sums, sum);
}

void record_cast_and_sums(struct chip* chip, const struct tensor* a, const struct tensor* u,
                          const struct tensor* half, const struct tensor* sums) {
    // Columns of which a slot holds 64 rows.
    const uint32_t row_bytes = 9;  // of an element in two places, and of its sum
    const uint32_t most = (chip->slot_bytes - SPARE) / (row_bytes * SUM_ROWS) / 16 * 16;
    if (most == 0) {
        chip_fail_sram(chip, "a piece of 64 rows", row_bytes * SUM_ROWS * 16 + SPARE);
        return;
    }
    // Fewer pieces of 64 rows than cores: columns are cut for these.
    const uint32_t pieces = (column_partials(a->rows) + chip->count - 1) / chip->count;
    const uint32_t parts = pieces < chip->cores ? chip->cores / pieces : 1;
    const uint32_t part = ((a->columns - 1) / parts / LEAST_COLUMNS + 1) * LEAST_COLUMNS;
    const uint32_t step = smaller(most, part);
    for (uint32_t column = 0; column < a->columns; column += step) {
        const uint32_t width = smaller(step, a->columns - column);
        const struct tensor in = tensor_columns(a, column, width);
        const struct tensor other = u == NULL ? in : tensor_columns(u, column, width);
        const struct tensor to = tensor_columns(half, column, width);
        const struct tensor to_sums = tensor_columns(sums, column, width);
        const struct cast_and_sums cast = {&in, u == NULL ? NULL : &other, &to, &to_sums};
        for_chunks(chip, a->rows, chunk_rows(chip, row_bytes * width, 0, SUM_ROWS), SUM_ROWS, &cast,
                   cast_chunk);
    }
}
