// SPDX-License-Identifier: Apache-2.0
// How a product that clusters share (shared_product.h) is cut: into rounds, pieces of k and strips,
// and where these lie in shared SRAM and L1.
#pragma once

#include "products.h"

enum {
    SHARED_ARRAY = 64,  // outputs that the largest tile takes at once, in either direction
    SHARED_AHEAD = 4,   // pieces that are loaded to SRAM before they are needed
    SHARED_FIRST_SEMAPHORE = 40,  // behind those of the recorder
};

enum { SIDE_A, SIDE_B };

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
    // In shared SRAM: bytes between rows of a cluster's part of a piece, bytes of a part.
    uint32_t part_ld;
    uint32_t part_bytes;
    uint32_t l1_ld;     // in L1
    uint32_t l1_bytes;  // of a piece
    uint8_t semaphore;  // of the first sharer: its parts that are there
};

struct plan {
    struct chip* chip;
    const struct tensor_product* product;
    struct side side[2];
    uint32_t k;                        // all
    uint32_t piece;                    // of k
    uint32_t pieces;                   // of a round
    uint32_t result_ld, result_bytes;  // of a block, in L1
    uint32_t results;                  // blocks in L1
    uint32_t panels;                   // pieces in L1
    uint32_t held;                     // the last pieces, whose B L1 has as a whole; or 0
    uint32_t step;                     // of these, whose A L1 has of a strip, twice
    uint32_t slots;                    // pieces that SRAM holds
    uint32_t loaded;                   // pieces that are in SRAM, of all rounds
    uint32_t first;                    // piece that is in slot 0
    uint32_t staged;                   // bytes of SRAM for a strip of each tile, if C is BF16
};

// False if the product is too small for all tiles, or memories are too small for it.
bool make_plan(struct plan* plan, struct chip* chip, const struct tensor_product* product);

// Of all rounds; and the first of those that L1 has together.
uint32_t count_pieces(const struct plan* plan);
uint32_t first_held(const struct plan* plan);

// A piece of a round: number `index` of all.
struct piece {
    uint32_t index;
    uint32_t round[2];
    uint32_t depth, k;
};

struct piece piece_at(const struct plan* plan, uint32_t index);

struct span {
    uint32_t first, count;
};

// The part of a span of `count` that lies before `end`.
struct span span_within(uint32_t first, uint32_t count, uint32_t end);

// Lanes of a line's panel in a round, and of one of its tiles.
struct span panel_of(const struct side* side, uint32_t round, uint32_t line);
struct span tile_lanes(const struct side* side, uint32_t round, uint32_t line, uint32_t tile);
// The tensor's rows that a sharer has of a panel's piece.
struct span part_of(const struct side* side, const struct piece* piece, const struct span* panel,
                    uint32_t sharer);
// The sharers that have some of these lanes.
struct span sharers_of(const struct side* side, const struct span* panel, const struct span* lanes);

// Where a cluster is in the grid.
uint32_t line_of(const struct plan* plan, uint32_t side, uint32_t cluster);
uint32_t place_in_line(const struct plan* plan, uint32_t side, uint32_t cluster);

// In shared SRAM of each cluster.
uint32_t part_at(const struct plan* plan, uint32_t side, uint32_t index);

// In shared SRAM, behind all parts: a strip of a tile's results in FP32, then in BF16.
uint32_t staged_at(const struct plan* plan, uint32_t tile);

// Of a piece in L1: its slot, and where a slot lies. Results come first.
uint32_t slot_of(const struct plan* plan, uint32_t index);
uint32_t slot_at(const struct plan* plan, uint32_t side, uint32_t slot);

// Of the held pieces B lies behind each other: in B's slots, and in all but the first one of A's if
// these are as large. Strips of A are in that one.
struct panel_slot {
    uint32_t side, number;
};
struct panel_slot held_slot(const struct plan* plan, uint32_t number);
// Whether pieces take the same place in A's and B's slots.
bool slots_are_equal(const struct plan* plan);
