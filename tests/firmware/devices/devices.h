/* SPDX-License-Identifier: Apache-2.0 */
/* What the experiments on devices share: register access, and records that are printed at the end.
 */
#pragma once

#include <stdint.h>

#define CLINT 0x02000000UL
#define PLIC 0x0c000000UL
#define UART 0x10000000UL
#define RTC 0x00101000UL
#define FLASH 0x20000000UL

static inline void write8(uintptr_t address, uint8_t value) {
    *(volatile uint8_t*)address = value;
}
static inline uint8_t read8(uintptr_t address) {
    return *(volatile uint8_t*)address;
}
static inline void write16(uintptr_t address, uint16_t value) {
    *(volatile uint16_t*)address = value;
}
static inline uint16_t read16(uintptr_t address) {
    return *(volatile uint16_t*)address;
}
static inline void write32(uintptr_t address, uint32_t value) {
    *(volatile uint32_t*)address = value;
}
static inline uint32_t read32(uintptr_t address) {
    return *(volatile uint32_t*)address;
}
static inline void write64(uintptr_t address, uint64_t value) {
    *(volatile uint64_t*)address = value;
}
static inline uint64_t read64(uintptr_t address) {
    return *(volatile uint64_t*)address;
}

/* Notes a value under the name of the experiment and of the look. */
void record(const char* what, uint64_t value);

/* Lets board time pass. */
void wait_microseconds(uint64_t microseconds);

/* Bits 11 and 9 (external, M and S), 7 (timer), 3 (software) of mip. */
uint64_t pending_interrupts(void);

void test_uart_registers(void);
void test_uart_interrupts(void);
void test_plic(void);
void test_clint(void);
void test_rtc(void);
void test_flash(void);
