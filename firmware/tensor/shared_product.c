// SPDX-License-Identifier: Apache-2.0
#include "shared_product.h"

#include "command_regs.h"

enum {
    STEP = 16,
    LINE = 32,             // bytes, of L1
    SRAM_LINE = 64,        // bytes
    ARRAY = 64,            // outputs that the largest tile takes at once, in either direction
    PIECE = 256,           // values of k, at most, of a piece
    LEAST_PIECE = 64,      // or all of k
    AHEAD = 4,             // pieces that are loaded to SRAM before they are needed
    FIRST_SEMAPHORE = 40,  // behind those of the recorder
    LEAST_PANELS = 3,      // pieces in L1
    // In multiplications of a tile: loading a lane of a k, which goes on beside them, and storing a
    // result of each tile at the end, which does not, by number of tiles.
    LANE_COST = 64,
    STORE_COST = 4,
    MOST_ROUNDS = 64,     // in either direction
    MOST_PIECES = 60000,  // semaphores have 16 bits
};

static uint32_t divided(uint32_t value, uint32_t by) {
    return (value + by - 1) / by;
}
static uint32_t rounded(uint32_t value, uint32_t step) {
    return divided(value, step) * step;
}

// A, whose lanes are rows of C, or B, whose lanes are columns. Clusters of a line share it: a row
// of the grid, or a column.
struct side {
    const struct tensor* tensor;
    bool lanes_along;    // [k][lanes], else [lanes][k]
    uint32_t all_lanes;  // of the product
    uint32_t clusters;   // across lines, each with its lanes
    uint32_t sharers;    // clusters of a line
    uint32_t tiles;      // of a cluster, each with its lanes
    uint32_t lanes;      // of a tile
    uint32_t rounds;
    // In shared SRAM: rows of a cluster's part of a piece, bytes between them, bytes of a part.
    uint32_t part_rows;
    uint32_t part_ld;
    uint32_t part_bytes;
    uint32_t l1_ld;     // in L1
    uint32_t l1_bytes;  // of a piece
    uint8_t semaphore;  // of the first sharer: its parts that are there
};

enum { A, B };

struct plan {
    struct chip* chip;
    const struct tensor_product* product;
    struct side side[2];
    uint32_t k;      // all
    uint32_t piece;  // of k
    uint32_t pieces;
    uint32_t result_ld, result_bytes;  // of a block, in L1
    uint32_t results;                  // blocks in L1
    uint32_t panels;                   // pieces in L1
    uint32_t loaded;                   // pieces that are in SRAM, of all rounds
    uint32_t slots;                    // pieces that SRAM holds
    uint32_t first;                    // piece that is in slot 0
};

static uint32_t count_pieces(const struct plan* plan) {
    return plan->pieces * plan->side[A].rounds * plan->side[B].rounds;
}

// Where a cluster is in the grid.
static uint32_t line_of(const struct plan* plan, uint32_t side, uint32_t cluster) {
    const uint32_t columns = plan->side[B].clusters;
    return side == A ? cluster / columns : cluster % columns;
}
static uint32_t place_in_line(const struct plan* plan, uint32_t side, uint32_t cluster) {
    return line_of(plan, 1 - side, cluster);
}

// The largest divisor up to the square root: rows of the squarest grid.
static uint32_t rows_of_grid(uint32_t count) {
    uint32_t rows = 1;
    for (uint32_t i = 1; i * i <= count; ++i) {
        rows = count % i == 0 ? i : rows;
    }
    return rows;
}

// A round of pieces of a length: false if L1 or SRAM is too small.
static bool try_piece(struct plan* plan, uint32_t piece, uint32_t panels_in_l1) {
    uint32_t parts = 0;
    uint32_t panels = 0;
    plan->piece = piece;
    plan->panels = panels_in_l1;
    plan->pieces = divided(plan->k, piece);
    for (uint32_t i = 0; i < 2; ++i) {
        struct side* const side = &plan->side[i];
        const uint32_t lanes = side->tiles * side->lanes;
        side->part_rows = divided(side->lanes_along ? piece : lanes, side->sharers);
        side->part_ld = rounded((side->lanes_along ? lanes : piece) * 2, SRAM_LINE);
        side->part_bytes = side->part_rows * side->part_ld;
        side->l1_ld = rounded((side->lanes_along ? side->lanes : piece) * 2, LINE);
        side->l1_bytes = (side->lanes_along ? piece : side->lanes) * side->l1_ld;
        parts += side->part_bytes;
        panels += side->l1_bytes;
    }
    plan->result_ld = rounded(plan->side[B].lanes * 4, LINE);
    plan->result_bytes = plan->side[A].lanes * plan->result_ld;
    plan->slots = (uint32_t)(plan->chip->cluster[0].board.sram.size / parts);
    plan->results = plan->side[A].rounds * plan->side[B].rounds == 1 ? 1 : CHIP_HALVES;
    const uint64_t l1 = (uint64_t)plan->panels * panels + plan->results * plan->result_bytes;
    return l1 <= plan->chip->l1_bytes && plan->slots > AHEAD;
}

static bool try_rounds(struct plan* plan, uint32_t a_rounds, uint32_t b_rounds) {
    const uint32_t rounds[] = {a_rounds, b_rounds};
    for (uint32_t i = 0; i < 2; ++i) {
        struct side* const side = &plan->side[i];
        side->rounds = rounds[i];
        side->lanes =
            rounded(divided(side->all_lanes, side->clusters * side->tiles * rounds[i]), STEP);
    }
    for (uint32_t piece = PIECE; piece >= LEAST_PIECE; piece -= LINE) {
        for (uint32_t panels = CHIP_PANELS; panels >= LEAST_PANELS; --panels) {
            if (try_piece(plan, smaller(piece, rounded(plan->k, LINE)), panels)) {
                return true;
            }
        }
    }
    return false;
}

// Blocks that cost least: large ones load less, small ones leave less to be stored at the end.
static bool choose_rounds(struct plan* plan) {
    uint64_t least = UINT64_MAX;
    struct plan best = {0};
    for (uint32_t a = 1; a <= MOST_ROUNDS; ++a) {
        for (uint32_t b = 1; b <= MOST_ROUNDS; ++b) {
            if (!try_rounds(plan, a, b)) {
                continue;
            }
            const uint64_t m = rounded(plan->side[A].lanes, ARRAY);
            const uint64_t n = rounded(plan->side[B].lanes, ARRAY);
            const uint64_t load = LANE_COST * (m + n) * 11 / 10;
            const uint64_t tiles = plan->chip->clusters * plan->chip->tiles;
            const uint64_t cost = (uint64_t)a * b * (m * n > load ? m * n : load) +
                                  STORE_COST * tiles * m * n / plan->k;
            if (cost < least) {
                least = cost;
                best = *plan;
            }
        }
    }
    *plan = best;
    return least != UINT64_MAX;
}

static bool is_large_enough(const struct plan* plan) {
    const struct side* const a = &plan->side[A];
    const struct side* const b = &plan->side[B];
    return plan->k != 0 && a->all_lanes >= a->clusters * a->tiles * STEP &&
           b->all_lanes >= b->clusters * b->tiles * STEP;
}

static bool make_plan(struct plan* plan, struct chip* chip, const struct tensor_product* product) {
    const uint32_t rows = rows_of_grid(chip->clusters);
    const uint32_t tile_rows = rows_of_grid(chip->tiles);
    const uint32_t columns = chip->clusters / rows;
    *plan = (struct plan){.chip = chip, .product = product};
    plan->k = product->a_transposed ? product->a->rows : product->a->columns;
    plan->side[A] = (struct side){.tensor = product->a,
                                  .lanes_along = product->a_transposed,
                                  .all_lanes = product->c->rows,
                                  .clusters = rows,
                                  .sharers = columns,
                                  .tiles = tile_rows,
                                  .semaphore = FIRST_SEMAPHORE};
    plan->side[B] = (struct side){.tensor = product->b,
                                  .lanes_along = !product->b_transposed,
                                  .all_lanes = product->c->columns,
                                  .clusters = columns,
                                  .sharers = rows,
                                  .tiles = chip->tiles / tile_rows,
                                  .semaphore = (uint8_t)(FIRST_SEMAPHORE + columns)};
    const uint32_t semaphores = FIRST_SEMAPHORE + rows + columns;
    if (semaphores > ring_semaphore_count(&chip->cluster[0].ring) || !is_large_enough(plan) ||
        !choose_rounds(plan)) {
        return false;
    }
    return count_pieces(plan) <= MOST_PIECES;
}

// A piece of a round: number `index` of all.
struct piece {
    uint32_t index;
    uint32_t round[2];
    uint32_t depth, k;
};

static struct piece piece_at(const struct plan* plan, uint32_t index) {
    const uint32_t round = index / plan->pieces;
    const uint32_t depth = index % plan->pieces * plan->piece;
    return (struct piece){.index = index,
                          .round = {round / plan->side[B].rounds, round % plan->side[B].rounds},
                          .depth = depth,
                          .k = smaller(plan->piece, plan->k - depth)};
}

struct span {
    uint32_t first, count;
};

static struct span span_within(uint32_t first, uint32_t count, uint32_t end) {
    return (struct span){first, first >= end ? 0 : smaller(count, end - first)};
}

// Lanes of a line's panel in a round, and of one of its tiles.
static struct span panel_of(const struct side* side, uint32_t round, uint32_t line) {
    const uint32_t lanes = side->tiles * side->lanes;
    return span_within((round * side->clusters + line) * lanes, lanes, side->all_lanes);
}
static struct span tile_lanes(const struct side* side, uint32_t round, uint32_t line,
                              uint32_t tile) {
    const struct span panel = panel_of(side, round, line);
    return span_within(panel.first + tile * side->lanes, side->lanes, panel.first + panel.count);
}

// The tensor's rows that a sharer has of a panel's piece.
static struct span part_of(const struct side* side, const struct piece* piece,
                           const struct span* panel, uint32_t sharer) {
    const uint32_t first = side->lanes_along ? piece->depth : panel->first;
    const uint32_t count = side->lanes_along ? piece->k : panel->count;
    return span_within(first + sharer * side->part_rows, side->part_rows, first + count);
}

// In shared SRAM of each cluster.
static uint32_t part_at(const struct plan* plan, uint32_t side, uint32_t index) {
    const uint32_t slot = index - plan->first;
    const uint32_t slots = plan->slots;
    return side == A ? slot * plan->side[A].part_bytes
                     : slots * plan->side[A].part_bytes + slot * plan->side[B].part_bytes;
}

// Channels by what they do, in turn where there are few.
static uint8_t pull_channel(const struct plan* plan, uint32_t side, uint32_t tile) {
    const uint32_t number = side == A ? tile : plan->side[A].tiles + tile;
    return (uint8_t)(number % plan->chip->cluster[0].dma.channels);
}
static uint8_t load_channel(const struct plan* plan, uint32_t side) {
    const uint32_t number = plan->side[A].tiles + plan->side[B].tiles + side;
    return (uint8_t)(number % plan->chip->cluster[0].dma.channels);
}
static uint8_t store_channel(const struct plan* plan, uint32_t tile) {
    const uint32_t channels = plan->chip->cluster[0].dma.channels;
    const uint32_t others = plan->side[A].tiles + plan->side[B].tiles + 2;
    return (uint8_t)(others < channels ? others + tile % (channels - others) : tile % channels);
}

// A cluster's part of a panel's piece to its SRAM, then a count in a semaphore of each that shares
// it.
static void load_part(struct plan* plan, uint32_t number, uint32_t which,
                      const struct piece* piece) {
    struct chip* const chip = plan->chip;
    struct chip_cluster* const cluster = &chip->cluster[number];
    const struct side* const side = &plan->side[which];
    const uint32_t line = line_of(plan, which, number);
    const uint32_t sharer = place_in_line(plan, which, number);
    const struct span panel = panel_of(side, piece->round[which], line);
    const struct span part = part_of(side, piece, &panel, sharer);
    const uint32_t column = side->lanes_along ? panel.first : piece->depth;
    const uint8_t channel = load_channel(plan, which);
    const struct uses none = {0};
    if (part.count != 0 && panel.count != 0) {
        const struct copy_command command = {
            .channel = channel,
            .log2_element = 1,
            .source = side->tensor->address + part.first * side->tensor->ld + 2ull * column,
            .destination = cluster->board.sram.address + part_at(plan, which, piece->index),
            .columns = side->lanes_along ? panel.count : piece->k,
            .rows = part.count,
            .source_stride = (int64_t)side->tensor->ld,
            .destination_stride = side->part_ld};
        chip_append(chip, record_copy(&cluster->recorder, &command, &none));
    }
    const uint32_t columns = plan->side[B].clusters;
    const uint32_t first = which == A ? line * columns : line;
    const uint32_t step = side->sharers == 1 ? 0 : which == A ? 1 : columns;
    const uint64_t window = chip->cluster[first].board.command.address;
    const struct fill_command count = {
        .channel = channel,
        .log2_element = 2,
        .pattern = 1,
        .destination = window + ATHENA_COMMAND_SEMAPHORE_ADD_OFFSET +
                       (uint64_t)ATHENA_COMMAND_SEMAPHORE_ADD_STRIDE * (side->semaphore + sharer),
        .columns = 1,
        .rows = side->sharers,
        .destination_stride =
            (int64_t)(chip->cluster[first + step].board.command.address - window)};
    chip_append(chip, record_fill(&cluster->recorder, &count, &none));
}

// Place of a piece in L1: results, then pieces of A, then of B.
static uint32_t panel_at(const struct plan* plan, uint32_t side, uint32_t index) {
    const uint32_t a = plan->side[A].l1_bytes;
    const uint32_t slot = index % plan->panels;
    return plan->results * plan->result_bytes +
           (side == A ? slot * a : plan->panels * a + slot * plan->side[B].l1_bytes);
}

// What tile row (of A) or column (of B) `tile` of a cluster needs of one sharer's part, to all its
// tiles.
static void pull_part(struct plan* plan, uint32_t number, uint32_t which, uint32_t tile,
                      uint32_t sharer, const struct piece* piece) {
    struct chip* const chip = plan->chip;
    struct chip_cluster* const cluster = &chip->cluster[number];
    const struct side* const side = &plan->side[which];
    const uint32_t line = line_of(plan, which, number);
    const struct span panel = panel_of(side, piece->round[which], line);
    const struct span lanes = tile_lanes(side, piece->round[which], line, tile);
    const struct span part = part_of(side, piece, &panel, sharer);
    struct span rows = part;
    if (!side->lanes_along) {
        const uint32_t first = lanes.first > part.first ? lanes.first : part.first;
        const uint32_t end = smaller(lanes.first + lanes.count, part.first + part.count);
        rows = (struct span){first, end > first ? end - first : 0};
    }
    if (rows.count == 0 || lanes.count == 0) {
        return;
    }
    const uint32_t columns = plan->side[B].clusters;
    const uint32_t source = which == A ? line * columns + sharer : sharer * columns + line;
    const uint32_t skipped = side->lanes_along ? lanes.first - panel.first : 0;
    const uint32_t row = rows.first - (side->lanes_along ? piece->depth : lanes.first);
    const uint32_t tiles = plan->side[1 - which].tiles;
    const uint32_t first = which == A ? tile * tiles : tile;
    const uint32_t step = which == A ? 1 : side->tiles;
    const uint64_t l1 = cluster->tile[first].l1;
    struct copy_nd_command command = {
        .channel = pull_channel(plan, which, tile),
        .log2_element = 1,
        .source = chip->cluster[source].board.sram.address + part_at(plan, which, piece->index) +
                  (uint64_t)(rows.first - part.first) * side->part_ld + 2ull * skipped,
        .destination = l1 + panel_at(plan, which, piece->index) + (uint64_t)row * side->l1_ld,
        .columns = side->lanes_along ? lanes.count : piece->k,
        .rows = rows.count,
        .size = {1, 1, 1},
        .source_stride = {side->part_ld},
        .destination_stride = {side->l1_ld},
    };
    if (tiles > 1) {
        command.multicast = (1u << tiles) - 1;
        command.multicast_stride = (uint32_t)(cluster->tile[first + step].l1 - l1);
    }
    struct uses uses = {0};
    for (uint32_t i = 0; i < tiles; ++i) {
        uses.writes[i] = &cluster->tile[first + i * step].panel[which][piece->index % plan->panels];
    }
    cluster->recorder.besides.semaphore = (uint8_t)(side->semaphore + sharer);
    cluster->recorder.besides.value = (uint16_t)(piece->index + 1);
    chip_append(chip, record_copy_nd(&cluster->recorder, &command, &uses));
}

// A tile's block in a round.
struct block {
    struct chip_cluster* cluster;
    uint32_t tile;
    struct span rows, columns;
    uint32_t half;  // of L1's places for results
};

static struct block block_of(const struct plan* plan, uint32_t number, uint32_t tile,
                             const struct piece* piece) {
    const uint32_t columns = plan->side[B].tiles;
    return (struct block){.cluster = &plan->chip->cluster[number],
                          .tile = tile,
                          .rows = tile_lanes(&plan->side[A], piece->round[A],
                                             line_of(plan, A, number), tile / columns),
                          .columns = tile_lanes(&plan->side[B], piece->round[B],
                                                line_of(plan, B, number), tile % columns),
                          .half = piece->index / plan->pieces % plan->results};
}

// Rows of a block's results, counted from its first.
static void multiply(struct plan* plan, const struct block* block, const struct piece* piece,
                     struct span rows, struct buffer* results) {
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    const uint32_t slot = piece->index % plan->panels;
    const struct side* const a = &plan->side[A];
    const struct matmul_command command = {
        .tile = (uint8_t)block->tile,
        .accumulate = piece->depth != 0,
        .a_transposed = a->lanes_along,
        .b_transposed = !plan->side[B].lanes_along,
        .m = rows.count,
        .n = block->columns.count,
        .k = piece->k,
        .a = panel_at(plan, A, piece->index) + rows.first * (a->lanes_along ? 2 : a->l1_ld),
        .b = panel_at(plan, B, piece->index),
        .c = block->half * plan->result_bytes + rows.first * plan->result_ld,
        .a_ld = a->l1_ld,
        .b_ld = plan->side[B].l1_ld,
        .c_ld = plan->result_ld,
    };
    const struct uses uses = {.reads = {&tile->panel[A][slot], &tile->panel[B][slot]},
                              .writes = {results, &tile->results[block->half]}};
    chip_append(plan->chip, record_matmul(&block->cluster->recorder, &command, &uses));
}

static void store(struct plan* plan, const struct block* block, struct span rows, uint32_t number,
                  struct buffer* results) {
    const struct tensor* const c = plan->product->c;
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    const struct copy_command command = {
        .channel = store_channel(plan, block->tile + number),
        .log2_element = 2,
        .source = tile->l1 + block->half * plan->result_bytes + rows.first * plan->result_ld,
        .destination =
            c->address + (block->rows.first + rows.first) * c->ld + 4ull * block->columns.first,
        .columns = block->columns.count,
        .rows = rows.count,
        .source_stride = plan->result_ld,
        .destination_stride = (int64_t)c->ld};
    const struct uses uses = {.reads = {results}};
    chip_append(plan->chip, record_copy(&block->cluster->recorder, &command, &uses));
}

// All that is left of a block, some rows at a time, so that these are stored while the tile works
// on others: `piece` and those behind it, which L1 holds together.
static void finish_block(struct plan* plan, const struct block* block, const struct piece* piece) {
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    const uint32_t pieces = plan->pieces - piece->index % plan->pieces;
    for (uint32_t row = 0; row < block->rows.count; row += ARRAY) {
        const struct span rows = span_within(row, ARRAY, block->rows.count);
        // Of its own, so that a store waits for these rows alone.
        struct buffer* const results = &tile->strip[row / ARRAY % CHIP_STRIPS];
        for (uint32_t i = 0; i < pieces; ++i) {
            const struct piece next = piece_at(plan, piece->index + i);
            multiply(plan, block, &next, rows, results);
        }
        store(plan, block, rows, row / ARRAY, results);
    }
}

// Of all clusters piece by piece, so that nothing waits for what is recorded behind it.
static void load_parts(struct plan* plan, uint32_t index) {
    const struct piece piece = piece_at(plan, index);
    for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
        load_part(plan, i, A, &piece);
        load_part(plan, i, B, &piece);
    }
}

static void record_piece(struct plan* plan, uint32_t number, const struct piece* piece) {
    const uint32_t count = count_pieces(plan);
    const uint32_t finish = count - smaller(plan->panels, plan->pieces);
    for (uint32_t which = 0; which < 2; ++which) {
        for (uint32_t tile = 0; tile < plan->side[which].tiles; ++tile) {
            for (uint32_t sharer = 0; sharer < plan->side[which].sharers; ++sharer) {
                pull_part(plan, number, which, tile, sharer, piece);
            }
        }
    }
    for (uint32_t tile = 0; tile < plan->chip->tiles; ++tile) {
        const struct block block = block_of(plan, number, tile, piece);
        if (block.rows.count == 0 || block.columns.count == 0) {
            continue;
        }
        struct buffer* const results = &block.cluster->tile[tile].results[block.half];
        const struct span all = {0, block.rows.count};
        if (piece->index < finish) {
            multiply(plan, &block, piece, all, results);
        }
        if (piece->index < finish && piece->depth + piece->k == plan->k) {
            store(plan, &block, all, 0, results);
        }
        if (piece->index + 1 == count) {
            const struct piece left = piece_at(plan, finish);
            finish_block(plan, &block, &left);
        }
    }
}

static void record_pieces(struct plan* plan) {
    const uint32_t count = count_pieces(plan);
    for (uint32_t index = 0; index < count; ++index) {
        if (index == plan->first + plan->slots) {
            chip_fence(plan->chip);  // SRAM is used anew
            plan->first = index;
        }
        const uint32_t last = smaller(index + AHEAD, plan->first + plan->slots);
        for (; plan->loaded < smaller(last, count); ++plan->loaded) {
            load_parts(plan, plan->loaded);
        }
        const struct piece piece = piece_at(plan, index);
        for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
            record_piece(plan, i, &piece);
        }
    }
}

// Semaphores of the sharers are 0 again, as a list can be replayed.
static void clear_semaphores(struct plan* plan) {
    const struct descriptor_sync none = {0};
    const uint32_t count = plan->side[A].sharers + plan->side[B].sharers;
    for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
        for (uint32_t j = 0; j < count; ++j) {
            const struct descriptor line =
                descriptor_set_semaphore((uint8_t)(FIRST_SEMAPHORE + j), 0, &none);
            chip_append(plan->chip, record_line(&plan->chip->cluster[i].recorder, &line));
        }
    }
}

static void let_engines_wait(struct chip* chip, bool value) {
    for (uint32_t i = 0; i < chip->clusters; ++i) {
        chip->cluster[i].recorder.engines_wait = value;
    }
}

bool record_shared_product(struct chip* chip, const struct tensor_product* product) {
    struct plan plan;
    const bool fits = product->mx_a == NULL && product->mx_b == NULL && product->initial == NULL &&
                      product->c->format == FP32 && chip->count == chip->clusters;
    if (!fits || !make_plan(&plan, chip, product)) {
        return false;
    }
    if (product->section != 0) {
        chip_section(chip, product->section);
    }
    chip_fence(chip);
    let_engines_wait(chip, true);
    record_pieces(&plan);
    let_engines_wait(chip, false);
    chip_fence(chip);
    clear_semaphores(&plan);
    return true;
}
