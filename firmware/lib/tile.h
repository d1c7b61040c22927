// SPDX-License-Identifier: Apache-2.0
// A matmul tile's identity, counters, error record and abort (models/tile/tile.regs.toml). Products
// themselves are descriptors of a ring.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "result.h"
#include "timer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tile_config {
    uintptr_t registers;
    struct timer* timer;  // bounds waits
};

struct tile {
    struct tile_config config;
    volatile uint32_t completion_interrupts;
    volatile uint32_t error_interrupts;
    uint32_t rows;  // of the array of multiply-add units
    uint32_t columns;
    uint32_t queue_depth;
    uint32_t l1_bytes;
};

struct tile_counters {
    uint64_t commands;  // completed, with whatever status
    uint64_t errors;    // of these with a status other than Ok
    uint64_t refused;   // command lines that found the queue full
    uint64_t busy_cycles;
    uint64_t command_cycles;  // of the last command
};

struct tile_error {
    uint32_t status;  // ATHENA_DESCRIPTOR_STATUS_… of the last command that failed
    uint32_t tag;     // as the command processor gave it
};

// RESULT_NOT_FOUND: no tile at the address.
MUST_USE enum result tile_init(struct tile* tile, const struct tile_config* config);

struct tile_state {
    bool busy;        // a command runs
    bool idle;        // nothing runs or waits, all completions have been taken
    uint32_t queued;  // commands that wait
};
struct tile_state tile_read_state(const struct tile* tile);

// Interrupts at completions, or at those with an error only, or not at all.
enum tile_interrupts { TILE_INTERRUPTS_OFF, TILE_INTERRUPTS_ERRORS, TILE_INTERRUPTS_ALL };
void tile_set_interrupts(const struct tile* tile, enum tile_interrupts which);

// Handler of the tile's interrupt.
void tile_on_interrupt(void* tile);

struct tile_counters tile_read_counters(const struct tile* tile);
struct tile_error tile_read_error(const struct tile* tile);

// Lets the running command end, completes those that wait in the queue with status Aborted, and
// returns when the tile is idle; RESULT_TIMEOUT if that takes longer than `microseconds` of board
// time.
MUST_USE enum result tile_abort(const struct tile* tile, uint64_t microseconds);

#ifdef __cplusplus
}
#endif
