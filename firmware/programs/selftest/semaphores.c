// SPDX-License-Identifier: Apache-2.0
// Semaphores order the engines; SEM_SET, TIMESTAMP and the completion interrupt.
#include "command_regs.h"
#include "descriptor_regs.h"
#include "selftest.h"

enum { GATE = 10, COUNT = 11, CHAIN = 12 };

// A copy that must wait for the hart to open a gate.
static void test_gate(struct selftest* test) {
    struct ring* ring = &test->accelerator.ring;
    struct runtime* runtime = test->runtime;
    volatile uint64_t* words = take_memory(runtime, 2, sizeof(uint64_t));
    words[0] = 0x1234;
    const struct copy_command command = {.columns = 8,
                                         .rows = 1,
                                         .source = (uintptr_t)&words[0],
                                         .destination = (uintptr_t)&words[1]};
    const struct descriptor_sync sync = {
        .wait[0] = {GATE, 3, 1}, .signal = {COUNT, 5}, .interrupt = 1};
    const struct descriptor line = descriptor_copy(&command, &sync);
    require(ring_put(ring, &line), "ring");
    ring_doorbell(ring);
    ring_set_semaphore(ring, GATE, 2);
    const uint64_t end = timer_now(&runtime->timer) + timer_ticks(&runtime->timer, 200);
    while (timer_now(&runtime->timer) < end) {
    }
    check(test, words[1] == 0, "semaphores: a copy waits while the value is below its threshold");
    ring_set_semaphore(ring, GATE, 4);
    const enum result done = ring_wait_idle(ring, 1000000);
    check(test, done == RESULT_OK && words[1] == 0x1234,
          "semaphores: it runs when the value is reached");
    check(test, ring_semaphore(ring, GATE) == 1, "semaphores: the threshold is subtracted");
    check(test, ring_semaphore(ring, COUNT) == 5, "semaphores: completion adds the signal's value");
}

static void test_set_and_time(struct selftest* test) {
    struct ring* ring = &test->accelerator.ring;
    uint64_t* times = take_memory(test->runtime, 2, sizeof(uint64_t));
    const struct descriptor_sync none = {0};
    const struct descriptor lines[] = {
        descriptor_timestamp((uintptr_t)&times[0], &none),
        descriptor_set_semaphore(CHAIN, 1000000, &none),
        descriptor_nop(&(struct descriptor_sync){
            .wait[0] = {CHAIN, 50000, 0}, .wait[1] = {COUNT, 5, 1}, .signal = {CHAIN, 7}}),
        descriptor_timestamp((uintptr_t)&times[1], &none),
    };
    const uint32_t interrupts = ring->completion_interrupts;
    const enum result done = run_good_list(test, lines, 4);
    check(test, done == RESULT_OK && ring_semaphore(ring, CHAIN) == 1000007,
          "semaphores: SEM_SET sets, a NOP waits for two and signals");
    check(test, ring_semaphore(ring, COUNT) == 0, "semaphores: the second wait subtracts too");
    check(test, times[0] != 0 && times[1] > times[0] && ring_cycles(ring) >= times[1],
          "ring: timestamps are cycles in order");
    check(test, ring->completion_interrupts == interrupts + 1,
          "ring: one completion interrupt for one descriptor with the flag");
}

// As between clusters, but to the own one.
static void test_notify(struct selftest* test) {
    struct ring* ring = &test->accelerator.ring;
    const uint64_t adds =
        test->accelerator.cluster.command.address + ATHENA_COMMAND_SEMAPHORE_ADD_OFFSET;
    const uint64_t address = adds + (uint64_t)ATHENA_COMMAND_SEMAPHORE_ADD_STRIDE * GATE;
    const struct descriptor_sync none = {0};
    ring_set_semaphore(ring, GATE, 40);
    const struct descriptor two = descriptor_notify(address, 2, &none);
    check(test, run_good_list(test, &two, 1) == RESULT_OK && ring_semaphore(ring, GATE) == 42,
          "semaphores: NOTIFY adds to a semaphore by its address");
    const struct descriptor most = descriptor_notify(address, INT32_MAX, &none);
    struct ring_error error = {0};
    const enum result done = run_list(test, &most, 1);
    ring_read_error(ring, &error);
    check(test,
          done == RESULT_DEVICE_ERROR && error.status == ATHENA_DESCRIPTOR_STATUS_WRITE_ERROR &&
              error.address == address && ring_semaphore(ring, GATE) == 42,
          "semaphores: a sum beyond 2^31 - 1 is refused, and its ring stops");
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
}

// A wait that nobody ends: the ring's timeout does.
static void test_timeout(struct selftest* test) {
    struct ring* ring = &test->accelerator.ring;
    const uint32_t interrupts = ring->error_interrupts;
    const struct descriptor line =
        descriptor_nop(&(struct descriptor_sync){.wait[0] = {GATE, 3, 0}, .tag = 0xDEAD});
    ring_set_semaphore(ring, GATE, 2);
    ring_set_timeout(ring, 100000);
    struct ring_error error = {0};
    const enum result done = run_list(test, &line, 1);
    ring_read_error(ring, &error);
    check(test,
          done == RESULT_DEVICE_ERROR && error.status == ATHENA_DESCRIPTOR_STATUS_TIMEOUT &&
              error.tag == 0xDEAD && ring->error_interrupts == interrupts + 1,
          "semaphores: a wait beyond the ring's timeout stops the ring");
    check(test, error.semaphore == GATE && error.wait_value == 3,
          "semaphores: the error names what it waited for");
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    ring_set_timeout(ring, 0);
}

void test_semaphores(struct selftest* test) {
    test_notify(test);
    test_gate(test);
    test_set_and_time(test);
    test_timeout(test);
}
