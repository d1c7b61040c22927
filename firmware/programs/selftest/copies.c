// SPDX-License-Identifier: Apache-2.0
// DMA copies against the same copy by the hart.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "selftest.h"

enum { AREA = 16384 };

// What one channel's tests copy.
enum {
    COPIES = 12,
    COPIED_BYTES = 4096 + 4099 + 20 * 33 * 4 + 8 * 10 + 13 * 37 * (1 + 2 + 4 + 8) + 3 * 5000,
};

struct area {
    uint32_t channel;
    uint8_t* source;
    uint8_t* destination;
    uint8_t* expected;
};

static void copy_by_hart(const struct copy_command* command, const uint8_t* source,
                         uint8_t* destination) {
    const size_t size = (size_t)1 << command->log2_element;
    for (uint32_t row = 0; row < command->rows; ++row) {
        for (uint32_t column = 0; column < command->columns; ++column) {
            const uint32_t to_row = command->transpose != 0 ? column : row;
            const uint32_t to_column = command->transpose != 0 ? row : column;
            memcpy(destination + (int64_t)to_row * command->destination_stride + to_column * size,
                   source + (int64_t)row * command->source_stride + column * size, size);
        }
    }
}

static void check_channel(struct selftest* test, const struct area* area, bool good,
                          const char* what) {
    char name[112];
    (void)snprintf(name, sizeof name, "dma channel %" PRIu32 ": %s", area->channel, what);
    check(test, good, name);
}

// Copies from source + `from` to destination + `to`; everything else of the destination must stay.
static void check_copy(struct selftest* test, const struct area* area, struct copy_command command,
                       size_t from, size_t to, const char* name) {
    static uint32_t seed;
    fill_pattern(area->source, AREA, ++seed);
    fill_pattern(area->destination, AREA, ++seed);
    memcpy(area->expected, area->destination, AREA);
    copy_by_hart(&command, area->source + from, area->expected + to);
    command.channel = (uint8_t)area->channel;
    command.source = (uintptr_t)area->source + from;
    command.destination = (uintptr_t)area->destination + to;
    const struct descriptor line =
        descriptor_copy(&command, &(struct descriptor_sync){.tag = seed});
    const enum result done = run_good_list(test, &line, 1);
    check_channel(test, area,
                  done == RESULT_OK && memcmp(area->destination, area->expected, AREA) == 0, name);
}

static void test_transposes(struct selftest* test, const struct area* area) {
    for (uint8_t log2 = 0; log2 < 4; ++log2) {
        char name[80];
        const uint32_t size = 1u << log2;
        (void)snprintf(name, sizeof name, "transposes 13 rows of 37 elements of %u bytes",
                       (unsigned)size);
        check_copy(test, area,
                   (struct copy_command){.log2_element = log2,
                                         .transpose = 1,
                                         .columns = 37,
                                         .rows = 13,
                                         .source_stride = 37 * size + 5,
                                         .destination_stride = 13 * size + 3},
                   7, 9, name);
    }
}

// RAM to HBM to L1 and back; nothing may change on the way.
static void test_round_trip(struct selftest* test, const struct area* area) {
    const uint64_t hbm = test->runtime->board.hbm.address;
    const uint64_t l1 = test->accelerator.cluster.tile[0].l1.address;
    const uint64_t stops[] = {(uintptr_t)area->source, hbm != 0 ? hbm + 3 : l1 + 8192, l1 + 1,
                              (uintptr_t)area->destination};
    struct descriptor lines[3];
    fill_pattern(area->source, AREA, 1000);
    memset(area->destination, 0, AREA);
    for (unsigned i = 0; i < 3; ++i) {
        const struct copy_command command = {.channel = (uint8_t)area->channel,
                                             .columns = 5000,
                                             .rows = 1,
                                             .source = stops[i],
                                             .destination = stops[i + 1]};
        lines[i] = descriptor_copy(&command, &(struct descriptor_sync){.tag = i});
    }
    const enum result done = run_good_list(test, lines, 3);
    check_channel(test, area,
                  done == RESULT_OK && memcmp(area->source, area->destination, 5000) == 0,
                  "5000 bytes come back from RAM over HBM and L1");
}

static void test_channel(struct selftest* test, const struct area* area) {
    struct dma_counters before = {0};
    struct dma_counters after = {0};
    enum result read = dma_read_counters(&test->accelerator.dma, area->channel, &before);
    require(read, "counters of a DMA channel");
    check_copy(test, area, (struct copy_command){.columns = 4096, .rows = 1}, 0, 0,
               "copies 4096 bytes in a piece");
    check_copy(test, area, (struct copy_command){.columns = 4099, .rows = 1}, 1, 5,
               "copies 4099 bytes between odd addresses");
    check_copy(test, area,
               (struct copy_command){.log2_element = 2,
                                     .columns = 33,
                                     .rows = 20,
                                     .source_stride = 200,
                                     .destination_stride = 140},
               0, 3, "copies 20 rows of 33 words between strides");
    check_copy(test, area,
               (struct copy_command){
                   .columns = 10, .rows = 8, .source_stride = -64, .destination_stride = 16},
               1024, 0, "copies rows backwards with a negative stride");
    check_copy(test, area, (struct copy_command){.columns = 0, .rows = 8}, 0, 0,
               "a copy without columns moves nothing");
    test_transposes(test, area);
    test_round_trip(test, area);
    read = dma_read_counters(&test->accelerator.dma, area->channel, &after);
    require(read, "counters of a DMA channel");
    check_channel(
        test, area,
        after.commands - before.commands == COPIES && after.bytes - before.bytes == COPIED_BYTES,
        "has counted commands and bytes");
}

void test_copies(struct selftest* test) {
    struct area area = {
        .source = take_memory(test->runtime, AREA, 1),
        .destination = take_memory(test->runtime, AREA, 1),
        .expected = take_memory(test->runtime, AREA, 1),
    };
    for (; area.channel < test->accelerator.dma.channels; ++area.channel) {
        test_channel(test, &area);
    }
}
