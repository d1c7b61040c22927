// SPDX-License-Identifier: Apache-2.0
// Timer, software interrupt and PLIC.
#include <stdio.h>

#include "clint_regs.h"
#include "csr.h"
#include "mmio.h"
#include "selftest.h"
#include "trap.h"
#include "uart_regs.h"

static volatile uint32_t software_interrupts;
static volatile uint32_t uart_interrupts;

static bool never(void* context) {
    (void)context;
    return false;
}

static bool expired(void* context) {
    return ((const struct timer*)context)->expirations != 0;
}

static void test_timer(struct selftest* test) {
    struct timer* timer = &test->runtime->timer;
    const uint64_t before = timer_now(timer);
    printf("       the next line names a wait that is meant to run out:\n");
    const enum result waited = timer_wait(timer, "nothing, for 500 us", 500, never, NULL);
    const uint64_t microseconds = timer_microseconds(timer, timer_now(timer) - before);
    check(test, waited == RESULT_TIMEOUT && microseconds >= 500 && microseconds < 600,
          "timer: a bounded wait ends at its bound");
    check(test, expired(timer), "timer: its end was an interrupt");
}

static void on_software(void* context) {
    mmio_write32((uintptr_t)context, 0);
    ++software_interrupts;
}

static void test_software_interrupt(struct selftest* test) {
    const uintptr_t msip = test->runtime->board.clint.address + ATHENA_CLINT_MSIP_OFFSET +
                           (uintptr_t)ATHENA_CLINT_MSIP_STRIDE * test->runtime->hart;
    require(trap_set_handler(CAUSE_MACHINE_SOFTWARE, on_software, (void*)msip), "handler");
    mmio_write32(msip, 1);
    for (unsigned i = 0; i < 1000 && software_interrupts == 0; ++i) {
        mmio_order();
    }
    check(test, software_interrupts == 1, "clint: a software interrupt arrives once");
}

// The uart's "transmitter empty" interrupt, switched off again by its handler.
static void on_uart(void* context) {
    const uintptr_t base = (uintptr_t)context;
    mmio_write8(base + ATHENA_UART_IER_OFFSET, 0);
    ++uart_interrupts;
}

static bool uart_seen(void* context) {
    (void)context;
    return uart_interrupts != 0;
}

static void test_plic(struct selftest* test) {
    struct runtime* runtime = test->runtime;
    const struct board* board = &runtime->board;
    const uintptr_t base = board->uart.address;
    require(plic_enable(&runtime->plic, board->uart_interrupt, on_uart, (void*)base), "PLIC");
    mmio_write8(base + ATHENA_UART_IER_OFFSET, ATHENA_UART_IER_ETBEI_MASK);
    const enum result waited =
        timer_wait(&runtime->timer, "the uart's interrupt", 100000, uart_seen, NULL);
    check(test, waited == RESULT_OK && uart_interrupts == 1,
          "plic: the uart's interrupt arrives once");
    check(test, runtime->plic.unexpected == 0, "plic: no other source was claimed");
    require(plic_disable(&runtime->plic, board->uart_interrupt), "PLIC");
    mmio_write8(base + ATHENA_UART_IER_OFFSET, ATHENA_UART_IER_ETBEI_MASK);
    const uint64_t end = timer_now(&runtime->timer) + timer_ticks(&runtime->timer, 1000);
    while (timer_now(&runtime->timer) < end) {
    }
    check(test, uart_interrupts == 1, "plic: a disabled source does not interrupt");
    mmio_write8(base + ATHENA_UART_IER_OFFSET, 0);
}

void test_interrupts(struct selftest* test) {
    test_timer(test);
    test_software_interrupt(test);
    test_plic(test);
}
