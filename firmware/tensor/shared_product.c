// SPDX-License-Identifier: Apache-2.0
#include "shared_product.h"

#include "command_regs.h"
#include "descriptor_regs.h"
#include "shared_plan.h"

enum { MOST_STORE_CHANNELS = 64 };  // of the chip, each with 64 bursts or so on their way

// Channels by what they do, in turn where there are few.
static uint8_t pull_channel(const struct plan* plan, uint32_t side, uint32_t tile) {
    const uint32_t number = side == SIDE_A ? tile : plan->side[SIDE_A].tiles + tile;
    return (uint8_t)(number % plan->chip->cluster[0].dma.channels);
}
static uint8_t load_channel(const struct plan* plan, uint32_t side) {
    const uint32_t number = plan->side[SIDE_A].tiles + plan->side[SIDE_B].tiles + side;
    return (uint8_t)(number % plan->chip->cluster[0].dma.channels);
}
// Few in a large chip: writes that HBM's queues have no room for would stand in the mesh, in front
// of what tiles wait for.
static uint8_t store_channel(const struct plan* plan, uint32_t tile) {
    const uint32_t channels = plan->chip->cluster[0].dma.channels;
    const uint32_t others = plan->side[SIDE_A].tiles + plan->side[SIDE_B].tiles + 2;
    if (others >= channels) {
        return (uint8_t)(tile % channels);
    }
    const uint32_t most = MOST_STORE_CHANNELS / plan->chip->clusters;
    const uint32_t stores = smaller(channels - others, most == 0 ? 1 : most);
    return (uint8_t)(others + tile % stores);
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
    // The second piece waits for the first one's way to L1, in front of which it would be else: no
    // tile begins without that.
    struct uses uses = {0};
    if (piece->index == 1) {
        uses.reads[0] = &cluster->tile[0].panel[which][slot_of(plan, 0)];
    }
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
        chip_append(chip, record_copy(&cluster->recorder, &command, &uses));
    }
    const uint32_t columns = plan->side[SIDE_B].clusters;
    const uint32_t first = which == SIDE_A ? line * columns : line;
    const uint32_t step = side->sharers == 1 ? 0 : which == SIDE_A ? 1 : columns;
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

// Where in L1 what is pulled lies, and which slot of each tile that is in.
struct place {
    uint32_t at, ld;
    bool of_strip;  // in a half of A's first slot
    uint32_t side, slot;
};

static struct buffer* buffer_of(struct chip_tile* tile, const struct place* place) {
    return place->of_strip ? &tile->operands[place->slot] : &tile->panel[place->side][place->slot];
}

static struct place place_of(const struct plan* plan, uint32_t which, const struct piece* piece) {
    const uint32_t slot = slot_of(plan, piece->index);
    return (struct place){slot_at(plan, which, slot), plan->side[which].l1_ld, false, which, slot};
}

// Of B, of one of the pieces that are held.
static struct place held_place(const struct plan* plan, uint32_t index) {
    const struct panel_slot slot = held_slot(plan, index - first_held(plan));
    return (struct place){slot_at(plan, slot.side, slot.number), plan->side[SIDE_B].l1_ld, false,
                          slot.side, slot.number};
}

// What tile row (of A) or column (of B) `tile` of a cluster needs of one sharer's part, to all its
// tiles: `lanes`, all of its own or some of them.
static void pull_part(struct plan* plan, uint32_t number, uint32_t which, uint32_t tile,
                      const struct span* lanes, uint32_t sharer, const struct piece* piece,
                      const struct place* place) {
    struct chip* const chip = plan->chip;
    struct chip_cluster* const cluster = &chip->cluster[number];
    const struct side* const side = &plan->side[which];
    const uint32_t line = line_of(plan, which, number);
    const struct span panel = panel_of(side, piece->round[which], line);
    const struct span part = part_of(side, piece, &panel, sharer);
    struct span rows = part;
    if (!side->lanes_along) {
        const uint32_t first = lanes->first > part.first ? lanes->first : part.first;
        const uint32_t end = smaller(lanes->first + lanes->count, part.first + part.count);
        rows = (struct span){first, end > first ? end - first : 0};
    }
    if (rows.count == 0 || lanes->count == 0) {
        return;
    }
    const uint32_t columns = plan->side[SIDE_B].clusters;
    const uint32_t source = which == SIDE_A ? line * columns + sharer : sharer * columns + line;
    const uint32_t skipped = side->lanes_along ? lanes->first - panel.first : 0;
    const uint32_t row = rows.first - (side->lanes_along ? piece->depth : lanes->first);
    const uint32_t tiles = plan->side[1 - which].tiles;
    const uint32_t first = which == SIDE_A ? tile * tiles : tile;
    const uint32_t step = which == SIDE_A ? 1 : side->tiles;
    const uint64_t l1 = cluster->tile[first].l1;
    struct copy_nd_command command = {
        .channel = pull_channel(plan, which, tile),
        .log2_element = 1,
        .source = chip->cluster[source].board.sram.address + part_at(plan, which, piece->index) +
                  (uint64_t)(rows.first - part.first) * side->part_ld + 2ull * skipped,
        .destination = l1 + place->at + (uint64_t)row * place->ld,
        .columns = side->lanes_along ? lanes->count : piece->k,
        .rows = rows.count,
        .size = {1, 1, 1},
        .source_stride = {side->part_ld},
        .destination_stride = {place->ld},
    };
    if (tiles > 1) {
        command.multicast = (1u << tiles) - 1;
        command.multicast_stride = (uint32_t)(cluster->tile[first + step].l1 - l1);
    }
    struct uses uses = {0};
    for (uint32_t i = 0; i < tiles; ++i) {
        uses.writes[i] = buffer_of(&cluster->tile[first + i * step], place);
    }
    cluster->recorder.besides.semaphore = (uint8_t)(side->semaphore + sharer);
    cluster->recorder.besides.value = (uint16_t)(piece->index + 1);
    chip_append(chip, record_copy_nd(&cluster->recorder, &command, &uses));
}

// From all sharers. Each cluster of a line begins with another one, and so do its tiles, so that
// they do not all wait for the same shared SRAM.
static void pull_lanes(struct plan* plan, uint32_t number, uint32_t which, uint32_t tile,
                       const struct span* lanes, const struct piece* piece,
                       const struct place* place) {
    const struct side* const side = &plan->side[which];
    const struct span panel = panel_of(side, piece->round[which], line_of(plan, which, number));
    const struct span sharers = sharers_of(side, &panel, lanes);
    const uint32_t begin = place_in_line(plan, which, number) + tile * sharers.count / side->tiles;
    for (uint32_t i = 0; i < sharers.count; ++i) {
        const uint32_t sharer = sharers.first + (begin + i) % sharers.count;
        pull_part(plan, number, which, tile, lanes, sharer, piece, place);
    }
}

static void pull_side(struct plan* plan, uint32_t number, uint32_t which, const struct piece* piece,
                      const struct place* place) {
    const struct side* const side = &plan->side[which];
    const uint32_t line = line_of(plan, which, number);
    for (uint32_t tile = 0; tile < side->tiles; ++tile) {
        const struct span lanes = tile_lanes(side, piece->round[which], line, tile);
        pull_lanes(plan, number, which, tile, &lanes, piece, place);
    }
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
    const uint32_t columns = plan->side[SIDE_B].tiles;
    return (struct block){.cluster = &plan->chip->cluster[number],
                          .tile = tile,
                          .rows = tile_lanes(&plan->side[SIDE_A], piece->round[SIDE_A],
                                             line_of(plan, SIDE_A, number), tile / columns),
                          .columns = tile_lanes(&plan->side[SIDE_B], piece->round[SIDE_B],
                                                line_of(plan, SIDE_B, number), tile % columns),
                          .half = piece->index / plan->pieces % plan->results};
}

// Results of a block, counted from its first: rows and columns.
struct unit {
    struct span rows, columns;
    struct buffer* results;
};

static struct unit whole_block(const struct block* block) {
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    return (struct unit){.rows = {0, block->rows.count},
                         .columns = {0, block->columns.count},
                         .results = &tile->results[block->half]};
}

static uint32_t result_at(const struct plan* plan, const struct block* block,
                          const struct unit* unit) {
    return block->half * plan->result_bytes + unit->rows.first * plan->result_ld +
           unit->columns.first * 4;
}

// Fields of a multiplication that do not depend on where its operands lie.
static struct matmul_command multiplication(const struct plan* plan, const struct block* block,
                                            const struct unit* unit, const struct piece* piece) {
    return (struct matmul_command){
        .tile = (uint8_t)block->tile,
        .accumulate = piece->depth != 0,
        .a_transposed = plan->side[SIDE_A].lanes_along,
        .b_transposed = !plan->side[SIDE_B].lanes_along,
        .m = unit->rows.count,
        .n = unit->columns.count,
        .k = piece->k,
        .c = result_at(plan, block, unit),
        .c_ld = plan->result_ld,
    };
}

static void multiply(struct plan* plan, const struct block* block, const struct piece* piece) {
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    const struct unit unit = whole_block(block);
    const struct place a = place_of(plan, SIDE_A, piece);
    const struct place b = place_of(plan, SIDE_B, piece);
    struct matmul_command command = multiplication(plan, block, &unit, piece);
    command.a = a.at;
    command.a_ld = a.ld;
    command.b = b.at;
    command.b_ld = b.ld;
    struct uses uses = {.reads = {&tile->panel[SIDE_A][a.slot], &tile->panel[SIDE_B][b.slot]},
                        .writes = {unit.results}};
    if (a.slot == 0) {
        uses.reads[2] = &tile->operands[0];
        uses.reads[3] = &tile->operands[1];
    }
    chip_append(plan->chip, record_matmul(&block->cluster->recorder, &command, &uses));
}

// From L1 to HBM; or, if C is BF16, a strip at a time, to shared SRAM, by a vector core there to
// BF16, and on.
static void store_strip(struct plan* plan, const struct block* block, const struct unit* unit,
                        uint8_t channel) {
    const struct tensor* const c = plan->product->c;
    struct chip_cluster* const cluster = block->cluster;
    struct chip_tile* const tile = &cluster->tile[block->tile];
    const uint32_t columns = unit->columns.count;
    const uint32_t bytes = element_bytes(c->format);
    struct copy_command command = {
        .channel = channel,
        .log2_element = 2,
        .source = tile->l1 + result_at(plan, block, unit),
        .destination = c->address + (block->rows.first + unit->rows.first) * c->ld +
                       (uint64_t)bytes * (block->columns.first + unit->columns.first),
        .columns = columns,
        .rows = unit->rows.count,
        .source_stride = plan->result_ld,
        .destination_stride = (int64_t)c->ld};
    struct uses uses = {.reads = {unit->results}};
    if (c->format == BF16) {
        const uint32_t wide = staged_at(plan, block->tile);
        const uint32_t narrow = wide + SHARED_ARRAY * plan->side[SIDE_B].lanes * 4;
        const uint64_t sram = cluster->board.sram.address;
        const uint8_t core = (uint8_t)(block->tile % plan->chip->cores);
        struct buffer* const staged[] = {&tile->staged[0], &tile->staged[1]};
        struct copy_command down = command;
        down.channel = load_channel(plan, block->tile % 2);
        down.destination = sram + wide;
        down.destination_stride = columns * 4;
        uses.writes[0] = staged[0];
        chip_append(plan->chip, record_copy(&cluster->recorder, &down, &uses));
        const struct vector_command narrowing = {
            .core = core,
            .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY,
            .rows = unit->rows.count,
            .columns = columns,
            .a = {.address = wide, .ld = columns * 4, .format = FP32},
            .out = {.address = narrow, .ld = columns * 2, .format = BF16}};
        uses = (struct uses){.reads = {staged[0]}, .writes = {staged[1]}};
        chip_append(plan->chip, record_vector(&cluster->recorder, &narrowing, &uses));
        uses = (struct uses){.reads = {staged[1]}};
        command.log2_element = 1;
        command.source = sram + narrow;
        command.source_stride = columns * 2;
    }
    chip_append(plan->chip, record_copy(&cluster->recorder, &command, &uses));
}

static void store(struct plan* plan, const struct block* block, const struct unit* unit,
                  uint32_t number) {
    const uint8_t channel = store_channel(plan, block->tile + number);
    if (plan->product->c->format != BF16) {
        store_strip(plan, block, unit, channel);
        return;
    }
    struct unit strip = *unit;
    for (uint32_t row = 0; row < unit->rows.count; row += SHARED_ARRAY) {
        strip.rows =
            span_within(unit->rows.first + row, SHARED_ARRAY, unit->rows.first + unit->rows.count);
        store_strip(plan, block, &strip, channel);
    }
}

// Of all clusters piece by piece, so that nothing waits for what is recorded behind it.
static void load_parts(struct plan* plan, uint32_t index) {
    const struct piece piece = piece_at(plan, index);
    for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
        load_part(plan, i, SIDE_A, &piece);
        load_part(plan, i, SIDE_B, &piece);
    }
}

static void record_piece(struct plan* plan, uint32_t number, const struct piece* piece) {
    for (uint32_t which = 0; which < 2; ++which) {
        const struct place place = place_of(plan, which, piece);
        pull_side(plan, number, which, piece, &place);
    }
    for (uint32_t tile = 0; tile < plan->chip->tiles; ++tile) {
        const struct block block = block_of(plan, number, tile, piece);
        if (block.rows.count == 0 || block.columns.count == 0) {
            continue;
        }
        multiply(plan, &block, piece);
        if (piece->depth + piece->k == plan->k) {
            const struct unit unit = whole_block(&block);
            store(plan, &block, &unit, 0);
        }
    }
}

// A step of finishing the last round, strip by strip: some of the held pieces, in rows of a tile's
// block. B of all of them stays in L1; A comes step by step. What is done is stored while the tile
// works on the next strip.
struct step {
    uint32_t turn;       // of the strip
    uint32_t number;     // of all steps
    struct piece first;  // its pieces
    uint32_t pieces;
    uint32_t strip;
};

static uint32_t count_strips(const struct plan* plan) {
    return (plan->side[SIDE_A].lanes + SHARED_ARRAY - 1) / SHARED_ARRAY;
}
static uint32_t count_steps(const struct plan* plan) {
    return (plan->held + plan->step - 1) / plan->step * count_strips(plan);
}

// Clusters of a row of the grid begin with different strips, which different sharers have.
static struct step step_at(const struct plan* plan, uint32_t number, uint32_t index) {
    const uint32_t strips = count_strips(plan);
    const uint32_t steps = count_steps(plan) / strips;
    const uint32_t done = index % steps * plan->step;
    const uint32_t turn = index / steps;
    return (struct step){.turn = turn,
                         .number = index,
                         .first = piece_at(plan, first_held(plan) + done),
                         .pieces = smaller(plan->step, plan->held - done),
                         .strip = (place_in_line(plan, SIDE_A, number) + turn) % strips};
}

static struct span strip_rows(const struct step* step, uint32_t rows) {
    return span_within(step->strip * SHARED_ARRAY, SHARED_ARRAY, rows);
}

// Of A, a piece of a step.
static struct place strip_place(const struct plan* plan, const struct step* step,
                                const struct piece* piece) {
    const bool along = plan->side[SIDE_A].lanes_along;
    const uint32_t half = step->number % CHIP_HALVES;
    const uint32_t depth = plan->step * plan->piece;
    const uint32_t ld = (along ? SHARED_ARRAY : depth) * 2;
    return (struct place){slot_at(plan, SIDE_A, 0) + half * depth * SHARED_ARRAY * 2 +
                              (piece->depth - step->first.depth) * (along ? ld : 2),
                          ld, true, SIDE_A, half};
}

static void pull_step(struct plan* plan, uint32_t number, uint32_t index) {
    const struct side* const a = &plan->side[SIDE_A];
    const uint32_t line = line_of(plan, SIDE_A, number);
    const struct step step = step_at(plan, number, index);
    for (uint32_t i = 0; i < step.pieces; ++i) {
        const struct piece piece = piece_at(plan, step.first.index + i);
        const struct place strip = strip_place(plan, &step, &piece);
        for (uint32_t tile = 0; tile < a->tiles; ++tile) {
            const struct span all = tile_lanes(a, piece.round[SIDE_A], line, tile);
            const struct span rows = strip_rows(&step, all.count);
            const struct span lanes = {all.first + rows.first, rows.count};
            pull_lanes(plan, number, SIDE_A, tile, &lanes, &piece, &strip);
        }
        if (step.turn == 0) {
            const struct place place = held_place(plan, piece.index);
            pull_side(plan, number, SIDE_B, &piece, &place);
        }
    }
}

// Some pieces of a step.
static void multiply_strip(struct plan* plan, const struct block* block, const struct unit* unit,
                           const struct step* step, struct span pieces) {
    struct chip_tile* const tile = &block->cluster->tile[block->tile];
    struct piece piece = piece_at(plan, step->first.index + pieces.first);
    const struct place a = strip_place(plan, step, &piece);
    const struct place b = held_place(plan, piece.index);
    struct uses uses = {.reads = {buffer_of(tile, &a)},
                        .writes = {unit->results, &tile->results[block->half]}};
    for (uint32_t i = 0; i < pieces.count; ++i) {
        const struct piece next = piece_at(plan, piece.index + i);
        const struct place place = held_place(plan, next.index);
        uses.reads[1 + i] = buffer_of(tile, &place);
        piece.k = next.depth + next.k - piece.depth;
    }
    struct matmul_command command = multiplication(plan, block, unit, &piece);
    command.a = a.at;
    command.a_ld = a.ld;
    command.b = b.at;
    command.b_ld = b.ld;
    chip_append(plan->chip, record_matmul(&block->cluster->recorder, &command, &uses));
}

static void record_step(struct plan* plan, uint32_t number, uint32_t index) {
    const struct step step = step_at(plan, number, index);
    // Pieces of B follow each other in L1, so that k goes on, if a value of k is a row there.
    const bool follow = plan->side[SIDE_B].lanes_along;
    const uint32_t together = follow ? step.pieces : 1;
    const bool ends = step.first.index + step.pieces == count_pieces(plan);
    for (uint32_t tile = 0; tile < plan->chip->tiles; ++tile) {
        const struct block block = block_of(plan, number, tile, &step.first);
        const struct unit unit = {
            .rows = strip_rows(&step, block.rows.count),
            .columns = {0, block.columns.count},
            // Of its own, so that a store waits for these rows alone.
            .results = &block.cluster->tile[tile].strip[step.strip % CHIP_STRIPS]};
        if (unit.rows.count == 0 || unit.columns.count == 0) {
            continue;
        }
        for (uint32_t i = 0; i < step.pieces; i += together) {
            multiply_strip(plan, &block, &unit, &step, (struct span){i, together});
        }
        if (ends) {
            store(plan, &block, &unit, step.turn);
        }
    }
}

static void record_held(struct plan* plan, uint32_t number) {
    const uint32_t steps = count_steps(plan);
    pull_step(plan, number, 0);
    for (uint32_t i = 0; i < steps; ++i) {
        if (i + 1 < steps) {
            pull_step(plan, number, i + 1);
        }
        record_step(plan, number, i);
    }
}

// The first piece that SRAM has no room for; those that are held have room together.
static uint32_t end_of_sram(const struct plan* plan) {
    const uint32_t held = first_held(plan);
    const uint32_t end = plan->first + plan->slots;
    return held < end && end < count_pieces(plan) ? held : smaller(end, count_pieces(plan));
}

// What is needed at a piece, up to `ahead` pieces from it on.
static void load_ahead(struct plan* plan, uint32_t index, uint32_t ahead) {
    if (index == end_of_sram(plan)) {
        chip_fence(plan->chip);  // SRAM is used anew
        plan->first = index;
    }
    const uint32_t last = smaller(index + ahead, end_of_sram(plan));
    for (; plan->loaded < last; ++plan->loaded) {
        load_parts(plan, plan->loaded);
    }
}

static void record_pieces(struct plan* plan) {
    const uint32_t held = first_held(plan);
    for (uint32_t index = 0; index < held; ++index) {
        load_ahead(plan, index, index == 0 ? 1 : SHARED_AHEAD);
        const struct piece piece = piece_at(plan, index);
        for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
            record_piece(plan, i, &piece);
        }
    }
    if (plan->held == 0) {
        return;
    }
    load_ahead(plan, held, plan->held);
    for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
        record_held(plan, i);
    }
}

// Semaphores of the sharers are 0 again, as a list can be replayed.
static void clear_semaphores(struct plan* plan) {
    const struct descriptor_sync none = {0};
    const uint32_t count = plan->side[SIDE_A].sharers + plan->side[SIDE_B].sharers;
    for (uint32_t i = 0; i < plan->chip->clusters; ++i) {
        for (uint32_t j = 0; j < count; ++j) {
            const struct descriptor line =
                descriptor_set_semaphore((uint8_t)(SHARED_FIRST_SEMAPHORE + j), 0, &none);
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
                      (product->c->format == FP32 || product->c->format == BF16) &&
                      chip->count == chip->clusters;
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
