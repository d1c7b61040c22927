// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>

#include "descriptor_regs.h"
#include "runtime.h"

enum { LOADED_SEMAPHORE = 0, DONE_SEMAPHORE = 1 };
static const uint64_t kListMicroseconds = 60000000;

enum result accelerator_init(struct accelerator* accelerator, struct runtime* runtime) {
    enum result done = board_find_cluster(&runtime->board, 0, &accelerator->cluster);
    const struct board_cluster* cluster = &accelerator->cluster;
    if (done == RESULT_OK && cluster->tiles == 0) {
        done = RESULT_NOT_FOUND;
    }
    if (done != RESULT_OK) {
        return done;
    }
    const struct ring_config ring = {
        .registers = cluster->command.address,
        .memory = take_memory(runtime, ACCELERATOR_RING_SIZE, sizeof(struct descriptor)),
        .size = ACCELERATOR_RING_SIZE,
        .timer = &runtime->timer,
    };
    done = ring_init(&accelerator->ring, &ring);
    if (done == RESULT_OK) {
        done = dma_init(&accelerator->dma, &(struct dma_config){cluster->dma.address});
    }
    for (uint32_t i = 0; i < cluster->tiles && done == RESULT_OK; ++i) {
        const struct tile_config tile = {
            .registers = cluster->tile[i].registers.address,
            .timer = &runtime->timer,
        };
        done = tile_init(&accelerator->tiles[i], &tile);
    }
    if (done == RESULT_OK) {
        done = plic_enable(&runtime->plic, cluster->command_interrupt, ring_on_interrupt,
                           &accelerator->ring);
    }
    return done;
}

struct product_config accelerator_products(struct accelerator* accelerator, uint8_t tile,
                                           uint8_t channel) {
    return (struct product_config){
        .ring = &accelerator->ring,
        .l1_address = accelerator->cluster.tile[tile].l1.address,
        .l1_bytes = accelerator->tiles[tile].l1_bytes,
        .tile = tile,
        .channel = channel,
        .loaded_semaphore = LOADED_SEMAPHORE,
        .done_semaphore = DONE_SEMAPHORE,
        .timeout_microseconds = kListMicroseconds,
    };
}

void print_ring_error(const struct ring* ring) {
    struct ring_error error;
    ring_read_error(ring, &error);
    printf("ring %" PRIu32 " stopped: %s at descriptor %" PRIu32
           " (opcode %u, engine %u, tag 0x%" PRIx32 ", address 0x%" PRIx64 ")\n",
           ring->config.index, ring_status_name(error.status), error.position, error.opcode,
           error.engine, error.tag, error.address);
    if (error.status == ATHENA_DESCRIPTOR_STATUS_TIMEOUT) {
        printf("  it waited for semaphore %u >= %" PRIu32 ", which is %" PRIu32 "\n",
               error.semaphore, error.wait_value, ring_semaphore(ring, error.semaphore));
    }
}
