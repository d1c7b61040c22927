/* SPDX-License-Identifier: Apache-2.0 */
/* Squares 70000, waits for the interrupt, and passes if the result is right and ACK lowers the
 * line. */
#include <stdint.h>

#include "squarer_regs.h"

#define SQUARER 0x30000000UL
#define PLIC_PENDING (*(volatile uint32_t*)0xc001000UL)
#define INTERRUPT (1U << 12)

__asm__(".globl _start\n_start: la sp, stack + 1024\nj run");
char stack[1024] __attribute__((aligned(16)));
volatile uint64_t tohost __attribute__((aligned(4096)));

static volatile uint32_t* reg(unsigned long offset) {
    return (volatile uint32_t*)(SQUARER + offset);
}

void run(void) {
    *reg(ATHENA_SQUARER_VALUE_OFFSET) = 70000;
    while ((PLIC_PENDING & INTERRUPT) == 0) {
    }
    const uint64_t result = *(volatile uint64_t*)reg(ATHENA_SQUARER_RESULT_OFFSET);
    *reg(ATHENA_SQUARER_ACK_OFFSET) = 1;
    tohost = result == 4900000000UL ? 1 : 3;
    for (;;) {
    }
}
