// SPDX-License-Identifier: Apache-2.0
// Devices that write memory: a reservation is lost where they do, and only there. The entropy
// device, and the accelerator's DMA engine.
#include "command_regs.h"
#include "descriptor.h"
#include "descriptor_regs.h"
#include "mmio.h"
#include "smp.h"
#include "virtio_mmio_regs.h"

enum { ENTROPY = 0x10008000 };
static const uintptr_t kCommand = 0x4000000000U;
enum { RING = 16, QUEUE = 8, WRITABLE = 2, WORKING = 15 };

static uint64_t target[LINE / 8] __attribute__((aligned(LINE)));
static uint64_t beside[LINE / 8] __attribute__((aligned(LINE)));
static uint64_t source[LINE / 8] __attribute__((aligned(LINE)));
static struct descriptor ring[RING] __attribute__((aligned(LINE)));
static uint32_t ring_tail;
static struct {
    struct {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
    } descriptors[QUEUE];
    struct {
        uint16_t flags, index, heads[QUEUE];
    } available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t head, length;
        } elements[QUEUE];
    } used __attribute__((aligned(8)));
} queue __attribute__((aligned(PAGE)));

static void command_set(uint32_t offset, uint32_t value) {
    mmio_write32(kCommand + offset, value);
}

static void start_ring(void) {
    command_set(ATHENA_COMMAND_RING_CTRL_OFFSET, ATHENA_COMMAND_RING_CTRL_RESET_MASK);
    while (mmio_read32(kCommand + ATHENA_COMMAND_RING_CTRL_OFFSET) != 0) {
    }
    mmio_write64(kCommand + ATHENA_COMMAND_RING_BASE_OFFSET, (uintptr_t)ring);
    command_set(ATHENA_COMMAND_RING_SIZE_OFFSET, RING);
    command_set(ATHENA_COMMAND_RING_CTRL_OFFSET, ATHENA_COMMAND_RING_CTRL_ENABLE_MASK);
    ring_tail = 0;
}

static void copy_begin(void* to) {
    const struct copy_command copy = {.log2_element = 3,
                                      .source = (uintptr_t)source,
                                      .destination = (uintptr_t)to,
                                      .columns = LINE / 8,
                                      .rows = 1};
    const struct descriptor_sync sync = {0};
    ring[ring_tail++ % RING] = descriptor_copy(&copy, &sync);
    mmio_order();
    command_set(ATHENA_COMMAND_RING_TAIL_OFFSET, ring_tail);
}
static bool copy_done(void) {
    CHECK(mmio_read32(kCommand + ATHENA_COMMAND_RING_ERROR_STATUS_OFFSET) == 0, ring_tail);
    return mmio_read32(kCommand + ATHENA_COMMAND_RING_COMPLETED_OFFSET) == ring_tail;
}

#define ENTROPY_REGISTER(name) (ENTROPY + ATHENA_VIRTIO_MMIO_##name##_OFFSET)

static void start_entropy(void) {
    mmio_write32(ENTROPY_REGISTER(STATUS), 0);
    mmio_write32(ENTROPY_REGISTER(STATUS), 3);
    mmio_write32(ENTROPY_REGISTER(DRIVER_FEATURES_SEL), 1);
    mmio_write32(ENTROPY_REGISTER(DRIVER_FEATURES), 1);  // VIRTIO_F_VERSION_1
    mmio_write32(ENTROPY_REGISTER(STATUS), 11);
    mmio_write32(ENTROPY_REGISTER(QUEUE_SEL), 0);
    mmio_write32(ENTROPY_REGISTER(QUEUE_NUM), QUEUE);
    mmio_write32(ENTROPY_REGISTER(QUEUE_DESC_LOW), (uint32_t)(uintptr_t)queue.descriptors);
    mmio_write32(ENTROPY_REGISTER(QUEUE_DRIVER_LOW), (uint32_t)(uintptr_t)&queue.available);
    mmio_write32(ENTROPY_REGISTER(QUEUE_DEVICE_LOW), (uint32_t)(uintptr_t)&queue.used);
    mmio_write32(ENTROPY_REGISTER(QUEUE_READY), 1);
    mmio_write32(ENTROPY_REGISTER(STATUS), WORKING);
    queue.available.index = queue.used.index = 0;
}
static void entropy_begin(void* to) {
    queue.descriptors[0].address = (uintptr_t)to;
    queue.descriptors[0].length = 8;
    queue.descriptors[0].flags = WRITABLE;
    queue.available.heads[queue.available.index % QUEUE] = 0;
    FENCE(w, w);
    VOLATILE(queue.available.index) = (uint16_t)(queue.available.index + 1);
    mmio_order();
    mmio_write32(ENTROPY_REGISTER(QUEUE_NOTIFY), 0);
}
static bool entropy_done(void) {
    CHECK(mmio_read32(ENTROPY_REGISTER(STATUS)) == WORKING, 0);
    return VOLATILE(queue.used.index) == queue.available.index;
}

// Other stores of this hart are no part of what breaks it.
static bool store_after(void (*begin)(void*), bool (*done)(void), void* to) {
    uint64_t value, result;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(target) : "memory");
    begin(to);
    while (!done()) {
    }
    __asm__ volatile("sc.d %0, zero, (%1)" : "=r"(result) : "r"(target) : "memory");
    return result == 0;
}

static void hold_against(void (*begin)(void*), bool (*done)(void)) {
    for (uint32_t round = 0; round < 4; ++round) {
        target[0] = 0x77;
        CHECK(!store_after(begin, done, target), round);
        CHECK(target[0] != 0x77, round);
        CHECK(!store_after(begin, done, &target[7 - 7 * (begin == copy_begin)]), round);
        target[0] = 0x77;
        CHECK(store_after(begin, done, beside), round);
        CHECK(target[0] == 0, round);
    }
}

void test_device_breaks(void) {
    if (self() != 0) {
        return;
    }
    for (unsigned i = 0; i < LINE / 8; ++i) {
        source[i] = 0x1000 + i;
    }
    start_ring();
    start_entropy();
    hold_against(copy_begin, copy_done);
    hold_against(entropy_begin, entropy_done);
    mmio_write32(ENTROPY_REGISTER(STATUS), 0);
}
