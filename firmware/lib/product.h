// SPDX-License-Identifier: Apache-2.0
// Matrix products of any size from and to memory: cuts them to what L1 holds, moves operands in and
// results out by DMA, and multiplies on a tile, all by one ring. Each output is the chain of the
// numerics contract, k ascending, whatever the cutting.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "result.h"
#include "ring.h"

#ifdef __cplusplus
extern "C" {
#endif

struct product_config {
    struct ring* ring;
    uint64_t l1_address;  // of the tile, as the board sees it
    uint32_t l1_bytes;
    uint8_t tile;              // of the ring's cluster
    uint8_t channel;           // DMA channel of the ring's cluster
    uint8_t loaded_semaphore;  // two semaphores of the product's own
    uint8_t done_semaphore;
    uint64_t timeout_microseconds;  // of board time, for the list
    uint16_t section;               // of a report: the upper 16 bits of tags; 0: none
};

// C[m][n] = A[m][k] B[k][n]: BF16 operands, FP32 result, row-major; leading dimensions in bytes.
struct product {
    uint32_t m, n, k;
    uint64_t a;
    uint64_t a_ld;
    bool a_transposed;  // A is stored [k][m]
    uint64_t b;
    uint64_t b_ld;
    bool b_transposed;  // B is stored [n][k]
    uint64_t c;
    uint64_t c_ld;
};

// How a product is cut: outputs of block_m x block_n, in steps of block_k.
struct product_plan {
    uint32_t block_m, block_n, block_k;
    uint32_t a_offset, b_offset, c_offset;  // in a half of L1
    uint32_t a_ld, b_ld, c_ld;
};

struct product_list {
    struct product_config config;
    struct copy_command
        store;  // of the last block, held back so that the next one's loads go first
    bool store_pending;
    uint32_t half;  // of L1, for the next operands
    uint32_t c_half;
    uint32_t steps;  // since product_list_init; tags are these modulo 65536, under the section
};

MUST_USE enum result product_list_init(struct product_list* list,
                                       const struct product_config* config);

// Pure: how `product` would be cut for L1 of `l1_bytes`. RESULT_NO_MEMORY if L1 is too small.
MUST_USE enum result product_make_plan(const struct product* product, uint32_t l1_bytes,
                                       struct product_plan* plan);

// Adds a product to the list. Products of one list must not read what another one of it writes.
MUST_USE enum result product_add(struct product_list* list, const struct product* product);

// Starts what is left and waits for all of the list.
MUST_USE enum result product_finish(struct product_list* list);

#ifdef __cplusplus
}
#endif
