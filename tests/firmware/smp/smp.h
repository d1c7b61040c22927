// SPDX-License-Identifier: Apache-2.0
// What the experiments of several harts share: who takes part, checks that end the run, barriers,
// and what differs between M-mode and S-mode under an SBI (machine.c, supervisor.c).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MOST_HARTS = 8, LINE = 64, PAGE = 4096 };

// What the command line says, the same for all harts.
struct setting {
    uint32_t harts;
    uint32_t first;  // to have come
    uint32_t seed;
    uint32_t rounds;
    // Not 0: also what this board promises beyond the specification, and what only it has.
    uint32_t exact;
    uint32_t code;  // 0: nobody changes code
};
extern struct setting setting;

// This hart's number: 0 to setting.harts - 1.
static inline unsigned self(void) {
    unsigned number;
    __asm__ volatile("mv %0, tp" : "=r"(number));
    return number;
}

#define FENCE(before, after) __asm__ volatile("fence " #before ", " #after ::: "memory")
#define VOLATILE(object) (*(volatile __typeof__(object)*)&(object))

// ---- main.c

// Of this hart, by setting.seed.
uint64_t random_number(void);
// Up to `most` turns of an empty loop.
void dawdle(unsigned most);
// All harts are here.
void barrier(void);
// Ends the run as failed.
void failed(const char* file, int line, const char* what, uint64_t value) __attribute__((noreturn));
// Adds a number to the line that tells of the present experiment. Of hart 0 only.
void note(const char* name, uint64_t value);
void print(const char* text);
// Where harts begin.
void hart_main(void);

#define CHECK(condition, value)                                             \
    do {                                                                    \
        if (!(condition)) {                                                 \
            failed(__FILE_NAME__, __LINE__, #condition, (uint64_t)(value)); \
        }                                                                   \
    } while (0)

// ---- machine.c, supervisor.c

void mode_start_others(void);          // the first hart
void mode_hart_start(void);            // each hart
void send_interrupts(uint64_t harts);  // a mask; may be this hart itself
bool clear_interrupt(void);            // within a trap: whether it was one by send_interrupts
void allow_interrupts(bool allowed);   // of this hart
void wait_until_interrupt(void);       // WFI with interrupts not allowed
// All harts of the mask have forgotten code, or translations of a page, when it returns.
void remote_code_fence(uint64_t harts);
void remote_page_fence(uint64_t harts, uintptr_t page);
void use_table(uint64_t satp);  // translations of this hart
// By the hart's translation.
uint64_t load_translated(uintptr_t address);

// ---- experiments: all harts run each

void test_locks(void);
void test_atomics(void);
void test_reserved_loops(void);
void test_reserved_longest(void);
void test_reserved_elsewhere(void);
void test_broken_reservations(void);
void test_device_breaks(void);
void test_messages(void);
void test_store_buffers(void);
void test_exclusion(void);
void test_ping_pong(void);
void test_storm(void);
void test_remote_code(void);
void test_remote_pages(void);
// S-mode only: harts are stopped and started again.
void test_stopping(void);
