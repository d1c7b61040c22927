// SPDX-License-Identifier: Apache-2.0
// M-mode: interrupts by the CLINT, remote fences by an interrupt.
#include "csr.h"
#include "mmio.h"
#include "smp.h"

enum { CLINT = 0x2000000 };
enum { CODE = 1, PAGES = 2 };
static const uint64_t kSoftware = 1UL << 63 | CAUSE_MACHINE_SOFTWARE;
static const uint64_t kAllMemory = 0x1F;                          // of pmpcfg0: NAPOT, RWX
static const uint64_t kLoadAsSupervisor = 1UL << 17 | 1UL << 11;  // MPRV, MPP
static const uint64_t kMachine = 3UL << 11;

static uint64_t requests[MOST_HARTS][8] __attribute__((aligned(LINE)));
static uint64_t done __attribute__((aligned(LINE)));

void mode_start_others(void) {}

void mode_hart_start(void) {
    CSR_WRITE(pmpaddr0, UINT64_MAX);
    CSR_WRITE(pmpcfg0, kAllMemory);
    CSR_WRITE(mie, MIE_MSIE);
}

void send_interrupts(uint64_t harts) {
    mmio_order();
    for (unsigned hart = 0; hart < MOST_HARTS; ++hart) {
        if ((harts >> hart & 1) != 0) {
            mmio_write32(CLINT + 4 * hart, 1);
        }
    }
}

bool clear_interrupt(void) {
    if (CSR_READ(mcause) != kSoftware) {
        return false;
    }
    mmio_write32(CLINT + 4 * self(), 0);
    mmio_order();
    uint64_t request;
    __asm__ volatile("amoswap.d.aqrl %0, zero, (%1)"
                     : "=r"(request)
                     : "r"(requests[self()])
                     : "memory");
    if ((request & CODE) != 0) {
        __asm__ volatile("fence.i" ::: "memory");
    }
    if ((request & PAGES) != 0) {
        __asm__ volatile("sfence.vma" ::: "memory");
    }
    if (request != 0) {
        __asm__ volatile("amoadd.d.aqrl zero, %0, (%1)" ::"r"(1UL), "r"(&done) : "memory");
    }
    return true;
}

static void ask(uint64_t harts, uint64_t request) {
    uint64_t count = 0;
    VOLATILE(done) = 0;
    FENCE(rw, rw);
    for (unsigned hart = 0; hart < MOST_HARTS; ++hart) {
        if ((harts >> hart & 1) != 0) {
            ++count;
            __asm__ volatile("amoor.d.aqrl zero, %0, (%1)" ::"r"(request), "r"(requests[hart])
                             : "memory");
        }
    }
    send_interrupts(harts);
    while (VOLATILE(done) != count) {
    }
    FENCE(rw, rw);
}

void remote_code_fence(uint64_t harts) {
    ask(harts, CODE);
}

void remote_page_fence(uint64_t harts, uintptr_t page) {
    (void)page;
    ask(harts, PAGES);
}

void allow_interrupts(bool allowed) {
    if (allowed) {
        CSR_SET(mstatus, MSTATUS_MIE);
    } else {
        CSR_CLEAR(mstatus, MSTATUS_MIE);
    }
}

void wait_until_interrupt(void) {
    wait_for_interrupt();
}

void use_table(uint64_t satp) {
    CSR_WRITE(satp, satp);
    __asm__ volatile("sfence.vma" ::: "memory");
}

uint64_t load_translated(uintptr_t address) {
    uint64_t before, value;
    __asm__ volatile(
        "csrrci %0, mstatus, 8\n"  // no interrupt takes MPP away
        "csrc mstatus, %3\n"
        "csrs mstatus, %2\n"
        "ld %1, (%4)\n"
        "csrw mstatus, %0\n"
        : "=&r"(before), "=&r"(value)
        : "r"(kLoadAsSupervisor), "r"(kMachine), "r"(address)
        : "memory");
    return value;
}

void test_stopping(void) {}
