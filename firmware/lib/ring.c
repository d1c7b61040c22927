// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <stdbool.h>
#include <stddef.h>

#include "command_regs.h"
#include "descriptor_regs.h"
#include "mmio.h"

static const uint64_t kResetMicroseconds = 1000000;

#define RING_REGISTER(ring, name)                                \
    ((ring)->config.registers + ATHENA_COMMAND_##name##_OFFSET + \
     (uintptr_t)ATHENA_COMMAND_##name##_STRIDE * (ring)->config.index)

static uint32_t capability(const struct ring* ring, uint32_t mask, uint32_t shift) {
    return (mmio_read32(ring->config.registers + ATHENA_COMMAND_CAPS_OFFSET) & mask) >> shift;
}

static bool reset_done(void* context) {
    const struct ring* ring = context;
    return (mmio_read32(RING_REGISTER(ring, RING_CTRL)) & ATHENA_COMMAND_RING_CTRL_RESET_MASK) == 0;
}

// What runs in an engine ends first; it does so without an interrupt of the ring, so this polls.
static enum result reset(struct ring* ring) {
    struct timer* timer = ring->config.timer;
    const uint64_t deadline = timer_now(timer) + timer_ticks(timer, kResetMicroseconds);
    mmio_write32(RING_REGISTER(ring, RING_CTRL), ATHENA_COMMAND_RING_CTRL_RESET_MASK);
    while (!reset_done(ring)) {
        if (timer_now(timer) >= deadline) {
            wait_report("the reset of a ring", kResetMicroseconds);
            return RESULT_TIMEOUT;
        }
    }
    ring->tail = 0;
    ring->head = 0;
    return RESULT_OK;
}

static void enable(const struct ring* ring) {
    mmio_write64(RING_REGISTER(ring, RING_BASE), (uintptr_t)ring->config.memory);
    mmio_write32(RING_REGISTER(ring, RING_SIZE), ring->config.size);
    mmio_write32(RING_REGISTER(ring, RING_CTRL), ATHENA_COMMAND_RING_CTRL_ENABLE_MASK |
                                                     ATHENA_COMMAND_RING_CTRL_IRQ_COMPLETION_MASK |
                                                     ATHENA_COMMAND_RING_CTRL_IRQ_ERROR_MASK);
}

enum result ring_init(struct ring* ring, const struct ring_config* config) {
    const bool power_of_two = (config->size & (config->size - 1)) == 0;
    if (config->registers == 0 || config->timer == NULL || !power_of_two || config->size < 2 ||
        config->size > 65536 || (uintptr_t)config->memory % sizeof(struct descriptor) != 0) {
        return RESULT_BAD_ARGUMENT;
    }
    *ring = (struct ring){.config = *config};
    if (mmio_read32(config->registers + ATHENA_COMMAND_ID_OFFSET) != ATHENA_COMMAND_ID_RESET ||
        config->index >=
            capability(ring, ATHENA_COMMAND_CAPS_RINGS_MASK, ATHENA_COMMAND_CAPS_RINGS_SHIFT)) {
        return RESULT_NOT_FOUND;
    }
    return ring_recover(ring, UINT64_MAX);
}

uint32_t ring_room(struct ring* ring) {
    if (ring->tail - ring->head == ring->config.size) {
        ring->head = mmio_read32(RING_REGISTER(ring, RING_HEAD));
    }
    return ring->config.size - (ring->tail - ring->head);
}

enum result ring_put(struct ring* ring, const struct descriptor* descriptor) {
    if (ring_room(ring) == 0) {
        return RESULT_FULL;
    }
    ring->config.memory[ring->tail & (ring->config.size - 1)] = *descriptor;
    ++ring->tail;
    return RESULT_OK;
}

void ring_doorbell(struct ring* ring) {
    mmio_order();
    mmio_write32(RING_REGISTER(ring, RING_TAIL), ring->tail);
}

static bool stopped(const struct ring* ring) {
    return (mmio_read32(RING_REGISTER(ring, RING_STATUS)) &
            ATHENA_COMMAND_RING_STATUS_STOPPED_MASK) != 0;
}

struct room_wait {
    struct ring* ring;
    uint32_t count;
};

static bool has_room(void* context) {
    const struct room_wait* wait = context;
    struct ring* ring = wait->ring;
    ring->head = mmio_read32(RING_REGISTER(ring, RING_HEAD));
    return ring->config.size - (ring->tail - ring->head) >= wait->count || stopped(ring);
}

enum result ring_wait_room(struct ring* ring, uint32_t count, uint64_t microseconds) {
    if (count > ring->config.size) {
        return RESULT_BAD_ARGUMENT;
    }
    struct room_wait wait = {ring, count};
    const enum result waited =
        timer_wait(ring->config.timer, "room in a ring", microseconds, has_room, &wait);
    if (waited != RESULT_OK) {
        return waited;
    }
    return stopped(ring) ? RESULT_DEVICE_ERROR : RESULT_OK;
}

static bool idle_or_stopped(void* context) {
    struct ring* ring = context;
    return mmio_read32(RING_REGISTER(ring, RING_COMPLETED)) == ring->tail || stopped(ring);
}

enum result ring_wait_idle(struct ring* ring, uint64_t microseconds) {
    const enum result waited = timer_wait(ring->config.timer, "the completion of a ring's list",
                                          microseconds, idle_or_stopped, ring);
    if (waited != RESULT_OK) {
        return waited;
    }
    mmio_order();
    return stopped(ring) ? RESULT_DEVICE_ERROR : RESULT_OK;
}

void ring_read_error(const struct ring* ring, struct ring_error* error) {
    const uint32_t engine = mmio_read32(RING_REGISTER(ring, RING_ERROR_ENGINE));
    const uint32_t wait = mmio_read32(RING_REGISTER(ring, RING_ERROR_WAIT));
    *error = (struct ring_error){
        .status = mmio_read32(RING_REGISTER(ring, RING_ERROR_STATUS)),
        .position = mmio_read32(RING_REGISTER(ring, RING_ERROR_POSITION)),
        .tag = mmio_read32(RING_REGISTER(ring, RING_ERROR_TAG)),
        .opcode = (uint8_t)((engine & ATHENA_COMMAND_RING_ERROR_ENGINE_OPCODE_MASK) >>
                            ATHENA_COMMAND_RING_ERROR_ENGINE_OPCODE_SHIFT),
        .engine = (uint8_t)((engine & ATHENA_COMMAND_RING_ERROR_ENGINE_ENGINE_MASK) >>
                            ATHENA_COMMAND_RING_ERROR_ENGINE_ENGINE_SHIFT),
        .address = mmio_read64(RING_REGISTER(ring, RING_ERROR_ADDRESS)),
        .semaphore = (uint8_t)((wait & ATHENA_COMMAND_RING_ERROR_WAIT_SEMAPHORE_MASK) >>
                               ATHENA_COMMAND_RING_ERROR_WAIT_SEMAPHORE_SHIFT),
        .wait_value = (wait & ATHENA_COMMAND_RING_ERROR_WAIT_VALUE_MASK) >>
                      ATHENA_COMMAND_RING_ERROR_WAIT_VALUE_SHIFT,
    };
}

void ring_set_timeout(const struct ring* ring, uint32_t cycles) {
    mmio_write32(RING_REGISTER(ring, RING_TIMEOUT), cycles);
}

enum result ring_recover(struct ring* ring, uint64_t semaphores) {
    const enum result done = reset(ring);
    if (done != RESULT_OK) {
        return done;
    }
    const uint32_t count = ring_semaphore_count(ring);
    for (uint32_t index = 0; index < count && index < 64; ++index) {
        if ((semaphores >> index & 1) != 0) {
            ring_set_semaphore(ring, (uint8_t)index, 0);
        }
    }
    enable(ring);
    return RESULT_OK;
}

void ring_on_interrupt(void* context) {
    struct ring* ring = context;
    const uint32_t causes = mmio_read32(RING_REGISTER(ring, RING_IRQ));
    mmio_write32(RING_REGISTER(ring, RING_IRQ), causes);
    if ((causes & ATHENA_COMMAND_RING_IRQ_COMPLETION_MASK) != 0) {
        ++ring->completion_interrupts;
    }
    if ((causes & ATHENA_COMMAND_RING_IRQ_ERROR_MASK) != 0) {
        ++ring->error_interrupts;
    }
}

static uintptr_t semaphore_register(const struct ring* ring, uint8_t index) {
    return ring->config.registers + ATHENA_COMMAND_SEMAPHORE_OFFSET +
           (uintptr_t)ATHENA_COMMAND_SEMAPHORE_STRIDE * index;
}

uint32_t ring_semaphore(const struct ring* ring, uint8_t index) {
    return mmio_read32(semaphore_register(ring, index));
}

void ring_set_semaphore(const struct ring* ring, uint8_t index, uint32_t value) {
    mmio_write32(semaphore_register(ring, index), value);
}

uint32_t ring_semaphore_count(const struct ring* ring) {
    return capability(ring, ATHENA_COMMAND_CAPS_SEMAPHORES_MASK,
                      ATHENA_COMMAND_CAPS_SEMAPHORES_SHIFT);
}

uint64_t ring_cycles(const struct ring* ring) {
    return mmio_read64(ring->config.registers + ATHENA_COMMAND_CYCLES_OFFSET);
}

const char* ring_status_name(uint32_t status) {
    static const char* const names[] = {
        [ATHENA_DESCRIPTOR_STATUS_OK] = "ok",
        [ATHENA_DESCRIPTOR_STATUS_BAD_OPCODE] = "bad opcode",
        [ATHENA_DESCRIPTOR_STATUS_RESERVED] = "reserved bits set",
        [ATHENA_DESCRIPTOR_STATUS_UNSUPPORTED_FORMAT] = "unsupported format",
        [ATHENA_DESCRIPTOR_STATUS_BAD_FLAGS] = "bad flags",
        [ATHENA_DESCRIPTOR_STATUS_BAD_ALIGNMENT] = "bad alignment",
        [ATHENA_DESCRIPTOR_STATUS_BAD_RANGE] = "bad range",
        [ATHENA_DESCRIPTOR_STATUS_OVERLAP] = "overlap",
        [ATHENA_DESCRIPTOR_STATUS_ABORTED] = "aborted",
        [ATHENA_DESCRIPTOR_STATUS_READ_ERROR] = "read error",
        [ATHENA_DESCRIPTOR_STATUS_WRITE_ERROR] = "write error",
        [ATHENA_DESCRIPTOR_STATUS_BAD_ENGINE] = "no such engine",
        [ATHENA_DESCRIPTOR_STATUS_BAD_SEMAPHORE] = "no such semaphore",
        [ATHENA_DESCRIPTOR_STATUS_SEMAPHORE_OVERFLOW] = "semaphore overflow",
        [ATHENA_DESCRIPTOR_STATUS_FETCH_ERROR] = "fetch error",
        [ATHENA_DESCRIPTOR_STATUS_IN_FLIGHT] = "operand in flight",
        [ATHENA_DESCRIPTOR_STATUS_NOT_GRANTED] = "address not granted",
        [ATHENA_DESCRIPTOR_STATUS_TIMEOUT] = "timeout",
    };
    return status < sizeof names / sizeof names[0] && names[status] != NULL ? names[status]
                                                                            : "unknown status";
}
