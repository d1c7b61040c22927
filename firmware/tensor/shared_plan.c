// SPDX-License-Identifier: Apache-2.0
#include "shared_plan.h"

enum {
    STEP = 16,
    LINE = 32,         // bytes, of L1
    SRAM_LINE = 64,    // bytes
    PIECE = 256,       // values of k, at most, of a piece
    LEAST_PIECE = 64,  // or all of k
    LEAST_PANELS = 3,  // pieces in L1
    // In multiplications of a tile: loading a lane of a k, which goes on beside them, and storing a
    // result of each tile, by number of tiles.
    LANE_COST = 64,
    STORE_COST = 4,
    MOST_ROUNDS = 64,                        // in either direction
    MOST_PIECES = 60000,                     // semaphores have 16 bits
    MOST_STEP = RECORDER_MOST_OPERANDS - 1,  // pieces of B that a command reads besides A
};

static uint32_t divided(uint32_t value, uint32_t by) {
    return (value + by - 1) / by;
}
static uint32_t rounded(uint32_t value, uint32_t step) {
    return divided(value, step) * step;
}

uint32_t count_pieces(const struct plan* plan) {
    return plan->pieces * plan->side[SIDE_A].rounds * plan->side[SIDE_B].rounds;
}

uint32_t first_held(const struct plan* plan) {
    return count_pieces(plan) - plan->held;
}

uint32_t line_of(const struct plan* plan, uint32_t side, uint32_t cluster) {
    const uint32_t columns = plan->side[SIDE_B].clusters;
    return side == SIDE_A ? cluster / columns : cluster % columns;
}
uint32_t place_in_line(const struct plan* plan, uint32_t side, uint32_t cluster) {
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

// How many of the last pieces are multiplied strip by strip: none where a tile has one strip.
static void choose_held(struct plan* plan) {
    const uint32_t slots = slots_are_equal(plan) ? 2 * plan->panels - 1 : plan->panels;
    plan->step = smaller(plan->side[SIDE_A].lanes / (2 * SHARED_ARRAY), MOST_STEP);
    plan->held = plan->step == 0 ? 0 : smaller(smaller(slots, plan->pieces), plan->slots);
    plan->step = smaller(plan->step, plan->held);
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
        side->part_ld = rounded((side->lanes_along ? lanes : piece) * 2, SRAM_LINE);
        side->part_bytes =
            divided(side->lanes_along ? piece : lanes, side->sharers) * side->part_ld;
        side->l1_ld = rounded((side->lanes_along ? side->lanes : piece) * 2, LINE);
        side->l1_bytes = (side->lanes_along ? piece : side->lanes) * side->l1_ld;
        parts += side->part_bytes;
        panels += side->l1_bytes;
    }
    plan->result_ld = rounded(plan->side[SIDE_B].lanes * 4, LINE);
    plan->result_bytes = plan->side[SIDE_A].lanes * plan->result_ld;
    plan->staged =
        plan->product->c->format == BF16 ? SHARED_ARRAY * plan->side[SIDE_B].lanes * 6 : 0;
    const uint64_t staged = (uint64_t)plan->staged * plan->chip->tiles;
    const uint64_t sram = plan->chip->cluster[0].board.sram.size;
    plan->slots = staged > sram ? 0 : (uint32_t)((sram - staged) / parts);
    plan->results = plan->side[SIDE_A].rounds * plan->side[SIDE_B].rounds == 1 ? 1 : CHIP_HALVES;
    choose_held(plan);
    const uint64_t l1 = (uint64_t)plan->panels * panels + plan->results * plan->result_bytes;
    return l1 <= plan->chip->l1_bytes && plan->slots > SHARED_AHEAD;
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

// In multiplications of a tile for each value of k.
static uint64_t cost_of(const struct plan* plan) {
    const struct side* const a = &plan->side[SIDE_A];
    const struct side* const b = &plan->side[SIDE_B];
    const uint64_t m = rounded(a->lanes, SHARED_ARRAY);
    const uint64_t n = rounded(b->lanes, SHARED_ARRAY);
    const uint64_t load = LANE_COST * (m + n) * 11 / 10;
    // Of the last blocks' stores a tile's work on the held pieces hides what is behind the first
    // strip.
    const uint64_t store = STORE_COST * plan->chip->clusters * plan->chip->tiles;
    const uint64_t hidden = (uint64_t)plan->held * plan->piece * 3 / 4;
    return (uint64_t)a->rounds * b->rounds * (m * n > load ? m * n : load) +
           (store > hidden ? store - hidden : 0) * m * n / plan->k;
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
            const uint64_t cost = cost_of(plan);
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
    const struct side* const a = &plan->side[SIDE_A];
    const struct side* const b = &plan->side[SIDE_B];
    return plan->k != 0 && a->all_lanes >= a->clusters * a->tiles * STEP &&
           b->all_lanes >= b->clusters * b->tiles * STEP;
}

bool make_plan(struct plan* plan, struct chip* chip, const struct tensor_product* product) {
    const uint32_t rows = rows_of_grid(chip->clusters);
    const uint32_t tile_rows = rows_of_grid(chip->tiles);
    const uint32_t columns = chip->clusters / rows;
    *plan = (struct plan){.chip = chip, .product = product};
    plan->k = product->a_transposed ? product->a->rows : product->a->columns;
    plan->side[SIDE_A] = (struct side){.tensor = product->a,
                                       .lanes_along = product->a_transposed,
                                       .all_lanes = product->c->rows,
                                       .clusters = rows,
                                       .sharers = columns,
                                       .tiles = tile_rows,
                                       .semaphore = SHARED_FIRST_SEMAPHORE};
    plan->side[SIDE_B] = (struct side){.tensor = product->b,
                                       .lanes_along = !product->b_transposed,
                                       .all_lanes = product->c->columns,
                                       .clusters = columns,
                                       .sharers = rows,
                                       .tiles = chip->tiles / tile_rows,
                                       .semaphore = (uint8_t)(SHARED_FIRST_SEMAPHORE + columns)};
    const uint32_t semaphores = SHARED_FIRST_SEMAPHORE + rows + columns;
    if (semaphores > ring_semaphore_count(&chip->cluster[0].ring) || !is_large_enough(plan) ||
        !choose_rounds(plan)) {
        return false;
    }
    return count_pieces(plan) <= MOST_PIECES;
}

struct piece piece_at(const struct plan* plan, uint32_t index) {
    const uint32_t round = index / plan->pieces;
    const uint32_t depth = index % plan->pieces * plan->piece;
    return (struct piece){
        .index = index,
        .round = {round / plan->side[SIDE_B].rounds, round % plan->side[SIDE_B].rounds},
        .depth = depth,
        .k = smaller(plan->piece, plan->k - depth)};
}

struct span span_within(uint32_t first, uint32_t count, uint32_t end) {
    return (struct span){first, first >= end ? 0 : smaller(count, end - first)};
}

struct span panel_of(const struct side* side, uint32_t round, uint32_t line) {
    const uint32_t lanes = side->tiles * side->lanes;
    return span_within((round * side->clusters + line) * lanes, lanes, side->all_lanes);
}

struct span tile_lanes(const struct side* side, uint32_t round, uint32_t line, uint32_t tile) {
    const struct span panel = panel_of(side, round, line);
    return span_within(panel.first + tile * side->lanes, side->lanes, panel.first + panel.count);
}

static uint32_t lanes_of_part(const struct side* side) {
    return divided(side->tiles * side->lanes, side->sharers);
}

struct span part_of(const struct side* side, const struct piece* piece, const struct span* panel,
                    uint32_t sharer) {
    const uint32_t first = side->lanes_along ? piece->depth : panel->first;
    const uint32_t count = side->lanes_along ? piece->k : panel->count;
    const uint32_t rows =
        side->lanes_along ? divided(piece->k, side->sharers) : lanes_of_part(side);
    return span_within(first + sharer * rows, rows, first + count);
}

struct span sharers_of(const struct side* side, const struct span* panel,
                       const struct span* lanes) {
    if (side->lanes_along || lanes->count == 0) {
        return (struct span){0, side->sharers};
    }
    const uint32_t each = lanes_of_part(side);
    const uint32_t first = (lanes->first - panel->first) / each;
    return (struct span){first, divided(lanes->first + lanes->count - panel->first, each) - first};
}

uint32_t part_at(const struct plan* plan, uint32_t side, uint32_t index) {
    const uint32_t slot = index - plan->first;
    const uint32_t a = plan->side[SIDE_A].part_bytes;
    return side == SIDE_A ? slot * a : plan->slots * a + slot * plan->side[SIDE_B].part_bytes;
}

uint32_t staged_at(const struct plan* plan, uint32_t tile) {
    return plan->slots * (plan->side[SIDE_A].part_bytes + plan->side[SIDE_B].part_bytes) +
           tile * plan->staged;
}

uint32_t slot_of(const struct plan* plan, uint32_t index) {
    return (index + plan->panels - first_held(plan) % plan->panels) % plan->panels;
}

bool slots_are_equal(const struct plan* plan) {
    return plan->side[SIDE_A].l1_bytes == plan->side[SIDE_B].l1_bytes;
}

// In the order in which they become free: B's first slot, B's and A's second, B's and A's third...,
// A's first, which is so soon too, last. If they are not equal B's slots, then A's.
uint32_t slot_at(const struct plan* plan, uint32_t side, uint32_t slot) {
    const uint32_t b = plan->side[SIDE_B].l1_bytes;
    const uint32_t operands = plan->results * plan->result_bytes;
    if (!slots_are_equal(plan)) {
        return operands +
               (side == SIDE_B ? slot * b : plan->panels * b + slot * plan->side[SIDE_A].l1_bytes);
    }
    if (slot == 0) {
        return operands + (side == SIDE_B ? 0 : (2 * plan->panels - 1) * b);
    }
    return operands + (side == SIDE_B ? 2 * slot - 1 : 2 * slot) * b;
}

struct panel_slot held_slot(const struct plan* plan, uint32_t number) {
    if (!slots_are_equal(plan)) {
        return (struct panel_slot){SIDE_B, number};
    }
    return (struct panel_slot){number % 2 == 0 && number != 0 ? SIDE_A : SIDE_B, (number + 1) / 2};
}
