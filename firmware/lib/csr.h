// SPDX-License-Identifier: Apache-2.0
// Control and status registers of the hart (RISC-V privileged specification 1.12, chapter 2).
#pragma once

#include <stdint.h>

#define CSR_READ(name)                                          \
    __extension__({                                             \
        uint64_t csr_value_;                                    \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value_)); \
        csr_value_;                                             \
    })
#define CSR_WRITE(name, value) \
    __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, bits) \
    __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define CSR_CLEAR(name, bits) \
    __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")

enum {
    MSTATUS_MIE = 1 << 3,
    MIE_MSIE = 1 << 3,
    MIE_MTIE = 1 << 7,
    MIE_MEIE = 1 << 11,
};

enum {
    CAUSE_MACHINE_SOFTWARE = 3,
    CAUSE_MACHINE_TIMER = 7,
    CAUSE_MACHINE_EXTERNAL = 11,
};

static inline void wait_for_interrupt(void) {
    __asm__ volatile("wfi" ::: "memory");
}
