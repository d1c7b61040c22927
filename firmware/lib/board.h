// SPDX-License-Identifier: Apache-2.0
// What the device tree says of the board (docs/firmware.md: the nodes that are looked for).
#pragma once

#include <stdint.h>

#include "fdt.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BOARD_MAX_TILES = 8,
    BOARD_MAX_CLUSTERS = 64,
    BOARD_MOST_BLOBS = 16,  // athena takes no more
};

struct board {
    struct fdt tree;
    const char* model;
    uint32_t harts;
    uint32_t timebase_hertz;
    struct fdt_region memory;
    struct fdt_region uart;
    uint32_t uart_clock_hertz;
    uint32_t uart_interrupt;
    struct fdt_region clint;
    struct fdt_region plic;
    uint32_t plic_sources;
    struct fdt_region finisher;
    struct fdt_region rtc;
    struct fdt_region perf;  // size 0: none
    struct fdt_region hbm;   // size 0: none
    uint32_t clusters;
    uint32_t cluster_node[BOARD_MAX_CLUSTERS];
    const char* arguments;  // /chosen/bootargs, "" without
};

struct board_tile {
    struct fdt_region l1;
    struct fdt_region registers;
    uint32_t interrupt;
};

struct board_cluster {
    struct fdt_region command;
    uint32_t command_interrupt;
    struct fdt_region dma;
    struct fdt_region iopmp;  // size 0: none
    uint32_t clock_hertz;
    uint32_t tiles;
    struct board_tile tile[BOARD_MAX_TILES];
    struct fdt_region sram;  // size 0: none
    uint32_t vector_cores;
};

struct board_blob {
    const char* name;
    struct fdt_region region;
};

MUST_USE enum result board_read(struct board* board, const void* device_tree);

// The PLIC's context of this hart's machine mode.
MUST_USE enum result board_plic_context(const struct board* board, uint32_t hart,
                                        uint32_t* context);

MUST_USE enum result board_find_cluster(const struct board* board, uint32_t index,
                                        struct board_cluster* cluster);

// File `index` of those given with --load.
MUST_USE enum result board_find_blob(const struct board* board, uint32_t index,
                                     struct board_blob* blob);

#ifdef __cplusplus
}
#endif
