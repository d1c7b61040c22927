// SPDX-License-Identifier: Apache-2.0
// What the DMA engine does besides COPY: five dimensions, fills, multicast to all tiles, and memory
// of another cluster.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "descriptor_regs.h"
#include "selftest.h"

enum { AREA = 8192, SHARED = 1000, L1_OFFSET = 0x2005 };

static const struct descriptor_sync none;

static void copy_by_hart(const struct copy_nd_command* command, const uint8_t* source,
                         uint8_t* destination) {
    const size_t size = (size_t)1 << command->log2_element;
    const int64_t* const from = command->source_stride;
    const int64_t* const to = command->destination_stride;
    for (uint32_t l = 0; l < command->size[2]; ++l) {
        for (uint32_t k = 0; k < command->size[1]; ++k) {
            for (uint32_t j = 0; j < command->size[0]; ++j) {
                for (uint32_t row = 0; row < command->rows; ++row) {
                    memcpy(destination + l * to[3] + k * to[2] + j * to[1] + row * to[0],
                           source + l * from[3] + k * from[2] + j * from[1] + row * from[0],
                           command->columns * size);
                }
            }
        }
    }
}

static void test_five_dimensions(struct selftest* test) {
    uint8_t* const source = take_memory(test->runtime, AREA, 1);
    uint8_t* const destination = take_memory(test->runtime, AREA, 1);
    uint8_t* const expected = take_memory(test->runtime, AREA, 1);
    fill_pattern(source, AREA, 2000);
    fill_pattern(destination, AREA, 2001);
    memcpy(expected, destination, AREA);
    // 2 x 3 x 2 x 3 rows of 7 elements of 2 bytes; the source's planes from the last to the first.
    struct copy_nd_command command = {.log2_element = 1,
                                      .columns = 7,
                                      .rows = 3,
                                      .size = {2, 3, 2},
                                      .source_stride = {21, 100, -300, 1000},
                                      .destination_stride = {14, 45, 90, 333}};
    copy_by_hart(&command, source + 1000, expected + 3);
    command.source = (uintptr_t)source + 1000;
    command.destination = (uintptr_t)destination + 3;
    struct descriptor lines[DESCRIPTOR_COPY_ND_LINES];
    descriptor_copy_nd(&command, &none, lines);
    const enum result done = run_good_list(test, lines, DESCRIPTOR_COPY_ND_LINES);
    check(test, done == RESULT_OK && memcmp(destination, expected, AREA) == 0,
          "dma: a copy of five dimensions between odd addresses");
}

static void test_fill(struct selftest* test) {
    uint8_t* const area = take_memory(test->runtime, AREA, 1);
    uint8_t* const expected = take_memory(test->runtime, AREA, 1);
    fill_pattern(area, AREA, 2002);
    memcpy(expected, area, AREA);
    const uint32_t word = 0x04030201;
    for (uint32_t row = 0; row < 3; ++row) {
        for (uint32_t column = 0; column < 500; ++column) {
            memcpy(expected + 5 + (size_t)row * 2100 + column * sizeof word, &word, sizeof word);
        }
    }
    const struct fill_command command = {.log2_element = 2,
                                         .pattern = word,
                                         .destination = (uintptr_t)area + 5,
                                         .columns = 500,
                                         .rows = 3,
                                         .destination_stride = 2100};
    const struct descriptor line = descriptor_fill(&command, &none);
    const enum result done = run_good_list(test, &line, 1);
    check(test, done == RESULT_OK && memcmp(area, expected, AREA) == 0,
          "dma: a fill of 3 rows of 500 words, and nothing between them");
}

static struct descriptor copy_of(uint64_t source, uint64_t destination) {
    const struct copy_command command = {
        .columns = SHARED, .rows = 1, .source = source, .destination = destination};
    return descriptor_copy(&command, &none);
}

static uint32_t tile_stride(const struct board_cluster* cluster) {
    return cluster->tiles > 1
               ? (uint32_t)(cluster->tile[1].l1.address - cluster->tile[0].l1.address)
               : 0;
}

static void test_multicast(struct selftest* test) {
    const struct board_cluster* const cluster = &test->accelerator.cluster;
    uint8_t* const source = take_memory(test->runtime, SHARED, 1);
    uint8_t* const back = take_memory(test->runtime, SHARED, 1);
    fill_pattern(source, SHARED, 2003);
    const struct copy_nd_command command = {.columns = SHARED,
                                            .rows = 1,
                                            .size = {1, 1, 1},
                                            .source = (uintptr_t)source,
                                            .destination = cluster->tile[0].l1.address + L1_OFFSET,
                                            .multicast = (1u << cluster->tiles) - 1,
                                            .multicast_stride = tile_stride(cluster)};
    struct descriptor lines[DESCRIPTOR_COPY_ND_LINES];
    descriptor_copy_nd(&command, &none, lines);
    struct dma_counters before = {0};
    struct dma_counters after = {0};
    require(dma_read_counters(&test->accelerator.dma, 0, &before), "counters of a DMA channel");
    const enum result done = run_good_list(test, lines, DESCRIPTOR_COPY_ND_LINES);
    require(dma_read_counters(&test->accelerator.dma, 0, &after), "counters of a DMA channel");
    check(test,
          done == RESULT_OK && after.bytes - before.bytes == (uint64_t)SHARED * cluster->tiles,
          "dma: a multicast counts the bytes of each destination");
    for (uint32_t i = 0; i < cluster->tiles; ++i) {
        char name[80];
        (void)snprintf(name, sizeof name, "dma: a multicast reaches L1 of tile %" PRIu32, i);
        memset(back, 0, SHARED);
        const struct descriptor copy =
            copy_of(cluster->tile[i].l1.address + L1_OFFSET, (uintptr_t)back);
        const enum result read = run_good_list(test, &copy, 1);
        check(test, read == RESULT_OK && memcmp(source, back, SHARED) == 0, name);
    }
}

// The second destination of two lies behind L1.
static void test_multicast_error(struct selftest* test) {
    struct accelerator* const accelerator = &test->accelerator;
    const struct fdt_region* const l1 = &accelerator->cluster.tile[0].l1;
    const struct copy_nd_command command = {.columns = 8,
                                            .rows = 1,
                                            .size = {1, 1, 1},
                                            .source = l1->address,
                                            .destination = l1->address + 64,
                                            .multicast = 3,
                                            .multicast_stride = (uint32_t)l1->size};
    struct descriptor lines[DESCRIPTOR_COPY_ND_LINES];
    descriptor_copy_nd(&command, &(struct descriptor_sync){.tag = 0xBAD}, lines);
    const uint32_t position = accelerator->ring.tail;
    const enum result done = run_list(test, lines, DESCRIPTOR_COPY_ND_LINES);
    struct ring_error record = {0};
    struct dma_error error = {0};
    ring_read_error(&accelerator->ring, &record);
    require(dma_read_error(&accelerator->dma, 0, &error), "error of a DMA channel");
    const uint64_t address = l1->address + 64 + l1->size;
    check(test,
          done == RESULT_DEVICE_ERROR && record.status == ATHENA_DESCRIPTOR_STATUS_WRITE_ERROR &&
              record.position == position && record.tag == 0xBAD && record.engine == 0 &&
              record.opcode == ATHENA_DESCRIPTOR_OPCODE_COPY_ND && record.address == address,
          "dma: a multicast's error stops the ring and names descriptor and channel");
    check(test,
          error.status == ATHENA_DESCRIPTOR_STATUS_WRITE_ERROR && error.tag == 0xBAD &&
              error.opcode == ATHENA_DESCRIPTOR_OPCODE_COPY_ND && error.ring == 0 && error.write &&
              error.address == address,
          "dma: the channel names descriptor, ring, direction and address");
    require(ring_recover(&accelerator->ring, UINT64_MAX), "recovery of the ring");
}

static void test_other_cluster(struct selftest* test) {
    struct board_cluster other;
    if (test->runtime->board.clusters < 2) {
        return;
    }
    require(board_find_cluster(&test->runtime->board, 1, &other), "cluster 1");
    if (other.sram.size == 0) {
        return;
    }
    uint8_t* const source = take_memory(test->runtime, SHARED, 1);
    uint8_t* const back = take_memory(test->runtime, SHARED, 1);
    fill_pattern(source, SHARED, 2004);
    memset(back, 0, SHARED);
    const uint64_t own = test->accelerator.cluster.sram.address;
    const struct descriptor fence = descriptor_fence(&none);
    const struct descriptor lines[] = {copy_of((uintptr_t)source, other.sram.address + 7), fence,
                                       copy_of(other.sram.address + 7, own + 64), fence,
                                       copy_of(own + 64, (uintptr_t)back)};
    const enum result done = run_good_list(test, lines, 5);
    check(test, done == RESULT_OK && memcmp(source, back, SHARED) == 0,
          "dma: shared SRAM of cluster 1 is written and read");
}

void test_transfers(struct selftest* test) {
    test_five_dimensions(test);
    test_fill(test);
    test_multicast(test);
    test_multicast_error(test);
    test_other_cluster(test);
}
