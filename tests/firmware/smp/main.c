// SPDX-License-Identifier: Apache-2.0
// The experiments one after the other, and what they report by.
#include <stddef.h>

#include "board.h"
#include "bootargs.h"
#include "mmio.h"
#include "smp.h"

enum { UART = 0x10000000, UART_STATUS = 5, UART_EMPTY = 0x20, FINISHER = 0x100000 };
enum { PASS = 0x5555, FAIL = 0x3333 };

struct setting setting = {.rounds = 24, .code = 1};

static struct {
    uint64_t random;
    uint64_t unused[7];  // a line each
} harts[MOST_HARTS];
static uint32_t arrived, phase;
static uint32_t printing;

// ---- reports

static void put(char character) {
    while ((mmio_read8(UART + UART_STATUS) & UART_EMPTY) == 0) {
    }
    mmio_write8(UART, (uint8_t)character);
}

void print(const char* text) {
    for (; *text != 0; ++text) {
        put(*text);
    }
}

static void print_number(uint64_t value) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

void note(const char* name, uint64_t value) {
    put(' ');
    print(name);
    put('=');
    print_number(value);
}

static void finish(uint32_t value) {
    mmio_write32(FINISHER, value);
    for (;;) {
    }
}

void failed(const char* file, int line, const char* what, uint64_t value) {
    uint32_t others = 1;
    __asm__ volatile("amoswap.w.aqrl %0, %0, (%1)" : "+r"(others) : "r"(&printing) : "memory");
    while (others != 0) {  // the first one ends the run
    }
    print("\nFAILED: hart ");
    print_number(self());
    put(' ');
    print(file);
    put(':');
    print_number((uint64_t)line);
    print(": ");
    print(what);
    note("; value", value);
    put('\n');
    finish(1 << 16 | FAIL);
    __builtin_unreachable();
}

// ---- what experiments need

// xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators").
uint64_t random_number(void) {
    uint64_t x = harts[self()].random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    harts[self()].random = x;
    return x * 0x2545F4914F6CDD1DU;
}

void dawdle(unsigned most) {
    for (uint64_t left = random_number() % (most + 1); left != 0; --left) {
        __asm__ volatile("");
    }
}

void barrier(void) {
    const uint32_t old = VOLATILE(phase);
    uint32_t before = 1;
    __asm__ volatile("amoadd.w.aqrl %0, %0, (%1)" : "+r"(before) : "r"(&arrived) : "memory");
    if (before + 1 == setting.harts) {
        VOLATILE(arrived) = 0;
        FENCE(rw, rw);
        VOLATILE(phase) = old + 1;
    }
    while (VOLATILE(phase) == old) {
    }
    FENCE(rw, rw);
}

// ---- the run

static const struct {
    const char* name;
    void (*run)(void);
    bool alone;       // makes sense with one hart
    bool exact;       // needs what only this board has
    bool supervisor;  // needs an SBI
} kExperiments[] = {
    {"locks", test_locks, true, false, false},
    {"atomics", test_atomics, true, false, false},
    {"reserved loops", test_reserved_loops, true, false, false},
    {"longest loops", test_reserved_longest, true, false, false},
    {"loops in SRAM and HBM", test_reserved_elsewhere, true, true, false},
    {"broken reservations", test_broken_reservations, false, false, false},
    {"devices that break reservations", test_device_breaks, true, true, false},
    {"messages", test_messages, false, false, false},
    {"store buffers", test_store_buffers, false, false, false},
    {"exclusion by loads and stores", test_exclusion, false, false, false},
    {"ping-pong", test_ping_pong, false, false, false},
    {"storm", test_storm, true, false, false},
    {"remote code", test_remote_code, true, false, false},
    {"remote pages", test_remote_pages, true, false, false},
    {"stopping", test_stopping, false, false, true},
};

#ifdef SUPERVISOR
static const bool kSupervisor = true;
#else
static const bool kSupervisor = false;
#endif

// Called by start.S: by the first hart alone.
void prepare(uint64_t hart, const void* device_tree);
void prepare(uint64_t hart, const void* device_tree) {
    setting.first = (uint32_t)hart;
    static struct board board;
    CHECK(board_read(&board, device_tree) == RESULT_OK, 0);
    const struct bootarg arguments[] = {
        {"seed", BOOTARG_U32, &setting.seed, 0, UINT32_MAX},
        {"rounds", BOOTARG_U32, &setting.rounds, 1, 1000000},
        {"exact", BOOTARG_U32, &setting.exact, 0, 1},
        {"code", BOOTARG_U32, &setting.code, 0, 1},
    };
    const char* culprit = "";
    const size_t count = sizeof arguments / sizeof arguments[0];
    CHECK(bootargs_parse(board.arguments, arguments, count, &culprit) == RESULT_OK, 0);
    setting.harts = board.harts;
    CHECK(setting.harts <= MOST_HARTS, setting.harts);
}

// By each hart.
void hart_main(void) {
    harts[self()].random = (setting.seed + 1) * 0x9E3779B97F4A7C15U + self() * 0xD1B54A32D192ED03U;
    mode_hart_start();
    if (self() == setting.first) {
        mode_start_others();
    }
    for (unsigned i = 0; i < sizeof kExperiments / sizeof kExperiments[0]; ++i) {
        if ((setting.harts == 1 && !kExperiments[i].alone) ||
            (kExperiments[i].run == test_remote_code && setting.code == 0) ||
            (kExperiments[i].exact && setting.exact == 0) ||
            (kExperiments[i].supervisor && !kSupervisor)) {
            continue;
        }
        barrier();
        if (self() == 0) {
            print(kExperiments[i].name);
            put(':');
        }
        kExperiments[i].run();
        barrier();
        if (self() == 0) {
            print(" ok\n");
        }
    }
    if (self() == 0) {
        print("smp: passed\n");
        finish(PASS);
    }
}
