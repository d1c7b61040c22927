// SPDX-License-Identifier: Apache-2.0
// Memories as the hart reads and writes them: all access sizes, and a hole that answers with an
// error.
#include "csr.h"
#include "mmio.h"
#include "selftest.h"
#include "trap.h"

enum { LOAD_ACCESS_FAULT = 5, STORE_ACCESS_FAULT = 7 };

// Every word gets a value that depends on its address; all are read back after all were written.
static bool words_keep(uint64_t address, size_t bytes) {
    for (uint64_t at = address; at < address + bytes; at += 8) {
        mmio_write64(at, at * 0x9E3779B97F4A7C15u);
    }
    for (uint64_t at = address; at < address + bytes; at += 8) {
        if (mmio_read64(at) != at * 0x9E3779B97F4A7C15u) {
            return false;
        }
    }
    return true;
}

// A byte or half-word write changes these bytes only; misaligned accesses work.
static bool parts_keep(uint64_t address) {
    mmio_write64(address, 0x1122334455667788);
    mmio_write64(address + 8, 0x99AABBCCDDEEFF00);
    mmio_write8(address + 3, 0xA5);
    const bool byte = mmio_read64(address) == 0x11223344A5667788;
    mmio_write32(address + 4, 0xCAFEF00D);
    const bool word = mmio_read64(address) == 0xCAFEF00DA5667788;
    const bool other = mmio_read64(address + 8) == 0x99AABBCCDDEEFF00;
    return byte && word && other && mmio_read8(address + 7) == 0xCA;
}

static bool misaligned_works(uint8_t* memory) {
    for (unsigned i = 0; i < 16; ++i) {
        memory[i] = (uint8_t)i;
    }
    uint64_t value;
    __asm__ volatile("ld %0, 3(%1)" : "=r"(value) : "r"(memory) : "memory");
    return value == 0x0A09080706050403;
}

static void test_hole(struct selftest* test) {
    enum { HOLE = 0x70000000 };
    trap_probe_begin();
    (void)mmio_read32(HOLE);
    const struct trap_probe load = trap_probe_end();
    check(test, load.taken && load.cause == LOAD_ACCESS_FAULT && load.address == HOLE,
          "memory: a load from nowhere is a load access fault at its address");
    trap_probe_begin();
    mmio_write32(HOLE, 1);
    const struct trap_probe store = trap_probe_end();
    check(test, store.taken && store.cause == STORE_ACCESS_FAULT && store.address == HOLE,
          "memory: a store to nowhere is a store access fault at its address");
}

void test_memory(struct selftest* test) {
    enum { RAM_BYTES = 1 << 20, DEVICE_BYTES = 4096 };
    struct runtime* runtime = test->runtime;
    uint8_t* ram = take_memory(runtime, RAM_BYTES, 1);
    check(test, words_keep((uintptr_t)ram, RAM_BYTES),
          "memory: 1 MiB of board RAM keeps its words");
    check(test, parts_keep((uintptr_t)ram), "memory: RAM writes of 1 and 4 bytes change no others");
    check(test, misaligned_works(ram), "memory: a misaligned load works");
    const struct fdt_region* hbm = &runtime->board.hbm;
    if (hbm->size != 0) {
        check(test, words_keep(hbm->address + hbm->size - DEVICE_BYTES, DEVICE_BYTES),
              "memory: the last 4 KiB of HBM keep their words");
        check(test, parts_keep(hbm->address),
              "memory: HBM writes of 1 and 4 bytes change no others");
    }
    struct board_cluster cluster;
    if (board_find_cluster(&runtime->board, 0, &cluster) == RESULT_OK && cluster.tiles != 0) {
        const struct fdt_region* l1 = &cluster.tile[0].l1;
        check(test, words_keep(l1->address + l1->size - DEVICE_BYTES, DEVICE_BYTES),
              "memory: the last 4 KiB of L1 keep their words");
        check(test, parts_keep(l1->address), "memory: L1 writes of 1 and 4 bytes change no others");
    }
    test_hole(test);
}
