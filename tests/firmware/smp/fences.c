// SPDX-License-Identifier: Apache-2.0
// Hart 0 changes code, or where a page is, has the others forget the old, and says so: from then on
// they see the new.
#include "smp.h"

static uint64_t epoch __attribute__((aligned(LINE)));
static uint64_t seen[MOST_HARTS][8] __attribute__((aligned(LINE)));
// lui a0, n; srliw a0, a0, 12; ret
static uint32_t code[3] __attribute__((aligned(PAGE))) = {0x00000537, 0x00C5551B, 0x00008067};
static uint64_t root[512] __attribute__((aligned(PAGE)));
static uint64_t tables[2][512] __attribute__((aligned(PAGE)));
static uint64_t pages[2][512] __attribute__((aligned(PAGE)));

enum { VALID = 1, READ = 2, WRITE = 4, EXECUTE = 8, ACCESSED = 64, DIRTY = 128 };
enum { LEAF = VALID | READ | WRITE | EXECUTE | ACCESSED | DIRTY, SV39 = 8 };
static const uintptr_t kWindow = 8UL << 30;

static uint64_t others(void) {
    return ((1UL << setting.harts) - 1) & ~1UL;
}

// Hart 0 does change(n) for n = 1, 2 …; the others look in the meantime. What they see grows, and
// is at least what hart 0 has said.
static void go_through(void (*change)(uint64_t), uint64_t (*look)(void)) {
    if (self() == 0) {
        VOLATILE(epoch) = 0;
    }
    VOLATILE(seen[self()][0]) = 0;
    allow_interrupts(true);
    barrier();
    uint64_t last = 0;
    if (self() == 0) {
        for (uint64_t number = 1; number <= setting.rounds; ++number) {
            change(number);
            CHECK(look() == number, number);
            FENCE(rw, rw);
            VOLATILE(epoch) = number;
            for (unsigned hart = 1; hart < setting.harts; ++hart) {
                while (VOLATILE(seen[hart][0]) != number) {
                }
            }
        }
    }
    while (self() != 0 && last != setting.rounds) {
        const uint64_t said = VOLATILE(epoch);
        FENCE(rw, rw);
        const uint64_t value = look();
        CHECK(value >= said && value >= last && value <= said + 1, value);
        last = value;
        VOLATILE(seen[self()][0]) = said;
    }
    VOLATILE(seen[self()][0]) = setting.rounds;
    barrier();
    allow_interrupts(false);
}

static void change_code(uint64_t number) {
    VOLATILE(code[0]) = (uint32_t)number << 12 | 0x537;
    FENCE(rw, rw);
    __asm__ volatile("fence.i" ::: "memory");
    remote_code_fence(others());
}

static uint64_t call_code(void) {
    return ((uint64_t(*)(void))(uintptr_t)code)();
}

void test_remote_code(void) {
    if (self() == 0) {
        VOLATILE(code[0]) = 0x537;
        FENCE(rw, rw);
        __asm__ volatile("fence.i" ::: "memory");
        remote_code_fence(0);
    }
    barrier();
    __asm__ volatile("fence.i" ::: "memory");
    go_through(change_code, call_code);
}

static uint64_t entry(const void* page, uint64_t flags) {
    return (uintptr_t)page >> 12 << 10 | flags;
}

static void change_page(uint64_t number) {
    pages[number % 2][0] = number;
    FENCE(rw, rw);
    VOLATILE(tables[1][0]) = entry(pages[number % 2], LEAF);
    FENCE(rw, rw);
    __asm__ volatile("sfence.vma" ::: "memory");
    remote_page_fence(others(), kWindow);
}

static uint64_t load_window(void) {
    return load_translated(kWindow);
}

void test_remote_pages(void) {
    if (self() == 0) {
        for (uint64_t i = 0; i < 4; ++i) {
            root[i] = i << 28 | LEAF;  // where it is
        }
        root[kWindow >> 30] = entry(tables[0], VALID);
        tables[0][0] = entry(tables[1], VALID);
        pages[0][0] = 0;
        tables[1][0] = entry(pages[0], LEAF);
    }
    barrier();
    use_table((uint64_t)SV39 << 60 | (uintptr_t)root >> 12);
    go_through(change_page, load_window);
    use_table(0);
}
