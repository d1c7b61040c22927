// SPDX-License-Identifier: Apache-2.0
#include "products.h"

enum { STEP = 16, LONGEST_PIECE = 2048, LINE = 32 };

static uint32_t rounded(uint32_t value, uint32_t step) {
    return (value + step - 1) / step * step;
}

// Blocks of m x n outputs, pieces of k; bytes of a block's operands and of its results.
struct plan {
    uint32_t m, n, k;
    uint32_t operands;
    uint32_t results;
};

static uint32_t l1_ld(uint32_t elements, uint32_t bytes) {
    return rounded(elements * bytes, LINE);
}

static struct plan plan_of(const struct tensor_product* product, uint32_t m, uint32_t n,
                           uint32_t k) {
    struct plan plan = {.m = m, .n = n, .k = k};
    const uint32_t a = product->a_transposed ? k * l1_ld(m, 2) : m * l1_ld(k, 2);
    const uint32_t b = product->b_transposed ? n * l1_ld(k, 2) : k * l1_ld(n, 2);
    plan.operands = a + b;
    plan.results = m * l1_ld(n, 4);
    return plan;
}

// As large as L1's places allow, and small enough that every tile has one, if the product has
// so many.
static struct plan make_plan(const struct chip* chip, const struct tensor_product* product,
                             uint32_t k) {
    const uint32_t rows = product->c->rows;
    const uint32_t columns = product->c->columns;
    const uint32_t tiles = chip->count * chip->tiles;
    uint32_t m = rounded(rows, STEP);
    uint32_t n = rounded(columns, STEP);
    uint32_t piece = smaller(k, LONGEST_PIECE);
    for (;;) {
        const struct plan plan = plan_of(product, m, n, piece);
        const uint64_t blocks = (uint64_t)((rows + m - 1) / m) * ((columns + n - 1) / n);
        const bool fits =
            plan.operands <= chip->operand_bytes && plan.results <= chip->result_bytes;
        if (fits && (blocks >= tiles || (m <= STEP && n <= STEP))) {
            return plan;
        }
        if (m <= STEP && n <= STEP) {
            piece = rounded(piece / 2, LINE);
        } else if (m >= n) {
            m = rounded(m / 2, STEP);
        } else {
            n = rounded(n / 2, STEP);
        }
    }
}

struct block {
    struct chip_cluster* cluster;
    struct chip_tile* tile;
    uint32_t tile_number;
    uint32_t row, column, m, n;
    uint32_t result;  // half
};

static void copy(struct chip* chip, const struct block* block, struct copy_command command,
                 struct buffer* from, struct buffer* to) {
    command.channel = (uint8_t)block->tile->channel;
    const struct uses uses = {.reads = {from}, .writes = {to}};
    chip_copy(chip, block->cluster, command, &uses);
}

// `rows` x `columns` of a BF16 tensor, to an offset in L1.
static void load(struct chip* chip, const struct block* block, const struct tensor* tensor,
                 uint32_t row, uint32_t column, uint32_t rows, uint32_t columns, uint32_t offset,
                 struct buffer* to) {
    const struct copy_command command = {
        .log2_element = 1,
        .source = tensor->address + row * tensor->ld + 2ull * column,
        .destination = block->tile->l1 + offset,
        .columns = columns,
        .rows = rows,
        .source_stride = (int64_t)tensor->ld,
        .destination_stride = l1_ld(columns, 2)};
    copy(chip, block, command, chip_buffer(chip, tensor), to);
}

// All rows of the block's C start as the row `initial`.
static void load_initial(struct chip* chip, const struct block* block,
                         const struct tensor_product* product, uint32_t offset) {
    const struct copy_command command = {.log2_element = 2,
                                         .source = product->initial->address + 4ull * block->column,
                                         .destination = block->tile->l1 + offset,
                                         .columns = block->n,
                                         .rows = block->m,
                                         .source_stride = 0,
                                         .destination_stride = l1_ld(block->n, 4)};
    copy(chip, block, command, chip_buffer(chip, product->initial),
         &block->tile->results[block->result]);
}

static void multiply(struct chip* chip, const struct block* block,
                     const struct tensor_product* product, uint32_t depth, uint32_t k) {
    struct chip_tile* const tile = block->tile;
    const uint32_t half = tile->next_operands;
    tile->next_operands ^= 1;
    struct buffer* const operands = &tile->operands[half];
    const uint32_t a = chip_operands_at(chip, half);
    uint32_t a_bytes;
    if (product->a_transposed) {
        load(chip, block, product->a, depth, block->row, k, block->m, a, operands);
        a_bytes = k * l1_ld(block->m, 2);
    } else {
        load(chip, block, product->a, block->row, depth, block->m, k, a, operands);
        a_bytes = block->m * l1_ld(k, 2);
    }
    if (product->b_transposed) {
        load(chip, block, product->b, block->column, depth, block->n, k, a + a_bytes, operands);
    } else {
        load(chip, block, product->b, depth, block->column, k, block->n, a + a_bytes, operands);
    }
    const bool is_bf16 = product->c->format == BF16;
    const struct matmul_command command = {
        .tile = (uint8_t)block->tile_number,
        .accumulate = depth != 0 || product->initial != NULL,
        .result_bf16 = is_bf16,
        .a_transposed = product->a_transposed,
        .b_transposed = product->b_transposed,
        .m = block->m,
        .n = block->n,
        .k = k,
        .a = a,
        .b = a + a_bytes,
        .c = chip_results_at(chip, block->result),
        .a_ld = product->a_transposed ? l1_ld(block->m, 2) : l1_ld(k, 2),
        .b_ld = product->b_transposed ? l1_ld(k, 2) : l1_ld(block->n, 2),
        .c_ld = l1_ld(block->n, is_bf16 ? 2 : 4)};
    const struct uses uses = {.reads = {operands}, .writes = {&tile->results[block->result]}};
    chip_append(chip, record_matmul(&block->cluster->recorder, &command, &uses));
}

static void record_late(struct chip* chip, struct chip_cluster* cluster, struct chip_tile* tile) {
    if (tile->late_from != NULL) {
        const struct uses uses = {.reads = {tile->late_from}, .writes = {tile->late_to}};
        chip_copy(chip, cluster, tile->late, &uses);
        tile->late_from = NULL;
    }
}

static void store_late(struct chip* chip, const struct block* block,
                       const struct tensor_product* product, uint32_t offset) {
    const struct tensor* const c = product->c;
    const uint32_t bytes = element_bytes(c->format);
    block->tile->late = (struct copy_command){
        .channel = (uint8_t)block->tile->channel,
        .log2_element = log2_element(c->format),
        .source = block->tile->l1 + offset,
        .destination = c->address + block->row * c->ld + (uint64_t)block->column * bytes,
        .columns = block->n,
        .rows = block->m,
        .source_stride = l1_ld(block->n, bytes),
        .destination_stride = (int64_t)c->ld};
    block->tile->late_from = &block->tile->results[block->result];
    block->tile->late_to = chip_buffer(chip, c);
}

static void record_block(struct chip* chip, const struct tensor_product* product,
                         const struct plan* plan, const struct block* block, uint32_t depth) {
    const uint32_t offset = chip_results_at(chip, block->result);
    if (product->initial != NULL) {
        load_initial(chip, block, product, offset);
    }
    for (uint32_t done = 0; done < depth; done += plan->k) {
        multiply(chip, block, product, done, smaller(plan->k, depth - done));
    }
    record_late(chip, block->cluster, block->tile);
    store_late(chip, block, product, offset);
}

void record_product(struct chip* chip, const struct tensor_product* product) {
    const uint32_t depth = product->a_transposed ? product->a->rows : product->a->columns;
    const struct plan plan = make_plan(chip, product, depth);
    const uint32_t tiles = chip->count * chip->tiles;
    if (product->c->format == BF16 && plan.k < depth) {
        chip_fail(chip, "a BF16 product is too deep for L1");
        return;
    }
    uint32_t number = 0;
    for (uint32_t row = 0; row < product->c->rows; row += plan.m) {
        for (uint32_t column = 0; column < product->c->columns; column += plan.n) {
            // Neighbours of a cluster share their rows of A.
            const uint32_t at = number++ % tiles;
            struct chip_cluster* const cluster = &chip->cluster[chip->first + at / chip->tiles];
            struct chip_tile* const tile = &cluster->tile[at % chip->tiles];
            const struct block block = {.cluster = cluster,
                                        .tile = tile,
                                        .tile_number = at % chip->tiles,
                                        .row = row,
                                        .column = column,
                                        .m = smaller(plan.m, product->c->rows - row),
                                        .n = smaller(plan.n, product->c->columns - column),
                                        .result = tile->next_results};
            tile->next_results ^= 1;
            record_block(chip, product, &plan, &block, depth);
        }
    }
    for (uint32_t i = 0; i < tiles; ++i) {
        struct chip_cluster* const cluster = &chip->cluster[chip->first + i / chip->tiles];
        record_late(chip, cluster, &cluster->tile[i % chip->tiles]);
    }
}
