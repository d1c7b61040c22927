// SPDX-License-Identifier: Apache-2.0
// The parts of selftest. Each check prints one line; a part goes on after a failed check where it
// can.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runtime.h"

struct selftest {
    struct runtime* runtime;
    struct accelerator accelerator;
    uint32_t passed;
    uint32_t failed;
};

// Counts and prints "ok" or "FAILED" with the name.
void check(struct selftest* test, bool good, const char* name);

void test_memory(struct selftest* test);
void test_interrupts(struct selftest* test);
void test_copies(struct selftest* test);
void test_code(struct selftest* test);
void test_transfers(struct selftest* test);
void test_products(struct selftest* test);
void test_tile_control(struct selftest* test);
void test_semaphores(struct selftest* test);
void test_vectors(struct selftest* test);
void test_counters(struct selftest* test);
void test_errors(struct selftest* test);
void test_protection(struct selftest* test);

// Runs a list of descriptors; a FENCE with interrupt is added.
MUST_USE enum result run_list(struct selftest* test, const struct descriptor* lines,
                              uint32_t count);

// The same for a list that should succeed: after an error it prints the record and recovers the
// ring, so that what comes next has a ring to run on.
MUST_USE enum result run_good_list(struct selftest* test, const struct descriptor* lines,
                                   uint32_t count);

// Bytes 0, 1, 2, … of a sequence that differs for each seed.
void fill_pattern(uint8_t* data, size_t count, uint32_t seed);
