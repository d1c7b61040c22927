// SPDX-License-Identifier: Apache-2.0
// The IOPMP: what a ring was not granted its commands cannot reach, whichever engine runs them.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "descriptor_regs.h"
#include "iopmp.h"
#include "iopmp_regs.h"
#include "selftest.h"

enum {
    AREA = 4096,
    WORDS = 8,   // looked at where nothing may be written
    GRANTS = 7,  // what follows takes
    OTHER_RING = 1,
    OTHER_SIZE = 16,
    // Bytes of L1 and of shared SRAM from their beginning that are granted; behind them is what
    // commands try to write.
    GRANTED = 1024,
};

struct protection {
    struct iopmp iopmp;
    uint8_t* open;    // RAM that both rings may read and write
    uint8_t* closed;  // RAM that none may
    struct descriptor* other_memory;
};

// A command that writes to an address that its ring was not granted.
struct forbidden {
    const char* name;
    struct descriptor lines[DESCRIPTOR_VECTOR_LINES];
    uint32_t count;
    uint64_t address;
    uint64_t size;
};

static void allow(struct protection* protection, uint32_t rings, uint64_t address, uint64_t size,
                  bool write) {
    const struct iopmp_grant grant = {address, size, rings, true, write};
    require(iopmp_allow(&protection->iopmp, &grant), "an entry of the IOPMP");
}

// What the commands of this part need, but not what they write.
static void protect(struct selftest* test, struct protection* protection) {
    const struct accelerator* const accelerator = &test->accelerator;
    const struct board_cluster* const cluster = &accelerator->cluster;
    const bool two = protection->iopmp.rings > OTHER_RING;
    require(iopmp_init(&protection->iopmp, &cluster->iopmp), "the IOPMP");
    allow(protection, 1, (uintptr_t)accelerator->ring.config.memory,
          ACCELERATOR_RING_SIZE * sizeof(struct descriptor), false);
    allow(protection, two ? 3 : 1, (uintptr_t)protection->open, AREA, true);
    allow(protection, 1, cluster->tile[0].l1.address, GRANTED, true);
    if (cluster->sram.size > GRANTED) {
        allow(protection, 1, cluster->sram.address, GRANTED, true);
    }
    if (two) {
        allow(protection, 1u << OTHER_RING, (uintptr_t)protection->other_memory,
              OTHER_SIZE * sizeof(struct descriptor), false);
    }
    iopmp_enable(&protection->iopmp, true);
}

static void report(struct selftest* test, bool good, const char* what,
                   const struct forbidden* command) {
    char name[112];
    (void)snprintf(name, sizeof name, "iopmp: %s %s", command->name, what);
    check(test, good, name);
}

static uint64_t pattern(uint32_t word) {
    return 0x5EED000000000000 + word;
}

static void fill(const struct forbidden* command) {
    volatile uint64_t* const words = (volatile uint64_t*)(uintptr_t)command->address;
    for (uint32_t i = 0; i < WORDS; ++i) {
        words[i] = pattern(i);
    }
}

// Words that are not as fill() left them.
static uint32_t written(const struct forbidden* command) {
    const volatile uint64_t* const words = (const volatile uint64_t*)(uintptr_t)command->address;
    uint32_t count = 0;
    for (uint32_t i = 0; i < WORDS; ++i) {
        count += words[i] != pattern(i);
    }
    return count;
}

// With ring 0 stopped.
static void test_other_ring(struct selftest* test, struct protection* protection,
                            const struct forbidden* command) {
    static uint32_t round;
    struct runtime* const runtime = test->runtime;
    struct ring ring;
    const struct ring_config config = {.registers = test->accelerator.cluster.command.address,
                                       .index = OTHER_RING,
                                       .memory = protection->other_memory,
                                       .size = OTHER_SIZE,
                                       .timer = &runtime->timer};
    require(ring_init(&ring, &config), "another ring");
    volatile uint32_t* const words = (volatile uint32_t*)(uintptr_t)protection->open;
    words[0] = ++round;
    words[64] = 0;
    const struct copy_command copy = {.columns = 4,
                                      .rows = 1,
                                      .source = (uintptr_t)&words[0],
                                      .destination = (uintptr_t)&words[64]};
    // Without an interrupt, which would be taken for ring 0's.
    const struct descriptor line = descriptor_copy(&copy, &(struct descriptor_sync){0});
    require(ring_put(&ring, &line), "another ring");
    ring_doorbell(&ring);
    const uint64_t end = timer_now(&runtime->timer) + timer_ticks(&runtime->timer, 100000);
    while (words[64] != round && timer_now(&runtime->timer) < end) {
    }
    report(test, words[64] == round, "lets another ring run on", command);
}

static void test_command(struct selftest* test, struct protection* protection,
                         const struct forbidden* command) {
    struct ring* const ring = &test->accelerator.ring;
    protect(test, protection);
    fill(command);
    const uint32_t interrupts = ring->error_interrupts;
    const enum result done = run_list(test, command->lines, command->count);
    struct ring_error error;
    ring_read_error(ring, &error);
    print_ring_error(ring);
    report(test,
           done == RESULT_DEVICE_ERROR && error.status == ATHENA_DESCRIPTOR_STATUS_NOT_GRANTED &&
               error.address == command->address && ring->error_interrupts == interrupts + 1,
           "to what is not granted stops its ring with NOT_GRANTED and an interrupt", command);
    report(test, written(command) == 0, "writes nothing there", command);
    struct iopmp_error record = {0};
    report(test,
           iopmp_read_error(&protection->iopmp, &record) == RESULT_OK && record.write &&
               record.type == ATHENA_IOPMP_ERROR_TYPE_NOT_HIT && record.ring == 0 &&
               record.address == command->address,
           "is in the IOPMP's record", command);
    iopmp_clear_error(&protection->iopmp);
    if (protection->iopmp.rings > OTHER_RING) {
        test_other_ring(test, protection, command);
    }
    allow(protection, 1, command->address, command->size, true);
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    const enum result again = run_good_list(test, command->lines, command->count);
    report(test,
           again == RESULT_OK && written(command) != 0 &&
               iopmp_read_error(&protection->iopmp, &record) == RESULT_NOT_FOUND,
           "passes after a grant and a reset of the ring", command);
}

static struct forbidden copy(const struct protection* protection) {
    struct forbidden forbidden = {
        .name = "a copy", .count = 1, .address = (uintptr_t)protection->closed, .size = 256};
    const struct copy_command command = {.columns = 256,
                                         .rows = 1,
                                         .source = (uintptr_t)protection->open,
                                         .destination = forbidden.address};
    forbidden.lines[0] = descriptor_copy(&command, &(struct descriptor_sync){0});
    return forbidden;
}

static struct forbidden timestamp(const struct protection* protection) {
    struct forbidden forbidden = {
        .name = "a timestamp", .count = 1, .address = (uintptr_t)protection->closed, .size = 8};
    forbidden.lines[0] = descriptor_timestamp(forbidden.address, &(struct descriptor_sync){0});
    return forbidden;
}

static struct forbidden product(const struct selftest* test) {
    enum { SIZE = 16, B = 512, LD = 32, C_LD = 64 };
    struct forbidden forbidden = {.name = "a product",
                                  .count = 1,
                                  .address = test->accelerator.cluster.tile[0].l1.address + GRANTED,
                                  .size = (uint64_t)SIZE * C_LD};
    const struct matmul_command command = {.m = SIZE,
                                           .n = SIZE,
                                           .k = SIZE,
                                           .b = B,
                                           .c = GRANTED,
                                           .a_ld = LD,
                                           .b_ld = LD,
                                           .c_ld = C_LD};
    forbidden.lines[0] = descriptor_matmul(&command, &(struct descriptor_sync){0});
    return forbidden;
}

static struct forbidden vector(const struct selftest* test) {
    enum { COLUMNS = 16 };
    struct forbidden forbidden = {.name = "a vector command",
                                  .count = DESCRIPTOR_VECTOR_LINES,
                                  .address = test->accelerator.cluster.sram.address + GRANTED,
                                  .size = COLUMNS * sizeof(float)};
    const struct vector_command command = {
        .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_EXP,
        .rows = 1,
        .columns = COLUMNS,
        .a = {.ld = COLUMNS * sizeof(float)},
        .out = {.address = GRANTED, .ld = COLUMNS * sizeof(float)}};
    descriptor_vector(&command, &(struct descriptor_sync){0}, forbidden.lines);
    return forbidden;
}

void test_protection(struct selftest* test) {
    const struct board_cluster* const cluster = &test->accelerator.cluster;
    struct protection protection;
    require(iopmp_init(&protection.iopmp, &cluster->iopmp), "the IOPMP");
    if (protection.iopmp.entries < GRANTS) {
        printf("skip   iopmp: it has %" PRIu32 " entries, this takes %u\n",
               protection.iopmp.entries, (unsigned)GRANTS);
        return;
    }
    protection.open = take_memory(test->runtime, AREA, 1);
    protection.closed = take_memory(test->runtime, AREA, 1);
    protection.other_memory = take_memory(test->runtime, OTHER_SIZE, sizeof(struct descriptor));
    const struct forbidden commands[] = {copy(&protection), timestamp(&protection), product(test),
                                         vector(test)};
    const size_t count = sizeof commands / sizeof commands[0];
    for (size_t i = 0; i < (cluster->vector_cores != 0 ? count : count - 1); ++i) {
        test_command(test, &protection, &commands[i]);
    }
    iopmp_enable(&protection.iopmp, false);
    const struct forbidden again = copy(&protection);
    fill(&again);
    check(test, run_good_list(test, again.lines, 1) == RESULT_OK && written(&again) != 0,
          "iopmp: switched off it lets everything pass");
}
