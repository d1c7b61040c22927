// SPDX-License-Identifier: Apache-2.0
#include "attention.h"

enum { SPARE = 256 };  // bytes that beginnings of places may cost in a slot

// A group of heads of one sequence, on one tile and one core. L1: q, k, v and the gradient of o in
// the places of operands; scores and results in those of results.
struct job {
    const struct attention* attention;
    struct chip_tile* tile;
    uint32_t tile_number;
    struct slot slot;
    uint32_t sequence;
    uint32_t head;    // the first
    uint32_t heads;   // of the group
    uint32_t half;    // of L1, the first
    uint32_t halves;  // 1, or both where one is too small for a head
};

// Buffers of one place: one, or two where the job has both halves.
struct place {
    struct buffer* buffer[CHIP_HALVES];
};

static struct place operands(const struct job* job) {
    struct buffer* const at = job->tile->operands;
    return job->halves == 1 ? (struct place){{&at[job->half]}} : (struct place){{&at[0], &at[1]}};
}
static struct place results(const struct job* job) {
    struct buffer* const at = job->tile->results;
    return job->halves == 1 ? (struct place){{&at[job->half]}} : (struct place){{&at[0], &at[1]}};
}

static struct uses uses_of(struct place from, struct place to) {
    return (struct uses){.reads = {from.buffer[0], from.buffer[1]},
                         .writes = {to.buffer[0], to.buffer[1]}};
}

static void copy(struct chip* chip, const struct job* job, struct copy_command command,
                 struct place from, struct place to) {
    command.channel = (uint8_t)job->tile->channel;
    const struct uses uses = uses_of(from, to);
    chip_copy(chip, job->slot.cluster, command, &uses);
}

// The group's columns of a part (0 q, 1 k, 2 v) of rows of three parts, or of one.
static struct tensor columns_of(const struct job* job, const struct tensor* tensor, uint32_t part) {
    const struct attention* const attention = job->attention;
    const struct tensor rows =
        tensor_rows(tensor, job->sequence * attention->length, attention->length);
    return tensor_columns(&rows, (part * attention->heads + job->head) * attention->width,
                          job->heads * attention->width);
}

static void load(struct chip* chip, const struct job* job, const struct tensor* tensor,
                 uint32_t offset, uint32_t ld) {
    copy(chip, job,
         (struct copy_command){.log2_element = log2_element(tensor->format),
                               .source = tensor->address,
                               .source_stride = (int64_t)tensor->ld,
                               .destination = job->tile->l1 + offset,
                               .destination_stride = ld,
                               .columns = tensor->columns,
                               .rows = tensor->rows},
         (struct place){{chip_buffer(chip, tensor)}}, operands(job));
}

static void store(struct chip* chip, const struct job* job, const struct tensor* tensor,
                  uint32_t offset, uint32_t ld) {
    copy(chip, job,
         (struct copy_command){.log2_element = log2_element(tensor->format),
                               .source = job->tile->l1 + offset,
                               .source_stride = ld,
                               .destination = tensor->address,
                               .destination_stride = (int64_t)tensor->ld,
                               .columns = tensor->columns,
                               .rows = tensor->rows},
         results(job), (struct place){{chip_buffer(chip, tensor)}});
}

static uint32_t square_elements(const struct job* job) {
    return job->heads * job->attention->length * job->attention->length;
}

// Scores from L1 to the slot, and probabilities or the scores' gradients back.
static void to_slot(struct chip* chip, const struct job* job, uint32_t offset, uint32_t place) {
    copy(chip, job,
         (struct copy_command){.log2_element = 2,
                               .source = job->tile->l1 + offset,
                               .destination = job->slot.cluster->board.sram.address + place,
                               .columns = square_elements(job),
                               .rows = 1},
         results(job), (struct place){{job->slot.buffer}});
}
static void from_slot(struct chip* chip, const struct job* job, uint32_t place, uint32_t offset) {
    copy(chip, job,
         (struct copy_command){.log2_element = 1,
                               .source = job->slot.cluster->board.sram.address + place,
                               .destination = job->tile->l1 + offset,
                               .columns = square_elements(job),
                               .rows = 1},
         (struct place){{job->slot.buffer}}, operands(job));
}

static void multiply(struct chip* chip, const struct job* job, struct matmul_command command) {
    command.tile = (uint8_t)job->tile_number;
    const struct uses uses = uses_of(operands(job), results(job));
    chip_append(chip, record_matmul(&job->slot.cluster->recorder, &command, &uses));
}

// Where a job's matrices lie in L1. The heads' squares follow each other.
struct places {
    uint32_t row;      // bytes of a row of q, k, v or the gradient of o, all in BF16
    uint32_t part[3];  // q, k, v
    uint32_t d_o;
    uint32_t square;        // BF16: probabilities, or the scores' gradient
    uint32_t square_bytes;  // of a head's
    // Scores in FP32; when they have gone, o in BF16, or gradients of q, k, v in FP32.
    uint32_t results;
    uint32_t scores_bytes;  // of a head
};

static struct places places_of(const struct chip* chip, const struct job* job) {
    const struct attention* const attention = job->attention;
    const uint32_t length = attention->length;
    struct places places = {.row = 2 * job->heads * attention->width,
                            .square_bytes = 2 * length * length,
                            .scores_bytes = 4 * length * length};
    const uint32_t block = length * places.row;
    const uint32_t first = chip_operands_at(chip, job->half);
    for (uint32_t part = 0; part < 3; ++part) {
        places.part[part] = first + part * block;
    }
    places.d_o = first + 3 * block;
    places.square = first + 4 * block;
    places.results = chip_results_at(chip, job->half);
    return places;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

// What a head takes, backward included, in L1's places and in a slot.
struct needs {
    uint64_t operands, results, slot;
};

static struct needs needs_of(const struct attention* attention) {
    const uint64_t length = attention->length;
    const uint64_t square = length * length;
    return (struct needs){
        .operands = 4 * 2 * length * attention->width + 2 * 2 * square,
        .results = larger(4 * square, 3 * 4 * length * attention->width),
        .slot = (4 + 2) * square + 4 * length,
    };
}

// Heads of which so many halves of a tile, and a slot, hold everything; 0: not one.
static uint32_t most_heads(const struct chip* chip, const struct attention* attention,
                           uint32_t halves) {
    const struct needs head = needs_of(attention);
    const uint64_t of_operands = halves * chip->operand_bytes / head.operands;
    const uint64_t of_results = halves * chip->result_bytes / head.results;
    const uint64_t of_slot = (chip->slot_bytes - SPARE) / head.slot;
    return smaller(smaller(attention->heads, (uint32_t)of_slot),
                   smaller((uint32_t)of_operands, (uint32_t)of_results));
}

static void fail(struct chip* chip, const struct attention* attention) {
    const struct needs head = needs_of(attention);
    const char* const what = "attention of a head with this block";
    if (chip->slot_bytes < head.slot + SPARE) {
        chip_fail_sram(chip, what, head.slot + SPARE);
        return;
    }
    const uint64_t part = CHIP_HALVES;  // a head may have both
    chip_fail_l1(chip, what, (head.operands + part - 1) / part, (head.results + part - 1) / part);
}

static struct vector_operand row_in_slot(uint32_t place, uint32_t ld, uint8_t format) {
    return (struct vector_operand){.address = place, .ld = ld, .format = format};
}

static struct vector_operand lengths_in_slot(struct chip* chip, struct job* job) {
    const uint32_t rows = job->heads * job->attention->length;
    const struct tensor lengths = tensor_rows(job->attention->lengths, 0, rows);
    const uint32_t place = slot_take(chip, &job->slot, rows, 4);
    slot_load(chip, &job->slot, &lengths, place);
    return (struct vector_operand){
        .address = place, .ld = 4, .format = INT32, .spread = ATHENA_DESCRIPTOR_SPREAD_COLUMN};
}

static struct tensor probabilities_of(const struct job* job) {
    const struct attention* const attention = job->attention;
    return tensor_rows(attention->probabilities,
                       (job->sequence * attention->heads + job->head) * attention->length,
                       job->heads * attention->length);
}

static void load_qkv(struct chip* chip, const struct job* job, const struct places* places) {
    for (uint32_t part = 0; part < 3; ++part) {
        const struct tensor columns = columns_of(job, job->attention->qkv, part);
        load(chip, job, &columns, places->part[part], places->row);
    }
}

// Scores, or their gradient: A B^T of each head.
static void multiply_by_rows(struct chip* chip, const struct job* job, const struct places* places,
                             uint32_t a, uint32_t b) {
    const uint32_t length = job->attention->length;
    const uint32_t width = job->attention->width;
    for (uint32_t h = 0; h < job->heads; ++h) {
        multiply(chip, job,
                 (struct matmul_command){.b_transposed = 1,
                                         .m = length,
                                         .n = length,
                                         .k = width,
                                         .a = a + 2 * h * width,
                                         .b = b + 2 * h * width,
                                         .c = places->results + h * places->scores_bytes,
                                         .a_ld = places->row,
                                         .b_ld = places->row,
                                         .c_ld = 4 * length});
    }
}

static void forward(struct chip* chip, struct job* job, const struct tensor* o) {
    const struct attention* const attention = job->attention;
    const struct places places = places_of(chip, job);
    const uint32_t length = attention->length;
    const uint32_t width = attention->width;
    load_qkv(chip, job, &places);
    multiply_by_rows(chip, job, &places, places.part[0], places.part[1]);  // S = q k^T
    const uint32_t rows = job->heads * length;
    const uint32_t scores = slot_take(chip, &job->slot, rows, 4 * length);
    const uint32_t squares = slot_take(chip, &job->slot, rows, 2 * length);
    to_slot(chip, job, places.results, scores);
    struct vector_command softmax = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX,
                                     .rows = rows,
                                     .columns = length,
                                     .scale = fp_bits(attention->scale),
                                     .a = row_in_slot(scores, 4 * length, FP32),
                                     .b = lengths_in_slot(chip, job),
                                     .out = row_in_slot(squares, 2 * length, BF16)};
    slot_run(chip, &job->slot, &softmax);
    const struct tensor kept = probabilities_of(job);
    slot_store(chip, &job->slot, &kept, squares);
    from_slot(chip, job, squares, places.square);
    for (uint32_t h = 0; h < job->heads; ++h) {  // o = P v
        multiply(chip, job,
                 (struct matmul_command){.result_bf16 = 1,
                                         .m = length,
                                         .n = width,
                                         .k = length,
                                         .a = places.square + h * places.square_bytes,
                                         .b = places.part[2] + 2 * h * width,
                                         .c = places.results + 2 * h * width,
                                         .a_ld = 2 * length,
                                         .b_ld = places.row,
                                         .c_ld = places.row});
    }
    const struct tensor to = columns_of(job, o, 0);
    store(chip, job, &to, places.results, places.row);
}

// The gradients of a head's q, k, v from that of its scores, and P.
static void multiply_gradients(struct chip* chip, const struct job* job,
                               const struct places* places, uint32_t probabilities, uint32_t h) {
    const uint32_t length = job->attention->length;
    const uint32_t at = 2 * h * job->attention->width;
    const uint32_t row = 2 * places->row;  // FP32
    const uint32_t block = length * row;
    const uint32_t square = h * places->square_bytes;
    struct matmul_command command = {.m = length,
                                     .n = job->attention->width,
                                     .k = length,
                                     .a_ld = 2 * length,
                                     .b_ld = places->row,
                                     .c_ld = row};
    command.a = places->square + square;  // dq = dS k
    command.b = places->part[1] + at;
    command.c = places->results + 2 * at;
    multiply(chip, job, command);
    command.a_transposed = 1;  // dk = dS^T q
    command.b = places->part[0] + at;
    command.c += block;
    multiply(chip, job, command);
    command.a = probabilities + square;  // dv = P^T d_o
    command.b = places->d_o + at;
    command.c += block;
    multiply(chip, job, command);
}

static void backward(struct chip* chip, struct job* job, const struct tensor* d_o,
                     const struct tensor* d_qkv) {
    const struct attention* const attention = job->attention;
    const struct places places = places_of(chip, job);
    const uint32_t length = attention->length;
    const uint32_t rows = job->heads * length;
    const uint32_t probabilities = places.square + job->heads * places.square_bytes;
    load_qkv(chip, job, &places);
    const struct tensor from = columns_of(job, d_o, 0);
    load(chip, job, &from, places.d_o, places.row);
    multiply_by_rows(chip, job, &places, places.d_o, places.part[2]);  // dP = d_o v^T
    const struct tensor kept = probabilities_of(job);
    const uint32_t gradients = slot_take(chip, &job->slot, rows, 4 * length);
    const uint32_t squares = slot_take(chip, &job->slot, rows, 2 * length);
    slot_load(chip, &job->slot, &kept, squares);
    from_slot(chip, job, squares, probabilities);
    to_slot(chip, job, places.results, gradients);
    struct vector_command softmax = {
        .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX_BACKWARD,
        .rows = rows,
        .columns = length,
        .scale = fp_bits(attention->scale),
        .a = row_in_slot(squares, 2 * length, BF16),
        .b = row_in_slot(gradients, 4 * length, FP32),
        .c = lengths_in_slot(chip, job),
        .out = row_in_slot(squares, 2 * length, BF16)};
    slot_run(chip, &job->slot, &softmax);
    from_slot(chip, job, squares, places.square);
    for (uint32_t h = 0; h < job->heads; ++h) {
        multiply_gradients(chip, job, &places, probabilities, h);
    }
    for (uint32_t part = 0; part < 3; ++part) {
        const struct tensor to = columns_of(job, d_qkv, part);
        store(chip, job, &to, places.results + part * length * 2 * places.row, 2 * places.row);
    }
}

// The job of a sequence and a group of heads; jobs of one sequence stay on one cluster.
static struct job job_of(struct chip* chip, const struct attention* attention, uint32_t cluster,
                         uint32_t number) {
    struct job job = {.attention = attention, .slot = take_slot(chip, cluster)};
    job.tile_number = number % chip->tiles;
    job.tile = &job.slot.cluster->tile[job.tile_number];
    job.halves = most_heads(chip, attention, 1) == 0 ? CHIP_HALVES : 1;
    job.half = job.halves == 1 ? job.tile->next_operands : 0;
    job.tile->next_operands ^= 1;
    return job;
}

bool attention_fits(const struct chip* chip, const struct attention* attention) {
    return most_heads(chip, attention, CHIP_HALVES) != 0;
}

static void record_jobs(struct chip* chip, const struct attention* attention,
                        const struct tensor* o, const struct tensor* d_qkv) {
    uint32_t most = most_heads(chip, attention, 1);
    most = most == 0 ? most_heads(chip, attention, CHIP_HALVES) : most;
    if (most == 0) {
        fail(chip, attention);
        return;
    }
    for (uint32_t cluster = 0; cluster < chip->count; ++cluster) {
        const struct share share = share_of(chip, cluster, attention->sequences, 1);
        uint32_t number = 0;
        for (uint32_t sequence = share.first; sequence < share.end; ++sequence) {
            for (uint32_t head = 0; head < attention->heads; head += most) {
                struct job job = job_of(chip, attention, cluster, number++);
                job.sequence = sequence;
                job.head = head;
                job.heads = smaller(most, attention->heads - head);
                if (d_qkv == NULL) {
                    forward(chip, &job, o);
                } else {
                    backward(chip, &job, o, d_qkv);
                }
            }
        }
    }
}

void record_attention(struct chip* chip, const struct attention* attention,
                      const struct tensor* o) {
    record_jobs(chip, attention, o, NULL);
}

void record_attention_backward(struct chip* chip, const struct attention* attention,
                               const struct tensor* d_o, const struct tensor* d_qkv) {
    record_jobs(chip, attention, d_o, d_qkv);
}
