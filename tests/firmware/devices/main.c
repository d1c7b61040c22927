/* SPDX-License-Identifier: Apache-2.0 */
#include "clint_regs.h"
#include "devices.h"
#include "uart_regs.h"

enum { MOST_RECORDS = 1024 };

static struct {
    const char* what;
    uint64_t value;
} records[MOST_RECORDS];
static unsigned record_count;

void record(const char* what, uint64_t value) {
    if (record_count < MOST_RECORDS) {
        records[record_count].what = what;
        records[record_count].value = value;
        ++record_count;
    }
}

void wait_microseconds(uint64_t microseconds) {
    const uint64_t end = read64(CLINT + ATHENA_CLINT_MTIME_OFFSET) + 10 * microseconds;
    while (read64(CLINT + ATHENA_CLINT_MTIME_OFFSET) < end) {
    }
}

uint64_t pending_interrupts(void) {
    uint64_t value;
    __asm__ volatile("csrr %0, mip" : "=r"(value));
    return value & 0xA88;
}

static void put(char character) {
    while ((read8(UART + ATHENA_UART_LSR_OFFSET) & ATHENA_UART_LSR_THRE_MASK) == 0) {
    }
    write8(UART + ATHENA_UART_THR_OFFSET, (uint8_t)character);
}

static void print(const char* text) {
    for (; *text != 0; ++text) {
        put(*text);
    }
}

int main(void) {
    write64(CLINT + ATHENA_CLINT_MTIMECMP_OFFSET, UINT64_MAX); /* unspecified at reset */
    test_uart_registers();
    test_uart_interrupts();
    test_plic();
    test_clint();
    test_rtc();
    test_flash();
    write8(UART + ATHENA_UART_IER_OFFSET, 0);
    write8(UART + ATHENA_UART_MCR_OFFSET, 0);
    for (unsigned i = 0; i < record_count; ++i) {
        print(records[i].what);
        put(' ');
        for (int shift = 60; shift >= 0; shift -= 4) {
            put("0123456789abcdef"[records[i].value >> shift & 15]);
        }
        put('\n');
    }
    return 0;
}
