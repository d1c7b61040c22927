// SPDX-License-Identifier: Apache-2.0
// Tries every block of the board from the hart's side.
#include "selftest.h"

#include <inttypes.h>
#include <stdio.h>

#include "philox.h"

static const uint64_t kListMicroseconds = 10000000;

void check(struct selftest* test, bool good, const char* name) {
    printf("%s %s\n", good ? "ok    " : "FAILED", name);
    if (good) {
        ++test->passed;
    } else {
        ++test->failed;
    }
}

enum result run_list(struct selftest* test, const struct descriptor* lines, uint32_t count) {
    struct ring* const ring = &test->accelerator.ring;
    const struct descriptor_sync sync = {.tag = UINT32_MAX, .interrupt = 1};
    const struct descriptor fence = descriptor_fence(&sync);
    for (uint32_t i = 0; i <= count; ++i) {
        const enum result put = ring_put(ring, i < count ? &lines[i] : &fence);
        if (put != RESULT_OK) {
            return put;
        }
    }
    ring_doorbell(ring);
    return ring_wait_idle(ring, kListMicroseconds);
}

enum result run_good_list(struct selftest* test, const struct descriptor* lines, uint32_t count) {
    const enum result done = run_list(test, lines, count);
    if (done == RESULT_DEVICE_ERROR) {
        print_ring_error(&test->accelerator.ring);
        require(ring_recover(&test->accelerator.ring, UINT64_MAX), "recovery of the ring");
    }
    return done;
}

void fill_pattern(uint8_t* data, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; ++i) {
        data[i] =
            (uint8_t)(philox((uint32_t)(i / 16), seed, 0, 0, 0).word[i / 4 % 4] >> (i % 4 * 8));
    }
}

// A part that needs the accelerator, and what of it.
struct part {
    void (*run)(struct selftest* test);
    const char* name;
    uint32_t l1_kib;  // of each tile
    uint32_t semaphores;
};

static const struct part kParts[] = {
    {test_copies, "copies", 64, 1},          {test_transfers, "transfers", 64, 1},
    {test_products, "products", 512, 2},     {test_tile_control, "tile control", 512, 2},
    {test_semaphores, "semaphores", 64, 16}, {test_vectors, "vectors", 0, 1},
    {test_counters, "counters", 64, 1},      {test_errors, "errors", 64, 1},
    {test_protection, "protection", 64, 1},  {test_code, "code", 64, 1},
};

static void run_part(struct selftest* test, const struct part* part) {
    const struct board_cluster* const cluster = &test->accelerator.cluster;
    const uint32_t semaphores = ring_semaphore_count(&test->accelerator.ring);
    for (uint32_t i = 0; i < cluster->tiles; ++i) {
        const uint64_t l1 = cluster->tile[i].l1.size;
        if (l1 < part->l1_kib * 1024ull) {
            printf("skip   %s: tile %" PRIu32 " has %" PRIu64 " KiB of L1, %" PRIu32
                   " are needed\n",
                   part->name, i, l1 / 1024, part->l1_kib);
            return;
        }
    }
    if (semaphores < part->semaphores) {
        printf("skip   %s: the cluster has %" PRIu32 " semaphores, %" PRIu32 " are needed\n",
               part->name, semaphores, part->semaphores);
        return;
    }
    part->run(test);
}

int program(struct runtime* runtime) {
    static struct selftest test;
    test.runtime = runtime;
    printf("selftest: %s\n", runtime->board.model);
    test_memory(&test);
    test_interrupts(&test);
    if (runtime->board.clusters == 0) {
        printf("no accelerator on this board\n");
    } else {
        require(accelerator_init(&test.accelerator, runtime), "accelerator");
        for (size_t i = 0; i < sizeof kParts / sizeof kParts[0]; ++i) {
            run_part(&test, &kParts[i]);
        }
    }
    printf("selftest: %" PRIu32 " passed, %" PRIu32 " failed\n", test.passed, test.failed);
    return test.failed == 0 ? 0 : 1;
}
