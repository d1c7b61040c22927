// SPDX-License-Identifier: Apache-2.0
// One ring of a command processor (models/command/command.regs.toml): descriptors in, completions
// out.
#pragma once

#include <stdint.h>

#include "descriptor.h"
#include "result.h"
#include "timer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ring_config {
    uintptr_t registers;        // of the command processor
    uint32_t index;             // of the ring
    struct descriptor* memory;  // `size` descriptors
    uint32_t size;              // a power of two, 2..65536
    struct timer* timer;        // bounds waits
};

struct ring {
    struct ring_config config;
    uint32_t tail;  // position after the last descriptor put
    uint32_t head;  // last seen position of the device
    volatile uint32_t completion_interrupts;
    volatile uint32_t error_interrupts;
};

// What stopped a ring.
struct ring_error {
    uint32_t status;  // ATHENA_DESCRIPTOR_STATUS_…
    uint32_t position;
    uint32_t tag;
    uint8_t opcode;
    uint8_t engine;
    uint64_t address;     // of the access that failed; else 0
    uint8_t semaphore;    // of a timeout: it waited for this one,
    uint32_t wait_value;  // to hold at least so much; else 0
};

// Resets and enables the ring. RESULT_NOT_FOUND: no command processor at the address, or no such
// ring.
MUST_USE enum result ring_init(struct ring* ring, const struct ring_config* config);

// Writes a descriptor to the ring; the device sees it after ring_doorbell. RESULT_FULL: no place.
MUST_USE enum result ring_put(struct ring* ring, const struct descriptor* descriptor);
void ring_doorbell(struct ring* ring);

// Descriptors that ring_put would take now.
uint32_t ring_room(struct ring* ring);

// Waits until at least `count` places are free; completions with an interrupt must lie ahead.
MUST_USE enum result ring_wait_room(struct ring* ring, uint32_t count, uint64_t microseconds);

// Waits until all descriptors put have completed; the last one must interrupt.
// RESULT_DEVICE_ERROR: the ring stopped, ring_read_error says why.
MUST_USE enum result ring_wait_idle(struct ring* ring, uint64_t microseconds);

void ring_read_error(const struct ring* ring, struct ring_error* error);

// After an error: drops what is left, clears the given semaphores' values, enables the ring again.
MUST_USE enum result ring_recover(struct ring* ring, uint64_t semaphores);

// A descriptor that waits so many cycles for a semaphore stops the ring; 0: none does.
void ring_set_timeout(const struct ring* ring, uint32_t cycles);

// Handler of the command processor's interrupt, for this ring.
void ring_on_interrupt(void* ring);

uint32_t ring_semaphore(const struct ring* ring, uint8_t index);
void ring_set_semaphore(const struct ring* ring, uint8_t index, uint32_t value);
uint32_t ring_semaphore_count(const struct ring* ring);

// Cycles of the cluster's clock.
uint64_t ring_cycles(const struct ring* ring);

// "bad range", … of an ATHENA_DESCRIPTOR_STATUS_ value.
const char* ring_status_name(uint32_t status);

#ifdef __cplusplus
}
#endif
