// SPDX-License-Identifier: Apache-2.0
// S-mode: the same by calls of the SBI (RISC-V Supervisor Binary Interface 1.0), and harts that
// stop and start.
#include "csr.h"
#include "smp.h"

enum { IPI = 0x735049, RFENCE = 0x52464E43, HSM = 0x48534D };
enum { REMOTE_FENCE_I = 0, REMOTE_SFENCE_VMA = 1, REMOTE_SFENCE_VMA_ASID = 2 };
enum { HART_START = 0, HART_STOP = 1, HART_STATUS = 2 };
enum { STARTED = 0, STOPPED = 1 };
enum { INVALID_PARAMETER = -3, ALREADY_AVAILABLE = -6 };
enum { SSIP = 2, SIE = 2, MOST_STOPS = 6 };
static const uint64_t kSoftware = 1UL << 63 | 1;

struct result {
    int64_t error;
    uint64_t value;
};

static struct result call(uint64_t extension, uint64_t function, uint64_t first, uint64_t second,
                          uint64_t third, uint64_t fourth, uint64_t fifth) {
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a2 __asm__("a2") = third;
    register uint64_t a3 __asm__("a3") = fourth;
    register uint64_t a4 __asm__("a4") = fifth;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
                     : "memory");
    return (struct result){(int64_t)a0, a1};
}

extern char _start[];

static void start_hart(uint64_t hart, void (*begin)(void)) {
    const struct result result =
        call(HSM, HART_START, hart, (uintptr_t)_start, (uintptr_t)begin, 0, 0);
    CHECK(result.error == 0, result.error);
}

void mode_start_others(void) {
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        if (hart != self()) {
            start_hart(hart, hart_main);
        }
    }
}

void mode_hart_start(void) {
    CSR_WRITE(sie, SSIP);
}

void send_interrupts(uint64_t harts) {
    const struct result result = call(IPI, 0, harts, 0, 0, 0, 0);
    CHECK(result.error == 0, result.error);
}

bool clear_interrupt(void) {
    if (CSR_READ(scause) != kSoftware) {
        return false;
    }
    CSR_CLEAR(sip, SSIP);
    FENCE(rw, rw);
    return true;
}

void remote_code_fence(uint64_t harts) {
    const struct result result = call(RFENCE, REMOTE_FENCE_I, harts, 0, 0, 0, 0);
    CHECK(result.error == 0, result.error);
}

void remote_page_fence(uint64_t harts, uintptr_t page) {
    const uint64_t function = random_number() % 2 == 0 ? REMOTE_SFENCE_VMA : REMOTE_SFENCE_VMA_ASID;
    const struct result result = call(RFENCE, function, harts, 0, page, PAGE, 0);
    CHECK(result.error == 0, result.error);
}

void allow_interrupts(bool allowed) {
    if (allowed) {
        CSR_SET(sstatus, SIE);
    } else {
        CSR_CLEAR(sstatus, SIE);
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
    return *(volatile uint64_t*)address;
}

// ---- stopping

static uint64_t stops[MOST_HARTS][8] __attribute__((aligned(LINE)));

static void begin_again(void);

static void stop_or_start(void) {
    for (uint64_t number = stops[self()][0]; number < MOST_STOPS; ++number) {
        barrier();
        VOLATILE(stops[self()][0]) = number + 1;
        if (self() != 0) {
            call(HSM, HART_STOP, 0, 0, 0, 0, 0);
            CHECK(false, number);  // it does not return
        }
        for (unsigned hart = 1; hart < setting.harts; ++hart) {
            while (call(HSM, HART_STATUS, hart, 0, 0, 0, 0).value != STOPPED) {
            }
        }
        CHECK(call(HSM, HART_STATUS, self(), 0, 0, 0, 0).value == STARTED, number);
        const uintptr_t entry = (uintptr_t)_start;
        CHECK(call(HSM, HART_START, self(), entry, 0, 0, 0).error == ALREADY_AVAILABLE, number);
        CHECK(call(HSM, HART_START, 1000, entry, 0, 0, 0).error == INVALID_PARAMETER, number);
        for (unsigned i = 1; i < setting.harts; ++i) {
            start_hart(1 + (i + number) % (setting.harts - 1), begin_again);
        }
    }
}

static void begin_again(void) {
    mode_hart_start();
    stop_or_start();
    barrier();  // at the experiment's end
}

void test_stopping(void) {
    stop_or_start();
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        CHECK(VOLATILE(stops[hart][0]) == MOST_STOPS, hart);
    }
}
