// SPDX-License-Identifier: Apache-2.0
#include "products.h"

enum { STEP = 16, LONGEST_PIECE = 2048, SHORT_PIECE = 128, SMALL_BLOCK = 64, LINE = 32 };

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

// A or B: lanes are rows of A, or columns of B.
struct factor {
    const struct tensor* elements;  // [lanes][k], or [k][lanes]
    const struct tensor* scales;    // of an MX format, or NULL
    uint8_t format;                 // ATHENA_DESCRIPTOR_OPERAND_FORMAT_…
    bool lanes_along;               // [k][lanes]
};

static struct factor a_of(const struct tensor_product* product) {
    if (product->mx_a != NULL) {
        return (struct factor){&product->mx_a->elements, &product->mx_a->scales,
                               product->mx_a->format, false};
    }
    return (struct factor){.elements = product->a, .lanes_along = product->a_transposed};
}
static struct factor b_of(const struct tensor_product* product) {
    if (product->mx_b != NULL) {
        return (struct factor){&product->mx_b->elements, &product->mx_b->scales,
                               product->mx_b->format, false};
    }
    return (struct factor){.elements = product->b, .lanes_along = !product->b_transposed};
}

// In L1: leading dimensions, and bytes of the elements and of all.
struct extent {
    uint32_t ld, scales_ld;
    uint32_t elements, all;
};

static struct extent extent_of(const struct factor* factor, uint32_t lanes, uint32_t k) {
    const uint32_t bytes = element_bytes(factor->elements->format);
    struct extent extent = {.ld = l1_ld(factor->lanes_along ? lanes : k, bytes)};
    extent.elements = (factor->lanes_along ? k : lanes) * extent.ld;
    extent.scales_ld = factor->scales == NULL ? 0 : l1_ld(mx_blocks(k), 1);
    extent.all = extent.elements + lanes * extent.scales_ld;
    return extent;
}

static struct plan plan_of(const struct tensor_product* product, uint32_t m, uint32_t n,
                           uint32_t k) {
    const struct factor a = a_of(product);
    const struct factor b = b_of(product);
    return (struct plan){.m = m,
                         .n = n,
                         .k = k,
                         .operands = extent_of(&a, m, k).all + extent_of(&b, n, k).all,
                         .results = m * l1_ld(n, 4)};
}

// Blocks as large as L1's places allow, so that operands are loaded few times, and at least
// `fewest`, if the product has so many. Pieces of k are short rather than blocks small, but where a
// rounded C forbids them. Fails the recording, with blocks of no rows, if not even the smallest
// block fits.
static struct plan make_plan(struct chip* chip, const struct tensor_product* product, uint32_t k,
                             uint32_t fewest) {
    const uint32_t rows = product->c->rows;
    const uint32_t columns = product->c->columns;
    uint32_t m = rounded(rows, STEP);
    uint32_t n = rounded(columns, STEP);
    const bool in_pieces = product->c->format == FP32;
    uint32_t piece = in_pieces ? smaller(k, LONGEST_PIECE) : k;
    const struct plan least = plan_of(product, STEP, STEP, in_pieces ? smaller(k, LINE) : k);
    if (least.results > chip->result_bytes || least.operands > chip->operand_bytes) {
        chip_fail_l1(chip, in_pieces ? "a product" : "a product in BF16, all of its depth at once,",
                     least.operands, least.results);
        return (struct plan){0};
    }
    for (;;) {
        const struct plan plan = plan_of(product, m, n, piece);
        const uint64_t blocks = (uint64_t)((rows + m - 1) / m) * ((columns + n - 1) / n);
        const bool smallest = m <= STEP && n <= STEP;
        const bool in_blocks = plan.results <= chip->result_bytes && (blocks >= fewest || smallest);
        if (in_blocks && plan.operands <= chip->operand_bytes) {
            return plan;
        }
        if (in_blocks && in_pieces && (smallest || piece > SHORT_PIECE)) {
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

// `rows` x `columns` of a tensor, to an offset in L1.
static void load(struct chip* chip, const struct block* block, const struct tensor* tensor,
                 uint32_t row, uint32_t column, uint32_t rows, uint32_t columns, uint32_t offset,
                 struct buffer* to) {
    const uint32_t bytes = element_bytes(tensor->format);
    const struct copy_command command = {
        .log2_element = log2_element(tensor->format),
        .source = tensor->address + row * tensor->ld + (uint64_t)column * bytes,
        .destination = block->tile->l1 + offset,
        .columns = columns,
        .rows = rows,
        .source_stride = (int64_t)tensor->ld,
        .destination_stride = l1_ld(columns, bytes)};
    copy(chip, block, command, chip_buffer(chip, tensor), to);
}

// So many lanes from `lane` on, and k from `depth` on, unless they are `there`.
static void load_factor(struct chip* chip, const struct block* block, const struct factor* factor,
                        uint32_t lane, uint32_t lanes, uint32_t depth, uint32_t k, uint32_t offset,
                        struct chip_operand* there, struct buffer* to) {
    if (there->tensor == factor->elements && there->lane == lane && there->lanes == lanes &&
        there->depth == depth && there->k == k && there->offset == offset) {
        return;
    }
    *there = (struct chip_operand){factor->elements, lane, lanes, depth, k, offset};
    if (factor->lanes_along) {
        load(chip, block, factor->elements, depth, lane, k, lanes, offset, to);
        return;
    }
    load(chip, block, factor->elements, lane, depth, lanes, k, offset, to);
    if (factor->scales != NULL) {
        load(chip, block, factor->scales, lane, depth / MX_BLOCK, lanes, mx_blocks(k),
             offset + extent_of(factor, lanes, k).elements, to);
    }
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
    const struct factor a = a_of(product);
    const struct factor b = b_of(product);
    const struct extent of_a = extent_of(&a, block->m, k);
    const struct extent of_b = extent_of(&b, block->n, k);
    // B first: blocks of a column may differ in A's size only.
    const uint32_t b_at = chip_operands_at(chip, half);
    const uint32_t a_at = b_at + of_b.all;
    load_factor(chip, block, &a, block->row, block->m, depth, k, a_at, &tile->a[half], operands);
    load_factor(chip, block, &b, block->column, block->n, depth, k, b_at, &tile->b[half], operands);
    const bool is_bf16 = product->c->format == BF16;
    const struct matmul_command command = {.tile = (uint8_t)block->tile_number,
                                           .accumulate = depth != 0 || product->initial != NULL,
                                           .result_bf16 = is_bf16,
                                           .a_transposed = a.lanes_along,
                                           .b_transposed = !b.lanes_along,
                                           .m = block->m,
                                           .n = block->n,
                                           .k = k,
                                           .a = a_at,
                                           .b = b_at,
                                           .c = chip_results_at(chip, block->result),
                                           .a_ld = of_a.ld,
                                           .b_ld = of_b.ld,
                                           .c_ld = l1_ld(block->n, is_bf16 ? 2 : 4),
                                           .a_format = a.format,
                                           .b_format = b.format,
                                           .a_scales = a.scales == NULL ? 0 : a_at + of_a.elements,
                                           .b_scales = b.scales == NULL ? 0 : b_at + of_b.elements,
                                           .a_scales_ld = of_a.scales_ld,
                                           .b_scales_ld = of_b.scales_ld};
    const struct uses uses = {.reads = {operands}, .writes = {&tile->results[block->result]}};
    chip_append(chip, record_matmul(&block->cluster->recorder, &command, &uses));
}

static void record_late(struct chip* chip, struct chip_cluster* cluster, struct chip_tile* tile) {
    if (tile->late_from != NULL) {
        const struct uses uses = {.reads = {tile->late_from}, .writes = {tile->late_to}};
        const uint16_t section = cluster->recorder.section;
        cluster->recorder.section = tile->late_section;
        chip_copy(chip, cluster, tile->late, &uses);
        cluster->recorder.section = section;
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
    block->tile->late_section = block->cluster->recorder.section;
    block->tile->late_from = &block->tile->results[block->result];
    block->tile->late_to = chip_buffer(chip, c);
}

// Blocks of one cluster, each of a tile: piece by piece of all, so that none waits in the ring for
// the queues of another.
struct round {
    uint32_t count;
    struct block block[CHIP_TILES];
};

static void record_round(struct chip* chip, const struct tensor_product* product,
                         const struct plan* plan, struct round* round, uint32_t depth) {
    if (product->initial != NULL) {
        for (uint32_t i = 0; i < round->count; ++i) {
            load_initial(chip, &round->block[i], product,
                         chip_results_at(chip, round->block[i].result));
        }
    }
    for (uint32_t done = 0; done < depth; done += plan->k) {
        for (uint32_t i = 0; i < round->count; ++i) {
            multiply(chip, &round->block[i], product, done, smaller(plan->k, depth - done));
        }
    }
    for (uint32_t i = 0; i < round->count; ++i) {
        const struct block* const block = &round->block[i];
        record_late(chip, block->cluster, block->tile);
        store_late(chip, block, product, chip_results_at(chip, block->result));
    }
    round->count = 0;
}

static uint64_t results_of(const struct tensor_product* product) {
    return (uint64_t)product->c->rows * product->c->columns;
}

// Block number i of the chip's goes to tile i of all in use, then to the first again.
static void record_blocks(struct chip* chip, const struct tensor_product* product, uint32_t fewest,
                          uint32_t* number) {
    const struct factor a = a_of(product);
    const uint32_t depth = a.lanes_along ? a.elements->rows : a.elements->columns;
    const struct plan plan = make_plan(chip, product, depth, fewest);
    const uint32_t tiles = chip->count * chip->tiles;
    struct round round = {0};
    if (plan.m == 0) {
        return;
    }
    for (uint32_t row = 0; row < product->c->rows; row += plan.m) {
        for (uint32_t column = 0; column < product->c->columns; column += plan.n) {
            // Neighbours of a cluster share their rows of A.
            const uint32_t at = (*number)++ % tiles;
            struct chip_cluster* const cluster = &chip->cluster[chip->first + at / chip->tiles];
            struct chip_tile* const tile = &cluster->tile[at % chip->tiles];
            if (round.count != 0 && cluster != round.block[0].cluster) {
                record_round(chip, product, &plan, &round, depth);
            }
            const struct block block = {.cluster = cluster,
                                        .tile = tile,
                                        .tile_number = at % chip->tiles,
                                        .row = row,
                                        .column = column,
                                        .m = smaller(plan.m, product->c->rows - row),
                                        .n = smaller(plan.n, product->c->columns - column),
                                        .result = tile->next_results};
            tile->next_results ^= 1;
            round.block[round.count++] = block;
            if (round.count == chip->tiles) {
                record_round(chip, product, &plan, &round, depth);
            }
        }
    }
    record_round(chip, product, &plan, &round, depth);
}

void record_products(struct chip* chip, const struct tensor_product* products, uint32_t count) {
    const uint32_t tiles = chip->count * chip->tiles;
    uint64_t results = 0;
    for (uint32_t i = 0; i < count; ++i) {
        results += results_of(&products[i]);
    }
    for (uint32_t i = 0; i < tiles; ++i) {
        struct chip_tile* const tile =
            &chip->cluster[chip->first + i / chip->tiles].tile[i % chip->tiles];
        for (uint32_t half = 0; half < CHIP_HALVES; ++half) {
            tile->a[half].tensor = NULL;
            tile->b[half].tensor = NULL;
        }
    }
    uint32_t number = 0;
    for (uint32_t i = 0; i < count; ++i) {
        if (products[i].section != 0) {
            chip_section(chip, products[i].section);
        }
        // Of all tiles, as many as its part of all results.
        const uint64_t part = (tiles * results_of(&products[i]) + results - 1) / results;
        record_blocks(chip, &products[i], (uint32_t)part, &number);
    }
    for (uint32_t i = 0; i < tiles; ++i) {
        struct chip_cluster* const cluster = &chip->cluster[chip->first + i / chip->tiles];
        record_late(chip, cluster, &cluster->tile[i % chip->tiles]);
    }
}

void record_product(struct chip* chip, const struct tensor_product* product) {
    record_products(chip, product, 1);
}

bool product_is_deep(const struct chip* chip, uint32_t depth) {
    return (uint64_t)depth * element_bytes(BF16) * 2 * SMALL_BLOCK > chip->operand_bytes;
}
