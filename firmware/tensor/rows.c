// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

// A command on fewer elements takes longer to start than to run.
enum { SLOT_LINE = 64, FEWEST_ELEMENTS = 16384 };

struct share share_of(const struct chip* chip, uint32_t number, uint32_t rows, uint32_t granule) {
    const uint32_t granules = (rows + granule - 1) / granule;
    const uint32_t each = (granules + chip->count - 1) / chip->count * granule;
    const uint32_t first = smaller(rows, number * each);
    return (struct share){first, smaller(rows, first + each)};
}

struct slot take_slot(struct chip* chip, uint32_t number) {
    struct chip_cluster* const at = &chip->cluster[chip->first + number];
    const uint32_t core_number = at->next_core;
    at->next_core = (core_number + 1) % chip->cores;
    struct chip_core* const core = &at->core[core_number];
    const uint32_t half = core->next;
    core->next ^= 1;
    return (struct slot){.cluster = at,
                         .core = (uint8_t)core_number,
                         .channel = (uint8_t)core->channel[half],
                         .sram = core->sram[half],
                         .buffer = &core->buffer[half]};
}

uint32_t slot_take(struct chip* chip, struct slot* slot, uint32_t rows, uint32_t row_bytes) {
    const uint64_t bytes = ((uint64_t)rows * row_bytes + SLOT_LINE - 1) / SLOT_LINE * SLOT_LINE;
    const uint32_t place = slot->sram + slot->used;
    if (slot->used + bytes > chip->slot_bytes) {
        chip_fail_sram(chip, "one row or table", slot->used + bytes);
        return place;
    }
    slot->used += (uint32_t)bytes;
    return place;
}

static struct copy_command copy_of(const struct slot* slot, const struct tensor* tensor) {
    return (struct copy_command){.channel = slot->channel,
                                 .log2_element = log2_element(tensor->format),
                                 .columns = tensor->columns,
                                 .rows = tensor->rows};
}

void slot_load(struct chip* chip, const struct slot* slot, const struct tensor* tensor,
               uint32_t place) {
    struct copy_command command = copy_of(slot, tensor);
    command.source = tensor->address;
    command.source_stride = (int64_t)tensor->ld;
    command.destination = slot->cluster->board.sram.address + place;
    command.destination_stride = tensor_row_bytes(tensor);
    const struct uses uses = {.reads = {chip_buffer(chip, tensor)}, .writes = {slot->buffer}};
    chip_copy(chip, slot->cluster, command, &uses);
}

void slot_store(struct chip* chip, const struct slot* slot, const struct tensor* tensor,
                uint32_t place) {
    struct copy_command command = copy_of(slot, tensor);
    command.source = slot->cluster->board.sram.address + place;
    command.source_stride = tensor_row_bytes(tensor);
    command.destination = tensor->address;
    command.destination_stride = (int64_t)tensor->ld;
    const struct uses uses = {.reads = {slot->buffer}, .writes = {chip_buffer(chip, tensor)}};
    chip_copy(chip, slot->cluster, command, &uses);
}

void slot_run(struct chip* chip, const struct slot* slot, struct vector_command* command) {
    command->core = slot->core;
    const struct uses uses = {.writes = {slot->buffer}};
    chip_append(chip, record_vector(&slot->cluster->recorder, command, &uses));
}

static bool is_by_row(const struct operand* operand) {
    return operand->kind == OPERAND_ROWS || operand->kind == OPERAND_COLUMN;
}

static bool is_in_memory(const struct operand* operand) {
    return operand->kind != OPERAND_NONE && operand->kind != OPERAND_IMMEDIATE;
}

// Rows that a slot holds.
static uint32_t most_rows(const struct chip* chip, const struct row_operation* operation) {
    uint64_t each = 0;
    uint64_t once = (ROWS_INPUTS + ROWS_OUTPUTS) * SLOT_LINE;  // where each begins
    for (uint32_t i = 0; i < ROWS_INPUTS; ++i) {
        const struct operand* const operand = &operation->in[i];
        if (is_in_memory(operand)) {
            *(is_by_row(operand) ? &each : &once) += tensor_row_bytes(&operand->tensor);
        }
    }
    for (uint32_t i = 0; i < ROWS_OUTPUTS; ++i) {
        if (operation->out[i] != NULL) {
            each += tensor_row_bytes(operation->out[i]);
        }
    }
    const uint64_t rows = once < chip->slot_bytes ? (chip->slot_bytes - once) / each : 0;
    return rows == 0 ? 1 : (uint32_t)smaller((uint32_t)rows, operation->rows);
}

static struct vector_operand load_input(struct chip* chip, struct slot* slot,
                                        const struct operand* operand, uint32_t first,
                                        uint32_t rows) {
    if (operand->kind == OPERAND_NONE) {
        return (struct vector_operand){0};
    }
    if (operand->kind == OPERAND_IMMEDIATE) {
        return (struct vector_operand){.address = operand->bits,
                                       .spread = ATHENA_DESCRIPTOR_SPREAD_IMMEDIATE};
    }
    const bool by_row = is_by_row(operand);
    const struct tensor part = tensor_rows(&operand->tensor, by_row ? first : 0, by_row ? rows : 1);
    const uint32_t ld = tensor_row_bytes(&part);
    const uint32_t place = slot_take(chip, slot, part.rows, tensor_row_bytes(&part));
    slot_load(chip, slot, &part, place);
    const bool column = operand->kind == OPERAND_COLUMN || operand->kind == OPERAND_ONE;
    return (struct vector_operand){
        .address = place,
        .ld = by_row ? ld : 0,
        .format = part.format,
        .spread = column ? ATHENA_DESCRIPTOR_SPREAD_COLUMN : ATHENA_DESCRIPTOR_SPREAD_MATRIX};
}

static bool is_random(const struct vector_command* command) {
    return command->operation == ATHENA_DESCRIPTOR_VECTOR_OPERATION_RANDOM_UNIFORM ||
           command->operation == ATHENA_DESCRIPTOR_VECTOR_OPERATION_RANDOM_NORMAL;
}

static void record_chunk(struct chip* chip, uint32_t cluster, const struct row_operation* operation,
                         uint32_t first, uint32_t rows) {
    struct slot slot = take_slot(chip, cluster);
    struct vector_command command = operation->command;
    struct vector_operand* const in[ROWS_INPUTS] = {&command.a, &command.b, &command.c, &command.d};
    struct vector_operand* const out[ROWS_OUTPUTS] = {&command.out, &command.out1, &command.out2};
    command.rows = rows;
    command.columns = operation->columns;
    if (is_random(&command)) {
        command.first += (uint64_t)first * operation->columns;
    }
    for (uint32_t i = 0; i < ROWS_INPUTS; ++i) {
        *in[i] = load_input(chip, &slot, &operation->in[i], first, rows);
    }
    struct tensor part[ROWS_OUTPUTS];
    for (uint32_t i = 0; i < ROWS_OUTPUTS; ++i) {
        if (operation->out[i] == NULL) {
            continue;
        }
        part[i] = tensor_rows(operation->out[i], first, rows);
        out[i]->ld = tensor_row_bytes(&part[i]);
        out[i]->address = slot_take(chip, &slot, rows, tensor_row_bytes(&part[i]));
        out[i]->format = part[i].format == BYTES ? 0 : part[i].format;
        if (operation->updates) {
            slot_load(chip, &slot, &part[i], out[i]->address);
        }
    }
    slot_run(chip, &slot, &command);
    for (uint32_t i = 0; i < ROWS_OUTPUTS; ++i) {
        if (operation->out[i] != NULL) {
            slot_store(chip, &slot, &part[i], out[i]->address);
        }
    }
}

void record_rows(struct chip* chip, const struct row_operation* operation) {
    const uint32_t most = most_rows(chip, operation);
    const uint32_t fewest = (FEWEST_ELEMENTS + operation->columns - 1) / operation->columns;
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, operation->rows, 1);
        // Each core has a part of a share, as far as its memory holds it, if it is worth a command.
        const uint32_t part = (share.end - share.first + chip->cores - 1) / chip->cores;
        const uint32_t step = smaller(most, part > fewest ? part : fewest);
        for (uint32_t row = share.first; row < share.end; row += step) {
            record_chunk(chip, cluster, operation, row, smaller(step, share.end - row));
        }
    }
}

void record_unary(struct chip* chip, uint8_t operation, const struct tensor* a,
                  const struct tensor* out) {
    record_rows(chip, &(struct row_operation){.command = {.operation = operation},
                                              .rows = a->rows,
                                              .columns = a->columns,
                                              .in = {rows_of(a)},
                                              .out = {out}});
}

void record_binary(struct chip* chip, uint8_t operation, const struct tensor* a,
                   const struct tensor* b, const struct tensor* out) {
    record_rows(chip, &(struct row_operation){.command = {.operation = operation},
                                              .rows = a->rows,
                                              .columns = a->columns,
                                              .in = {rows_of(a), rows_of(b)},
                                              .out = {out}});
}
