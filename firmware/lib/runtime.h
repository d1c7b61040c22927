// SPDX-License-Identifier: Apache-2.0
// What a program starts with: the board as the device tree describes it, console, timer and
// interrupts running.
#pragma once

#include <stdint.h>

#include "arena.h"
#include "board.h"
#include "bootargs.h"
#include "dma.h"
#include "plic.h"
#include "product.h"
#include "result.h"
#include "ring.h"
#include "tile.h"
#include "timer.h"
#include "uart.h"

struct runtime {
    uint32_t hart;
    struct board board;
    struct uart console;
    struct timer timer;
    struct plic plic;
    struct arena memory;  // the largest free part of RAM
};

// The program. Its value is the exit code: 0 means passed.
int program(struct runtime* runtime);

// Ends the run: 0 as passed, another code (1..2^30) as failed.
void exit_with(uint32_t code) __attribute__((noreturn));

// Ends the run with code 1 and a line that names `what`, unless `value` is RESULT_OK.
void require(enum result value, const char* what);

// Reads /chosen/bootargs; a word that does not fit ends the run with code 1 and a line that lists
// the keys.
void read_arguments(const struct runtime* runtime, const struct bootarg* arguments, size_t count);

// The largest part of [start, end) that neither the device tree nor a file of --load lies in.
struct arena free_part(const struct board* board, uint64_t start, uint64_t end);

// `count` elements of `size` bytes, zero, aligned to 64 bytes; ends the run if RAM is too small.
void* take_memory(struct runtime* runtime, size_t count, size_t size);

// The first cluster: its ring 0 with the interrupt connected, its DMA engine and tiles.
struct accelerator {
    struct board_cluster cluster;
    struct ring ring;
    struct dma dma;
    struct tile tiles[BOARD_MAX_TILES];  // cluster.tiles of them
};
enum { ACCELERATOR_RING_SIZE = 256 };
MUST_USE enum result accelerator_init(struct accelerator* accelerator, struct runtime* runtime);

// Products by that ring on one of its tiles and DMA channels, with semaphores 0 and 1, and 60 s of
// board time for a list.
struct product_config accelerator_products(struct accelerator* accelerator, uint8_t tile,
                                           uint8_t channel);

// One line that says what stopped the ring.
void print_ring_error(const struct ring* ring);
