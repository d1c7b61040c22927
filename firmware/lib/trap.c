// SPDX-License-Identifier: Apache-2.0
#include "trap.h"

#include <stddef.h>
#include <stdio.h>

#include "cpu.h"
#include "csr.h"
#include "runtime.h"

enum { INTERRUPT_CAUSES = 16, EXIT_UNHANDLED_TRAP = 127 };

static struct {
    trap_handler* handler;
    void* context;
} handlers[INTERRUPT_CAUSES];
static bool probing;
static struct trap_probe probe;

enum result trap_set_handler(uint32_t cause, trap_handler* handler, void* context) {
    if (cause >= INTERRUPT_CAUSES || handler == NULL) {
        return RESULT_BAD_ARGUMENT;
    }
    handlers[cause].handler = handler;
    handlers[cause].context = context;
    CSR_SET(mie, 1ull << cause);
    return RESULT_OK;
}

void trap_probe_begin(void) {
    probe = (struct trap_probe){0};
    probing = true;
    __asm__ volatile("" ::: "memory");
}

struct trap_probe trap_probe_end(void) {
    __asm__ volatile("" ::: "memory");
    probing = false;
    return probe;
}

// Called by trap_entry; returns where to go on.
uint64_t trap_dispatch(uint64_t cause, uint64_t pc, uint64_t value);

uint64_t trap_dispatch(uint64_t cause, uint64_t pc, uint64_t value) {
    const uint64_t interrupt_bit = 1ull << 63;
    const uint64_t number = cause & ~interrupt_bit;
    if ((cause & interrupt_bit) != 0 && number < INTERRUPT_CAUSES &&
        handlers[number].handler != NULL) {
        handlers[number].handler(handlers[number].context);
        return pc;
    }
    if ((cause & interrupt_bit) == 0 && probing) {
        probe = (struct trap_probe){true, cause, value};
        const bool compressed = (*(const volatile uint16_t*)pc & 3) != 3;
        return pc + (compressed ? 2 : 4);
    }
    printf("trap: cause 0x%llx at pc 0x%llx, value 0x%llx\n", (unsigned long long)cause,
           (unsigned long long)pc, (unsigned long long)value);
    exit_with(EXIT_UNHANDLED_TRAP);
}

uint64_t cpu_interrupts_off(void) {
    uint64_t before;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
    return before & MSTATUS_MIE;
}

void cpu_interrupts_restore(uint64_t before) {
    CSR_SET(mstatus, before);
}

void cpu_idle(void) {
    wait_for_interrupt();
}
