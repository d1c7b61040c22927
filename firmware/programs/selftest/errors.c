// SPDX-License-Identifier: Apache-2.0
// Bad descriptors: each stops the ring with a precise record and an interrupt; the ring recovers.
#include <stdio.h>
#include <string.h>

#include "descriptor_regs.h"
#include "selftest.h"

struct error_case {
    const char* name;
    struct descriptor line;
    uint32_t status;
    uint64_t address;  // expected in the record
};

static struct descriptor good_copy(const struct selftest* test, uint32_t tag) {
    const uint64_t l1 = test->accelerator.cluster.tile[0].l1.address;
    const struct copy_command command = {
        .columns = 64, .rows = 1, .source = l1, .destination = l1 + 256};
    return descriptor_copy(&command, &(struct descriptor_sync){.tag = tag});
}

// Two good copies, the bad descriptor, another good copy.
static void run_case(struct selftest* test, const struct error_case* bad) {
    struct ring* ring = &test->accelerator.ring;
    const uint32_t position = ring->tail + 2;
    const uint32_t interrupts = ring->error_interrupts;
    const struct descriptor lines[] = {good_copy(test, 1), good_copy(test, 2), bad->line,
                                       good_copy(test, 4)};
    const enum result done = run_list(test, lines, 4);
    struct ring_error error;
    ring_read_error(ring, &error);
    const uint32_t tag = athena_descriptor_get_tag(bad->line.bytes);
    char name[112];
    (void)snprintf(name, sizeof name, "errors: %s stops the ring with its record and an interrupt",
                   bad->name);
    print_ring_error(ring);
    check(test,
          done == RESULT_DEVICE_ERROR && error.status == bad->status &&
              error.position == position && error.tag == tag && error.address == bad->address &&
              error.opcode == athena_descriptor_get_opcode(bad->line.bytes) &&
              ring->error_interrupts == interrupts + 1,
          name);
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    const struct descriptor again = good_copy(test, 5);
    (void)snprintf(name, sizeof name, "errors: the ring works again after %s", bad->name);
    check(test, run_list(test, &again, 1) == RESULT_OK, name);
}

static struct descriptor bad_copy(uint64_t source, uint64_t destination, uint32_t bytes) {
    const struct copy_command command = {
        .columns = bytes, .rows = 1, .source = source, .destination = destination};
    return descriptor_copy(&command, &(struct descriptor_sync){.tag = 0xBAD});
}

static struct descriptor matmul_at(uint32_t a_address, uint32_t b_address, uint32_t c_address,
                                   uint8_t tile) {
    const struct matmul_command command = {.tile = tile,
                                           .m = 16,
                                           .n = 16,
                                           .k = 16,
                                           .a = a_address,
                                           .b = b_address,
                                           .c = c_address,
                                           .a_ld = 32,
                                           .b_ld = 32,
                                           .c_ld = 64};
    return descriptor_matmul(&command, &(struct descriptor_sync){.tag = 0xBAD});
}

static void test_engine_errors(struct selftest* test) {
    enum { HOLE = 0x70000000 };
    const struct fdt_region* l1 = &test->accelerator.cluster.tile[0].l1;
    struct descriptor format = matmul_at(0, 512, 1024, 0);
    athena_descriptor_matmul_set_a_format(format.bytes, 15);
    const struct error_case cases[] = {
        {"a read from nowhere", bad_copy(HOLE, l1->address, 64),
         ATHENA_DESCRIPTOR_STATUS_READ_ERROR, HOLE},
        {"a write to nowhere", bad_copy(l1->address, HOLE, 64),
         ATHENA_DESCRIPTOR_STATUS_WRITE_ERROR, HOLE},
        {"an overlapping copy", bad_copy(l1->address, l1->address + 32, 64),
         ATHENA_DESCRIPTOR_STATUS_OVERLAP, 0},
        {"a misaligned operand", matmul_at(8, 512, 1024, 0), ATHENA_DESCRIPTOR_STATUS_BAD_ALIGNMENT,
         0},
        {"an operand beyond L1", matmul_at((uint32_t)l1->size - 32, 512, 1024, 0),
         ATHENA_DESCRIPTOR_STATUS_BAD_RANGE, 0},
        {"a result over an operand", matmul_at(0, 512, 32, 0), ATHENA_DESCRIPTOR_STATUS_OVERLAP, 0},
        {"an unsupported format", format, ATHENA_DESCRIPTOR_STATUS_UNSUPPORTED_FORMAT, 0},
        {"a tile that is not there", matmul_at(0, 512, 1024, 9),
         ATHENA_DESCRIPTOR_STATUS_BAD_ENGINE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        run_case(test, &cases[i]);
    }
}

static void test_ring_errors(struct selftest* test) {
    const struct descriptor_sync sync = {.tag = 0xBAD};
    struct descriptor opcode = descriptor_nop(&sync);
    athena_descriptor_set_opcode(opcode.bytes, 99);
    struct descriptor reserved = descriptor_nop(&sync);
    reserved.bytes[0x0B] = 1;
    const struct descriptor_sync too_high = {.tag = 0xBAD, .signal = {200, 1}};
    struct error_case cases[] = {
        {"an unknown opcode", opcode, ATHENA_DESCRIPTOR_STATUS_BAD_OPCODE, 0},
        {"a reserved bit", reserved, ATHENA_DESCRIPTOR_STATUS_RESERVED, 0},
        {"a semaphore that is not there", descriptor_nop(&too_high),
         ATHENA_DESCRIPTOR_STATUS_BAD_SEMAPHORE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        run_case(test, &cases[i]);
    }
}

// Two good lines before the end of HBM, two beyond it.
static void test_list_over_the_end(struct selftest* test) {
    const struct fdt_region* hbm = &test->runtime->board.hbm;
    if (hbm->size == 0) {
        return;
    }
    struct ring* ring = &test->accelerator.ring;
    const uint64_t end = hbm->address + hbm->size;
    struct descriptor* last = (struct descriptor*)(uintptr_t)(end - 2 * sizeof *last);
    last[0] = good_copy(test, 1);
    last[1] = good_copy(test, 2);
    const struct descriptor call =
        descriptor_call(end - 2 * sizeof *last, 4, &(struct descriptor_sync){.tag = 3});
    const uint32_t position = ring->tail;
    const enum result done = run_list(test, &call, 1);
    struct ring_error error;
    ring_read_error(ring, &error);
    check(test,
          done == RESULT_DEVICE_ERROR && error.status == ATHENA_DESCRIPTOR_STATUS_FETCH_ERROR &&
              error.position == position && error.address == end,
          "errors: a list stops the ring at its first line that cannot be read");
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
}

void test_errors(struct selftest* test) {
    test_engine_errors(test);
    test_ring_errors(test);
    test_list_over_the_end(test);
}
