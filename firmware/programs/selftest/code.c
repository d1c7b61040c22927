// SPDX-License-Identifier: Apache-2.0
// Code that DMA writes over code that the hart has run: after a fence.i the new code runs.
#include <stdio.h>
#include <string.h>

#include "selftest.h"

enum { VERSIONS = 12, TURNS = 100, ADDITION = 2, WORDS = 6 };

// a0 = TURNS times what the word ADDITION adds.
static const uint32_t kProgram[WORDS] = {
    0x00000513,                // li a0, 0
    0x00000293 | TURNS << 20,  // li t0, TURNS
    0x00050513,                // addi a0, a0, 0
    0xFFF28293,                // addi t0, t0, -1
    0xFE029CE3,                // bnez t0, -8
    0x00008067,                // ret
};

static uint32_t addition_of(uint32_t version) {
    return kProgram[ADDITION] | version << 20;
}

static uint64_t run(uint64_t place) {
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t (*const code)(void) = (uint64_t(*)(void))(uintptr_t)place;
    return code();
}

static void store(uint64_t place, const uint32_t* words, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        ((volatile uint32_t*)(uintptr_t)place)[i] = words[i];
    }
}

// Copies of the whole program and fills of the one word, by turns, while the hart runs each
// version.
static void test_place(struct selftest* test, uint64_t place, const char* where) {
    uint32_t* const words = take_memory(test->runtime, sizeof kProgram, 8);
    memcpy(words, kProgram, sizeof kProgram);
    store(place, kProgram, WORDS);
    bool good = run(place) == 0;
    for (uint32_t version = 1; good && version <= VERSIONS; ++version) {
        words[ADDITION] = addition_of(version);
        const struct copy_command copy = {.columns = sizeof kProgram,
                                          .rows = 1,
                                          .source = (uintptr_t)words,
                                          .destination = place};
        const struct fill_command fill = {.log2_element = 2,
                                          .pattern = addition_of(version),
                                          .destination = place + sizeof(uint32_t) * ADDITION,
                                          .columns = 1,
                                          .rows = 1};
        const struct descriptor_sync sync = {.tag = version};
        const struct descriptor line =
            version % 2 == 0 ? descriptor_fill(&fill, &sync) : descriptor_copy(&copy, &sync);
        good = run_good_list(test, &line, 1) == RESULT_OK && run(place) == TURNS * version &&
               run(place) == TURNS * version;
    }
    char name[80];
    (void)snprintf(name, sizeof name, "dma: code that it writes over code in %s is what runs",
                   where);
    check(test, good, name);
}

void test_code(struct selftest* test) {
    const struct board_cluster* const cluster = &test->accelerator.cluster;
    test_place(test, (uintptr_t)take_memory(test->runtime, 4096, 4096), "RAM");
    if (test->runtime->board.hbm.size != 0) {
        test_place(test, test->runtime->board.hbm.address + 0x10000, "HBM");
    }
    if (cluster->sram.size >= 8192) {
        test_place(test, cluster->sram.address + 4096, "shared SRAM");
    }
    test_place(test, cluster->tile[0].l1.address + 0x8000, "L1");
}
