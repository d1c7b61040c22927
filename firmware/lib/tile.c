// SPDX-License-Identifier: Apache-2.0
#include "tile.h"

#include <stddef.h>

#include "mmio.h"
#include "tile_regs.h"

#define TILE_FIELD(value, name) \
    ((uint32_t)(((value)&ATHENA_TILE_##name##_MASK) >> ATHENA_TILE_##name##_SHIFT))

static uint64_t read_register(const struct tile* tile, uintptr_t offset) {
    return mmio_read64(tile->config.registers + offset);
}

enum result tile_init(struct tile* tile, const struct tile_config* config) {
    if (config->registers == 0 || config->timer == NULL) {
        return RESULT_BAD_ARGUMENT;
    }
    *tile = (struct tile){.config = *config};
    if (read_register(tile, ATHENA_TILE_ID_OFFSET) != ATHENA_TILE_ID_RESET) {
        return RESULT_NOT_FOUND;
    }
    const uint64_t caps = read_register(tile, ATHENA_TILE_CAPS_OFFSET);
    tile->rows = TILE_FIELD(caps, CAPS_ROWS);
    tile->columns = TILE_FIELD(caps, CAPS_COLS);
    tile->queue_depth = TILE_FIELD(caps, CAPS_QUEUE_DEPTH);
    tile->l1_bytes = TILE_FIELD(caps, CAPS_L1_BYTES);
    return RESULT_OK;
}

struct tile_state tile_read_state(const struct tile* tile) {
    const uint64_t status = read_register(tile, ATHENA_TILE_STATUS_OFFSET);
    return (struct tile_state){
        .busy = (status & ATHENA_TILE_STATUS_BUSY_MASK) != 0,
        .idle = (status & ATHENA_TILE_STATUS_IDLE_MASK) != 0,
        .queued = TILE_FIELD(status, STATUS_QUEUED),
    };
}

void tile_set_interrupts(const struct tile* tile, enum tile_interrupts which) {
    static const uint64_t controls[] = {
        [TILE_INTERRUPTS_OFF] = 0,
        [TILE_INTERRUPTS_ERRORS] = ATHENA_TILE_CTRL_IRQ_ERROR_MASK,
        [TILE_INTERRUPTS_ALL] =
            ATHENA_TILE_CTRL_IRQ_COMPLETION_MASK | ATHENA_TILE_CTRL_IRQ_ERROR_MASK,
    };
    const uint64_t causes = ATHENA_TILE_IRQ_COMPLETION_MASK | ATHENA_TILE_IRQ_ERROR_MASK;
    mmio_write64(tile->config.registers + ATHENA_TILE_IRQ_OFFSET, causes);  // of the time before
    mmio_write64(tile->config.registers + ATHENA_TILE_CTRL_OFFSET, controls[which]);
}

void tile_on_interrupt(void* context) {
    struct tile* tile = context;
    const uint64_t causes = read_register(tile, ATHENA_TILE_IRQ_OFFSET);
    mmio_write64(tile->config.registers + ATHENA_TILE_IRQ_OFFSET, causes);
    if ((causes & ATHENA_TILE_IRQ_COMPLETION_MASK) != 0) {
        ++tile->completion_interrupts;
    }
    if ((causes & ATHENA_TILE_IRQ_ERROR_MASK) != 0) {
        ++tile->error_interrupts;
    }
}

struct tile_counters tile_read_counters(const struct tile* tile) {
    return (struct tile_counters){
        .commands = read_register(tile, ATHENA_TILE_COMMANDS_OFFSET),
        .errors = read_register(tile, ATHENA_TILE_ERRORS_OFFSET),
        .refused = read_register(tile, ATHENA_TILE_REFUSED_OFFSET),
        .busy_cycles = read_register(tile, ATHENA_TILE_BUSY_CYCLES_OFFSET),
        .command_cycles = read_register(tile, ATHENA_TILE_COMMAND_CYCLES_OFFSET),
    };
}

struct tile_error tile_read_error(const struct tile* tile) {
    const uint64_t error = read_register(tile, ATHENA_TILE_LAST_ERROR_OFFSET);
    return (struct tile_error){
        .status = TILE_FIELD(error, LAST_ERROR_STATUS),
        .tag = TILE_FIELD(error, LAST_ERROR_TAG),
    };
}

enum result tile_abort(const struct tile* tile, uint64_t microseconds) {
    struct timer* timer = tile->config.timer;
    const uint64_t deadline = timer_now(timer) + timer_ticks(timer, microseconds);
    const uint64_t control = read_register(tile, ATHENA_TILE_CTRL_OFFSET);
    mmio_write64(tile->config.registers + ATHENA_TILE_CTRL_OFFSET,
                 control | ATHENA_TILE_CTRL_ABORT_MASK);
    // The ring takes the completions, and a tile interrupt may not be connected: this polls.
    while (!tile_read_state(tile).idle) {
        if (timer_now(timer) >= deadline) {
            wait_report("the abort of a tile", microseconds);
            return RESULT_TIMEOUT;
        }
    }
    return RESULT_OK;
}
