// SPDX-License-Identifier: Apache-2.0
// What the parts of the soak test share. Each part runs as a process of its own, at the same time
// as the others, with threads or children of its own, and checks what must hold whatever order
// things happen in. What it counts on the way depends on that order, and is printed: on this board
// the same run has the same counts.
#pragma once

#include <stdint.h>

struct load {
    unsigned rounds;
    unsigned threads;    // even, at least 2: as many as there are harts or one more
    const char* folder;  // for files; NULL if there is none
};

// Says what did not hold, and ends the process with status 1.
void __attribute__((noreturn, format(printf, 1, 2))) broken(const char* format, ...);

// As broken(), with errno, if `held` is 0.
void need(int held, const char* what);

// Pseudo-random numbers (xorshift32); `state` is not 0.
uint32_t next_random(uint32_t* state);

// The parts. They return if all held.
void soak_locks(const struct load* load);
void soak_signals(const struct load* load);
void soak_pipes(const struct load* load);
void soak_mappings(const struct load* load);
void soak_code(const struct load* load);
void soak_files(const struct load* load);
