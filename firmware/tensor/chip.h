// SPDX-License-Identifier: Apache-2.0
// All clusters as one machine: memory in HBM, lists that are recorded over all clusters and run,
// and what each engine has of its cluster's memories.
//
// Recording never fails on the spot: the first error stays in `failed` and is told by
// chip_record().
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "recorder.h"
#include "runtime.h"
#include "tensor.h"

enum {
    CHIP_CLUSTERS = 64,
    CHIP_TILES = BOARD_MAX_TILES,
    CHIP_CORES = RECORDER_VECTOR_CORES,
    CHIP_PANELS = 4,         // pieces of operands in L1 of a product that clusters share
    CHIP_STRIPS = 8,         // of its last results
    CHIP_HALVES = 2,         // of an engine's memory, so that it is loaded while the engine works
    CHIP_LEAST_SLOT = 2048,  // bytes of a core's half: more than beginnings of places may cost
};

// What of a tensor lies in L1, and where.
struct chip_operand {
    const struct tensor* tensor;  // NULL: nothing
    uint32_t lane, lanes, depth, k;
    uint32_t offset;
};

// A tile's L1: two places for operands of 5/16 each, two for results of 3/16 each.
struct chip_tile {
    uint64_t l1;
    struct buffer operands[CHIP_HALVES];
    struct chip_operand a[CHIP_HALVES];  // of the product that is being recorded
    struct chip_operand b[CHIP_HALVES];
    struct buffer results[CHIP_HALVES];
    struct buffer panel[2][CHIP_PANELS];  // of A and of B (shared_product.h), over all of L1
    struct buffer strip[CHIP_STRIPS];
    struct buffer staged[2];  // of these, on their way through shared SRAM: FP32, BF16
    uint32_t next_operands;
    uint32_t next_results;
    uint32_t channel;
    uint16_t late_section;
    // The store of its last block, which is recorded behind the loads of the next one.
    struct copy_command late;
    struct buffer* late_from;  // NULL: there is none
    struct buffer* late_to;
};

// A vector core's part of shared SRAM.
struct chip_core {
    uint32_t sram[CHIP_HALVES];  // offsets
    struct buffer buffer[CHIP_HALVES];
    uint32_t next;
    uint32_t channel[CHIP_HALVES];
};

struct chip_cluster {
    struct board_cluster board;
    struct dma dma;
    struct ring ring;
    struct recorder recorder;
    struct chip_tile tile[CHIP_TILES];
    struct chip_core core[CHIP_CORES];
    uint32_t next_core;
};

struct chip {
    struct runtime* runtime;
    uint32_t clusters;
    uint32_t tiles;          // of a cluster
    uint32_t cores;          // of a cluster
    uint32_t l1_bytes;       // of a tile
    uint32_t operand_bytes;  // of a place for operands
    uint32_t result_bytes;   // of a place for results
    uint32_t slot_bytes;     // of a core's half
    struct chip_cluster* cluster;
    uint32_t first;  // cluster, and number of clusters, that what is recorded is spread over
    uint32_t count;
    struct arena memory;  // HBM, without files of --load
    char failed[128];     // why nothing can be recorded; empty: all is well
};

// A recorded list of each cluster.
struct chip_list {
    struct descriptor* lines[CHIP_CLUSTERS];
    uint32_t count[CHIP_CLUSTERS];
};

// Ends the run with a line if the board lacks what a chip needs.
void chip_init(struct chip* chip, struct runtime* runtime);

// A tensor of zeros, shared; ends the run with a line if HBM is exhausted.
struct tensor chip_tensor(struct chip* chip, const char* name, uint32_t rows, uint32_t columns,
                          uint8_t format);
// The next tensor begins at a multiple of 1 KiB, a page of HBM2E (JESD235): so that clusters that
// have parts of it do not meet in one.
void chip_align(struct chip* chip);
// HBM that is left, in bytes.
uint64_t chip_memory_left(const struct chip* chip);

// Records what `record` appends, which is called twice: to count, then to write. Ends the run with
// a line if that fails.
void chip_record(struct chip* chip, struct chip_list* list, const char* name,
                 void (*record)(struct chip* chip, void* context), void* context);
// Runs it and waits. Ends the run with a line if a ring stops or time runs out.
void chip_run(struct chip* chip, const struct chip_list* list);

// While recording: from here on in this section of the report (recorder.h), on all clusters.
void chip_section(struct chip* chip, uint16_t section);
// While recording: from here on on one cluster only, with tensors that are not shared or not
// written; CHIP_CLUSTERS: on all of them again.
void chip_use(struct chip* chip, uint32_t cluster);
// Rows of a tensor as one cluster's own: they have their own buffer.
struct tensor chip_part(struct chip* chip, const struct tensor* tensor, uint32_t first,
                        uint32_t rows);
// What is recorded from here on sees all that is before, on every cluster.
void chip_fence(struct chip* chip);
// Likewise; where buffers do that, on one cluster, it records nothing.
void chip_barrier(struct chip* chip);
// The buffer by which commands of one cluster wait for each other's tensors; NULL where barriers
// do it.
struct buffer* chip_buffer(const struct chip* chip, const struct tensor* tensor);
// Offsets in L1.
static inline uint32_t chip_operands_at(const struct chip* chip, uint32_t half) {
    return half * chip->operand_bytes;
}
static inline uint32_t chip_results_at(const struct chip* chip, uint32_t half) {
    return CHIP_HALVES * chip->operand_bytes + half * chip->result_bytes;
}

// Notes why a list cannot be recorded.
void chip_fail(struct chip* chip, const char* why);
// Likewise: L1's places for so many bytes of operands and of results are too small for `what`, or a
// core's half of shared SRAM is. The line says how much memory has the room.
void chip_fail_l1(struct chip* chip, const char* what, uint64_t operands, uint64_t results);
void chip_fail_sram(struct chip* chip, const char* what, uint64_t slot);
// Notes that a list has no room, by the result of appending to it.
void chip_append(struct chip* chip, enum result result);
// Records a copy, as one row where rows follow each other on both sides.
void chip_copy(struct chip* chip, struct chip_cluster* cluster, struct copy_command command,
               const struct uses* uses);

// Cycles of the first cluster.
uint64_t chip_cycles(const struct chip* chip);
