// SPDX-License-Identifier: Apache-2.0
#include "product.h"

#include <stddef.h>

// Two halves of L1 take turns. The order of descriptors is: loads of step i+1, product of step i+1,
// store of the block that ended with step i. The DMA channel runs in order, so loads of step i+2
// into the half of step i come after a store, or an empty copy, that has waited for step i's
// product.

static const uint32_t kLongestBlock = 256;
static const uint32_t kKGranule = 16;  // elements that fill 32 bytes

static uint32_t minimum(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint64_t aligned32(uint64_t bytes) {
    return (bytes + 31) & ~(uint64_t)31;
}

// Bytes of an m x n result in L1.
static uint64_t result_bytes(uint32_t m, uint32_t n) {
    return m * aligned32(4ull * n);
}

// Bytes that kKGranule steps of k take in A and B. Not 0, so that a product without outputs has a
// plan.
static uint64_t granule_bytes(uint32_t m, uint32_t n) {
    const uint64_t bytes = 32ull * m + kKGranule * aligned32(2ull * n);
    return bytes == 0 ? 32 : bytes;
}

enum result product_make_plan(const struct product* product, uint32_t l1_bytes,
                              struct product_plan* plan) {
    const uint64_t half = l1_bytes / 2 & ~31u;
    uint32_t m = minimum(product->m, kLongestBlock);
    uint32_t n = minimum(product->n, kLongestBlock);
    while ((result_bytes(m, n) > half / 2 || result_bytes(m, n) + granule_bytes(m, n) > half) &&
           (m > 1 || n > 1)) {
        if (m >= n) {
            m = (m + 1) / 2;
        } else {
            n = (n + 1) / 2;
        }
    }
    const uint64_t c_bytes = result_bytes(m, n);
    const uint64_t granules = half > c_bytes ? (half - c_bytes) / granule_bytes(m, n) : 0;
    if (granules == 0) {
        return RESULT_NO_MEMORY;
    }
    const uint64_t longest = granules * kKGranule;
    const uint32_t k = product->k < longest ? product->k : (uint32_t)longest;
    const uint32_t a_ld = (uint32_t)aligned32(2ull * k);
    *plan = (struct product_plan){
        .block_m = m,
        .block_n = n,
        .block_k = k,
        .c_offset = 0,
        .a_offset = (uint32_t)c_bytes,
        .b_offset = (uint32_t)(c_bytes + (uint64_t)m * a_ld),
        .a_ld = a_ld,
        .b_ld = (uint32_t)aligned32(2ull * n),
        .c_ld = (uint32_t)aligned32(4ull * n),
    };
    return RESULT_OK;
}

enum result product_list_init(struct product_list* list, const struct product_config* config) {
    if (config->ring == NULL || config->l1_bytes < 1024 ||
        config->loaded_semaphore == config->done_semaphore) {
        return RESULT_BAD_ARGUMENT;
    }
    *list = (struct product_list){.config = *config};
    return RESULT_OK;
}

static uint32_t tag_of(const struct product_list* list) {
    return (uint32_t)list->config.section << 16 | (list->steps & 0xFFFF);
}

// Puts a descriptor, first waiting for a place if the ring is full.
static enum result put(struct product_list* list, const struct descriptor* descriptor) {
    struct ring* ring = list->config.ring;
    if (ring_room(ring) == 0) {
        ring_doorbell(ring);
        const enum result waited =
            ring_wait_room(ring, ring->config.size / 2, list->config.timeout_microseconds);
        if (waited != RESULT_OK) {
            return waited;
        }
    }
    return ring_put(ring, descriptor);
}

static enum result flush_store(struct product_list* list) {
    if (!list->store_pending) {
        return RESULT_OK;
    }
    const struct descriptor_sync sync = {
        .tag = tag_of(list),
        .wait[0] = {list->config.done_semaphore, 1, 1},
        .interrupt = 1,  // whoever waits for room in the ring is woken by it
    };
    const struct descriptor line = descriptor_copy(&list->store, &sync);
    list->store_pending = false;
    return put(list, &line);
}

// One operand's block into L1: `rows` x `columns` as it shall lie there.
static enum result load(struct product_list* list, uint64_t base, uint64_t ld, bool transposed,
                        uint32_t row, uint32_t column, uint32_t rows, uint32_t columns,
                        uint32_t l1_offset, uint32_t l1_ld, bool signal) {
    const uint64_t source =
        transposed ? base + column * ld + 2ull * row : base + row * ld + 2ull * column;
    const struct copy_command command = {
        .channel = list->config.channel,
        .log2_element = 1,
        .transpose = transposed,
        .source = source,
        .destination = list->config.l1_address + l1_offset,
        .columns = transposed ? rows : columns,
        .rows = transposed ? columns : rows,
        .source_stride = (int64_t)ld,
        .destination_stride = l1_ld,
    };
    const struct descriptor_sync sync = {
        .tag = tag_of(list),
        .signal = {list->config.loaded_semaphore, signal ? 1 : 0},
    };
    const struct descriptor line = descriptor_copy(&command, &sync);
    return put(list, &line);
}

// Where a step lies in the product.
struct step {
    uint32_t row, column, depth;
    uint32_t m, n, k;
    bool last;
};

static enum result multiply(struct product_list* list, const struct product_plan* plan,
                            const struct step* step, uint32_t operands, uint32_t results) {
    const struct matmul_command command = {
        .tile = list->config.tile,
        .accumulate = step->depth != 0,
        .m = step->m,
        .n = step->n,
        .k = step->k,
        .a = operands + plan->a_offset,
        .b = operands + plan->b_offset,
        .c = results + plan->c_offset,
        .a_ld = plan->a_ld,
        .b_ld = plan->b_ld,
        .c_ld = plan->c_ld,
    };
    const struct descriptor_sync sync = {
        .tag = tag_of(list),
        .wait[0] = {list->config.loaded_semaphore, 1, 1},
        .signal = {list->config.done_semaphore, 1},
    };
    const struct descriptor line = descriptor_matmul(&command, &sync);
    return put(list, &line);
}

// Takes the completion of a step that stores nothing, so that the half may be loaded again.
static enum result await_step(struct product_list* list) {
    const struct copy_command nothing = {.channel = list->config.channel};
    const struct descriptor_sync sync = {
        .tag = tag_of(list),
        .wait[0] = {list->config.done_semaphore, 1, 1},
        .interrupt = 1,
    };
    const struct descriptor line = descriptor_copy(&nothing, &sync);
    return put(list, &line);
}

static enum result add_step(struct product_list* list, const struct product* product,
                            const struct product_plan* plan, const struct step* step,
                            bool* await_previous) {
    const uint32_t half_bytes = list->config.l1_bytes / 2 & ~31u;
    const uint32_t operands = list->half * half_bytes;
    const uint32_t results = list->c_half * half_bytes;
    ++list->steps;
    enum result done =
        load(list, product->a, product->a_ld, product->a_transposed, step->row, step->depth,
             step->m, step->k, operands + plan->a_offset, plan->a_ld, false);
    if (done == RESULT_OK) {
        done = load(list, product->b, product->b_ld, product->b_transposed, step->depth,
                    step->column, step->k, step->n, operands + plan->b_offset, plan->b_ld, true);
    }
    if (done == RESULT_OK) {
        done = multiply(list, plan, step, operands, results);
    }
    if (done == RESULT_OK) {
        done = *await_previous ? await_step(list) : flush_store(list);
    }
    *await_previous = !step->last;
    list->half ^= 1;
    if (step->last) {
        list->store = (struct copy_command){
            .channel = list->config.channel,
            .log2_element = 2,
            .source = list->config.l1_address + results + plan->c_offset,
            .destination = product->c + step->row * product->c_ld + 4ull * step->column,
            .columns = step->n,
            .rows = step->m,
            .source_stride = plan->c_ld,
            .destination_stride = (int64_t)product->c_ld,
        };
        list->store_pending = true;
        const bool same_half = list->c_half == list->half;
        list->c_half = list->half;
        if (done == RESULT_OK && same_half) {  // the next block would load over this one's result
            done = flush_store(list);
        }
    }
    return done;
}

enum result product_add(struct product_list* list, const struct product* product) {
    struct product_plan plan;
    enum result done = product_make_plan(product, list->config.l1_bytes, &plan);
    bool await_previous = false;
    for (uint32_t row = 0; row < product->m && done == RESULT_OK; row += plan.block_m) {
        for (uint32_t column = 0; column < product->n && done == RESULT_OK;
             column += plan.block_n) {
            uint32_t depth = 0;
            do {  // once even for k = 0: the result is +0 then
                const struct step step = {
                    .row = row,
                    .column = column,
                    .depth = depth,
                    .m = minimum(plan.block_m, product->m - row),
                    .n = minimum(plan.block_n, product->n - column),
                    .k = minimum(plan.block_k, product->k - depth),
                    .last = product->k - depth <= plan.block_k,
                };
                done = add_step(list, product, &plan, &step, &await_previous);
                depth += step.k;
            } while (depth < product->k && done == RESULT_OK);
        }
    }
    return done;
}

enum result product_finish(struct product_list* list) {
    enum result done = flush_store(list);
    const struct descriptor_sync sync = {.tag = tag_of(list), .interrupt = 1};
    const struct descriptor line = descriptor_fence(&sync);
    if (done == RESULT_OK) {
        done = put(list, &line);
    }
    if (done == RESULT_OK) {
        ring_doorbell(list->config.ring);
        done = ring_wait_idle(list->config.ring, list->config.timeout_microseconds);
    }
    return done;
}
