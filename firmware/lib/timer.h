// SPDX-License-Identifier: Apache-2.0
// The machine timer of the CLINT: board time for programs, and the bound of every wait.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct timer_config {
    uintptr_t clint;  // base of the CLINT's registers
    uint32_t hart;    // whose mtimecmp is used
    uint32_t hertz;   // of mtime: /cpus timebase-frequency
};

struct timer {
    struct timer_config config;
    volatile uint32_t expirations;
};

MUST_USE enum result timer_init(struct timer* timer, const struct timer_config* config);

uint64_t timer_now(const struct timer* timer);  // ticks
uint64_t timer_ticks(const struct timer* timer, uint64_t microseconds);
uint64_t timer_microseconds(const struct timer* timer, uint64_t ticks);

// Interrupts when mtime reaches `ticks`, once. UINT64_MAX never does.
void timer_set(struct timer* timer, uint64_t ticks);

// Handler of the machine timer interrupt: counts it and sets no further one.
void timer_on_interrupt(struct timer* timer);

// Sleeps until `condition` holds, which an interrupt must make true, or `microseconds` of board
// time have passed: then wait_report gets the name of what was waited for, and the result is
// RESULT_TIMEOUT.
typedef bool wait_condition(void* context);
MUST_USE enum result timer_wait(struct timer* timer, const char* what, uint64_t microseconds,
                                wait_condition* condition, void* context);

// Told of every wait that ran out; the runtime prints it, tests keep it.
void wait_report(const char* what, uint64_t microseconds);

#ifdef __cplusplus
}
#endif
