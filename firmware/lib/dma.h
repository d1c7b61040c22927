// SPDX-License-Identifier: Apache-2.0
// A DMA engine's identity, counters and error records (models/dma/dma.regs.toml). Copies and fills
// themselves are descriptors of a ring.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dma_config {
    uintptr_t registers;
};

struct dma {
    struct dma_config config;
    uint32_t channels;
    uint32_t queue_depth;
};

struct dma_counters {
    uint32_t commands;  // ended, modulo 2^32
    uint64_t bytes;     // written, to each destination
    uint64_t busy_cycles;
};

struct dma_error {
    uint32_t status;  // ATHENA_DESCRIPTOR_STATUS_… of the last command that failed
    uint32_t tag;     // of its descriptor
    uint32_t opcode;  // ATHENA_DESCRIPTOR_OPCODE_…
    uint32_t ring;    // DMA_NO_RING: written to the queue by a hart
    bool write;       // to the address, not a read
    uint64_t address;
};

enum { DMA_NO_RING = 0xFFFF };

// RESULT_NOT_FOUND: no DMA engine at the address.
MUST_USE enum result dma_init(struct dma* dma, const struct dma_config* config);
MUST_USE enum result dma_read_counters(const struct dma* dma, uint32_t channel,
                                       struct dma_counters* counters);
MUST_USE enum result dma_read_error(const struct dma* dma, uint32_t channel,
                                    struct dma_error* error);

#ifdef __cplusplus
}
#endif
