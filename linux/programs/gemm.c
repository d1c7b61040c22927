// SPDX-License-Identifier: Apache-2.0
// A product on the accelerator, from user space by UIO: operands straight into a tile's L1, a ring
// in the cluster's shared SRAM, the result checked against the hart's own. The kernel is told which
// device by uio_pdrv_genirq.of_id=athena,accel-1. Usage: gemm [CLUSTER]
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "command_regs.h"
#include "descriptor.h"
#include "descriptor_regs.h"

// Of a cluster's window (docs/architecture.md).
enum { CLUSTER = 0x10000000, COMMAND = 0, SRAM = 0x4000000, TILE0 = 0x8000000 };
enum { RING = 2, SIZE = 48, DEPTH = 80, OPERAND_LD = 160, RESULT_LD = 192 };
enum { A_AT = 0, B_AT = 0x4000, C_AT = 0x8000 };  // in L1; B is stored [n][k]
static const uint64_t kAperture = 0x4000000000;

static void __attribute__((noreturn)) give_up(const char* what) {
    perror(what);
    exit(2);
}

static volatile uint32_t* at(volatile char* window, uint64_t offset) {
    return (volatile uint32_t*)(window + offset);
}

// 64 bits by two accesses, which devices take too.
static void set64(volatile char* window, uint64_t offset, uint64_t value) {
    *at(window, offset) = (uint32_t)value;
    *at(window, offset + 4) = (uint32_t)(value >> 32);
}

// Small whole numbers: exact in BF16, and their sums in FP32.
static int element_a(unsigned row, unsigned k) {
    return (int)((row * 7 + k * 3) % 17) - 8;
}
static int element_b(unsigned k, unsigned column) {
    return (int)((k * 5 + column * 11) % 13) - 6;
}

static uint32_t bf16(int value) {
    const float number = (float)value;
    uint32_t bits = 0;
    memcpy(&bits, &number, sizeof bits);
    return bits >> 16;
}

static void store_operands(volatile char* l1) {
    for (unsigned lane = 0; lane < SIZE; ++lane) {
        for (unsigned k = 0; k < DEPTH; k += 2) {
            const uint64_t offset = (uint64_t)lane * OPERAND_LD + 2 * k;
            *at(l1, A_AT + offset) = bf16(element_a(lane, k)) | bf16(element_a(lane, k + 1)) << 16;
            *at(l1, B_AT + offset) = bf16(element_b(k, lane)) | bf16(element_b(k + 1, lane)) << 16;
        }
    }
}

static void run(volatile char* cluster, uint64_t physical) {
    const struct matmul_command command = {.b_transposed = 1,
                                           .m = SIZE,
                                           .n = SIZE,
                                           .k = DEPTH,
                                           .a = A_AT,
                                           .b = B_AT,
                                           .c = C_AT,
                                           .a_ld = OPERAND_LD,
                                           .b_ld = OPERAND_LD,
                                           .c_ld = RESULT_LD};
    const struct descriptor_sync sync = {.tag = 1};
    const struct descriptor line = descriptor_matmul(&command, &sync);
    for (unsigned word = 0; word < sizeof line / 4; ++word) {
        uint32_t bits = 0;
        memcpy(&bits, line.bytes + 4 * word, sizeof bits);
        *at(cluster, SRAM + 4 * word) = bits;
    }
    set64(cluster, COMMAND + ATHENA_COMMAND_RING_BASE_OFFSET, physical + SRAM);
    *at(cluster, COMMAND + ATHENA_COMMAND_RING_SIZE_OFFSET) = RING;
    *at(cluster, COMMAND + ATHENA_COMMAND_RING_CTRL_OFFSET) = ATHENA_COMMAND_RING_CTRL_ENABLE_MASK;
    *at(cluster, COMMAND + ATHENA_COMMAND_RING_TAIL_OFFSET) = 1;
    const time_t late = time(NULL) + 5;
    uint32_t status = 0;
    do {
        status = *at(cluster, COMMAND + ATHENA_COMMAND_RING_STATUS_OFFSET);
        if ((status & ATHENA_COMMAND_RING_STATUS_STOPPED_MASK) != 0 || time(NULL) > late) {
            fprintf(stderr, "gemm: the ring stopped, status %#x, error %u\n", (unsigned)status,
                    (unsigned)*at(cluster, COMMAND + ATHENA_COMMAND_RING_ERROR_STATUS_OFFSET));
            exit(1);
        }
    } while ((status & ATHENA_COMMAND_RING_STATUS_IDLE_MASK) == 0);
}

static unsigned count_wrong(volatile char* l1) {
    unsigned wrong = 0;
    for (unsigned row = 0; row < SIZE; ++row) {
        for (unsigned column = 0; column < SIZE; ++column) {
            int expected = 0;
            for (unsigned k = 0; k < DEPTH; ++k) {
                expected += element_a(row, k) * element_b(k, column);
            }
            const uint32_t bits = *at(l1, C_AT + row * RESULT_LD + 4 * column);
            float found = 0;
            memcpy(&found, &bits, sizeof found);
            wrong += found != (float)expected;
        }
    }
    return wrong;
}

int main(int count, char** words) {
    const uint64_t offset = (uint64_t)(count > 1 ? atoi(words[1]) : 0) * CLUSTER;
    const int device = open("/dev/uio0", O_RDWR | O_SYNC);
    if (device < 0) {
        give_up("gemm: /dev/uio0");
    }
    const size_t size = offset + CLUSTER;
    volatile char* const aperture = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
    if (aperture == MAP_FAILED) {
        give_up("gemm: the aperture");
    }
    volatile char* const cluster = aperture + offset;
    volatile char* const l1 = cluster + TILE0;
    store_operands(l1);
    run(cluster, kAperture + offset);
    const unsigned wrong = count_wrong(l1);
    printf("gemm: %u x %u x %u on cluster %u: %u of %u results are wrong\n", SIZE, SIZE, DEPTH,
           (unsigned)(offset / CLUSTER), wrong, SIZE * SIZE);
    return wrong != 0;
}
