// SPDX-License-Identifier: Apache-2.0
#include "timer.h"

#include <stddef.h>

#include "clint_regs.h"
#include "cpu.h"
#include "mmio.h"

static uintptr_t compare_register(const struct timer* timer) {
    return timer->config.clint + ATHENA_CLINT_MTIMECMP_OFFSET +
           (uintptr_t)ATHENA_CLINT_MTIMECMP_STRIDE * timer->config.hart;
}

enum result timer_init(struct timer* timer, const struct timer_config* config) {
    if (config->clint == 0 || config->hertz == 0 || config->hart >= ATHENA_CLINT_MTIMECMP_COUNT) {
        return RESULT_BAD_ARGUMENT;
    }
    *timer = (struct timer){.config = *config};
    timer_set(timer, UINT64_MAX);
    return RESULT_OK;
}

uint64_t timer_now(const struct timer* timer) {
    return mmio_read64(timer->config.clint + ATHENA_CLINT_MTIME_OFFSET);
}

uint64_t timer_ticks(const struct timer* timer, uint64_t microseconds) {
    return microseconds / 1000000 * timer->config.hertz +
           microseconds % 1000000 * timer->config.hertz / 1000000;
}

uint64_t timer_microseconds(const struct timer* timer, uint64_t ticks) {
    return ticks / timer->config.hertz * 1000000 +
           ticks % timer->config.hertz * 1000000 / timer->config.hertz;
}

void timer_set(struct timer* timer, uint64_t ticks) {
    mmio_write64(compare_register(timer), ticks);
}

void timer_on_interrupt(struct timer* timer) {
    ++timer->expirations;
    timer_set(timer, UINT64_MAX);
}

enum result timer_wait(struct timer* timer, const char* what, uint64_t microseconds,
                       wait_condition* condition, void* context) {
    const uint64_t deadline = timer_now(timer) + timer_ticks(timer, microseconds);
    timer_set(timer, deadline);
    for (;;) {
        // Off between check and sleep: an interrupt in between still ends the sleep.
        const uint64_t before = cpu_interrupts_off();
        const bool met = condition(context);
        const bool expired = !met && timer_now(timer) >= deadline;
        if (!met && !expired) {
            cpu_idle();
        }
        cpu_interrupts_restore(before);
        if (met) {
            timer_set(timer, UINT64_MAX);
            return RESULT_OK;
        }
        if (expired) {
            timer_set(timer, UINT64_MAX);
            wait_report(what, microseconds);
            return RESULT_TIMEOUT;
        }
    }
}
