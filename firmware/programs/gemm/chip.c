// SPDX-License-Identifier: Apache-2.0
// The product by all tiles of all clusters, from and to HBM.
#include "gemm.h"
#include "philox.h"
#include "shared_product.h"

// Operands repeat patterns of so many elements, primes, so that no two rows are alike: the hart
// makes those, the DMA the rest.
enum { PATTERN_A = 65521, PATTERN_B = 65519 };

struct run {
    const struct gemm_arguments* args;
    struct tensor pattern_a, pattern_b;
    struct tensor a, b, c;  // c.rows x c.columns are the result's, rows wider
    volatile uint64_t* times;
};

// Rows begin at odd multiples of 256 bytes from each other: in different channels of HBM, whichever
// they are interleaved over, so that the same columns of several rows can be read at once.
static struct tensor spread_tensor(struct chip* chip, const char* name, uint32_t rows,
                                   uint32_t columns, uint8_t format) {
    enum { CHUNK = 256 };
    const uint32_t bytes = element_bytes(format);
    const uint32_t chunks = (columns * bytes + CHUNK - 1) / CHUNK | 1;
    chip_align(chip);
    const struct tensor wide = chip_tensor(chip, name, rows, chunks * CHUNK / bytes, format);
    return tensor_columns(&wide, 0, columns);
}

static struct tensor pattern(struct chip* chip, uint32_t elements, uint32_t stream, uint64_t seed) {
    const uint32_t blocks = (elements + 3) / 4;
    const struct tensor tensor = chip_tensor(chip, "a pattern", 1, 4 * blocks, BF16);
    volatile uint64_t* const data = (volatile uint64_t*)(uintptr_t)tensor.address;
    for (uint32_t i = 0; i < blocks; ++i) {
        const struct philox_block block = philox(i, 0, stream, 0, seed);
        uint64_t four = 0;
        for (uint32_t j = 0; j < 4; ++j) {
            four |= (uint64_t)gemm_element(block.word[j], false) << 16 * j;
        }
        data[i] = four;
    }
    return tensor_columns(&tensor, 0, elements);
}

// All bytes of a tensor, those between its rows too, by all channels of the chip in turn.
static void record_pattern(struct chip* chip, const struct tensor* pattern,
                           const struct tensor* tensor, uint32_t* number) {
    const uint64_t step = tensor_row_bytes(pattern);
    const uint64_t size = tensor->rows * tensor->ld;
    for (uint64_t at = 0; at < size; at += step) {
        const uint64_t bytes = size - at < step ? size - at : step;
        struct chip_cluster* const cluster = &chip->cluster[*number % chip->clusters];
        const struct copy_command command = {
            .channel = (uint8_t)(*number / chip->clusters % cluster->dma.channels),
            .log2_element = 1,
            .source = pattern->address,
            .destination = tensor->address + at,
            .columns = (uint32_t)(bytes / 2),
            .rows = 1};
        const struct uses uses = {.writes = {chip_buffer(chip, tensor)}};
        chip_copy(chip, cluster, command, &uses);
        ++*number;
    }
}

static void record_operands(struct chip* chip, void* context) {
    const struct run* const run = context;
    uint32_t number = 0;
    chip_section(chip, GEMM_FILL_SECTION);
    record_pattern(chip, &run->pattern_a, &run->a, &number);
    record_pattern(chip, &run->pattern_b, &run->b, &number);
    record_pattern(chip, &run->pattern_a, &run->c, &number);  // no output may be left as it was
}

static void record_time(struct chip* chip, volatile uint64_t* place) {
    const struct descriptor_sync none = {0};
    const struct descriptor line = descriptor_timestamp((uintptr_t)place, &none);
    chip_append(chip, record_line(&chip->cluster[0].recorder, &line));
}

// From the instant at which all clusters are ready to that at which all are done.
static void record_timed_product(struct chip* chip, void* context) {
    const struct run* const run = context;
    const struct tensor_product product = {.a = &run->a,
                                           .b = &run->b,
                                           .c = &run->c,
                                           .a_transposed = run->args->transpose_a != 0,
                                           .b_transposed = run->args->transpose_b != 0};
    chip_section(chip, GEMM_SECTION);
    chip_fence(chip);
    record_time(chip, &run->times[0]);
    if (!record_shared_product(chip, &product)) {
        record_product(chip, &product);
    }
    chip_fence(chip);
    record_time(chip, &run->times[1]);
}

static uint64_t units_of(const struct chip* chip, struct runtime* runtime) {
    struct tile tile;
    const struct tile_config config = {chip->cluster[0].board.tile[0].registers.address,
                                       &runtime->timer};
    require(tile_init(&tile, &config), "a tile");
    return (uint64_t)chip->clusters * chip->tiles * tile.rows * tile.columns;
}

struct gemm_matrices gemm_by_chip(const struct gemm_arguments* args, struct runtime* runtime) {
    static struct chip chip;
    chip_init(&chip, runtime);
    const bool ta = args->transpose_a != 0;
    const bool tb = args->transpose_b != 0;
    struct run run = {
        .args = args,
        .pattern_a = pattern(&chip, PATTERN_A, 0, args->seed),
        .pattern_b = pattern(&chip, PATTERN_B, 1, args->seed),
        .a = spread_tensor(&chip, "A", ta ? args->k : args->m, ta ? args->m : args->k, BF16),
        .b = spread_tensor(&chip, "B", tb ? args->n : args->k, tb ? args->k : args->n, BF16),
        .c = spread_tensor(&chip, "C", args->m, args->n, args->narrow != 0 ? BF16 : FP32),
        .times = take_memory(runtime, 2, sizeof(uint64_t)),
    };
    static struct chip_list operands;
    static struct chip_list product;
    chip_record(&chip, &operands, "operands", record_operands, &run);
    chip_record(&chip, &product, "the product", record_timed_product, &run);
    chip_run(&chip, &operands);
    chip_run(&chip, &product);
    gemm_print_rate(args, run.times[1] - run.times[0], units_of(&chip, runtime));
    return (struct gemm_matrices){
        .a = (const uint16_t*)(uintptr_t)run.a.address,
        .b = (const uint16_t*)(uintptr_t)run.b.address,
        .c = (const uint32_t*)(uintptr_t)run.c.address,
        .narrow_c = args->narrow != 0 ? (const uint16_t*)(uintptr_t)run.c.address : NULL,
        .a_ld = run.a.ld / 2,
        .b_ld = run.b.ld / 2,
        .c_ld = run.c.ld / element_bytes(run.c.format),
    };
}
