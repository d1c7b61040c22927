// SPDX-License-Identifier: Apache-2.0
// The only way to a device register. On the host, tests define ATHENA_MMIO_MOCK and bring their
// own.
#pragma once

#include <stdint.h>

#ifdef ATHENA_MMIO_MOCK
#ifdef __cplusplus
extern "C" {
#endif
uint8_t mmio_read8(uintptr_t address);
uint32_t mmio_read32(uintptr_t address);
uint64_t mmio_read64(uintptr_t address);
void mmio_write8(uintptr_t address, uint8_t value);
void mmio_write32(uintptr_t address, uint32_t value);
void mmio_write64(uintptr_t address, uint64_t value);
void mmio_order(void);
#ifdef __cplusplus
}
#endif
#else
static inline uint8_t mmio_read8(uintptr_t address) {
    return *(const volatile uint8_t*)address;
}
static inline uint32_t mmio_read32(uintptr_t address) {
    return *(const volatile uint32_t*)address;
}
static inline uint64_t mmio_read64(uintptr_t address) {
    return *(const volatile uint64_t*)address;
}
static inline void mmio_write8(uintptr_t address, uint8_t value) {
    *(volatile uint8_t*)address = value;
}
static inline void mmio_write32(uintptr_t address, uint32_t value) {
    *(volatile uint32_t*)address = value;
}
static inline void mmio_write64(uintptr_t address, uint64_t value) {
    *(volatile uint64_t*)address = value;
}
// Orders memory and device accesses before it against those after it.
static inline void mmio_order(void) {
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}
#endif
