// SPDX-License-Identifier: Apache-2.0
// What else a tile does: interrupts, ranges in flight, abort, and tiles side by side.
#include <inttypes.h>
#include <stdio.h>

#include "descriptor_regs.h"
#include "mmio.h"
#include "selftest.h"
#include "trap.h"

// Products of 128 x 128 x 512, long enough to be met while they run: all of A is 1, all of B 1/2.
// L1 holds A, B, then a result for each `place`.
enum { M = 128, N = 128, K = 512, PLACES = 3 };
enum { A_BYTES = M * K * 2, B_BYTES = K * N * 2, C_BYTES = M * N * 4 };
enum { LOAD_ACCESS_FAULT = 5, STORE_ACCESS_FAULT = 7 };
static const uint32_t kEachResult = 0x43800000;  // 512 * 1 * 1/2 = 256

struct bench {
    struct selftest* test;
    uint32_t tile;
    uint16_t* operands;  // A, then B
    uint32_t* results;   // PLACES of them
    uint64_t product_microseconds;
};

static uint64_t l1_of(const struct bench* bench) {
    return bench->test->accelerator.cluster.tile[bench->tile].l1.address;
}

static uint64_t result_in_l1(const struct bench* bench, uint32_t place) {
    return l1_of(bench) + A_BYTES + B_BYTES + (uint64_t)place * C_BYTES;
}

static struct descriptor copy_bytes(uint64_t from, uint64_t to, uint32_t bytes) {
    const struct copy_command command = {
        .columns = bytes, .rows = 1, .source = from, .destination = to};
    return descriptor_copy(&command, &(struct descriptor_sync){0});
}

static struct descriptor product_at(const struct bench* bench, uint32_t place) {
    const struct matmul_command command = {
        .tile = (uint8_t)bench->tile,
        .m = M,
        .n = N,
        .k = K,
        .a = 0,
        .b = A_BYTES,
        .c = A_BYTES + B_BYTES + place * C_BYTES,
        .a_ld = K * 2,
        .b_ld = N * 2,
        .c_ld = N * 4,
    };
    return descriptor_matmul(&command, &(struct descriptor_sync){.tag = 100 + place});
}

// Operands into L1, zeros into the results.
static void load_operands(const struct bench* bench) {
    for (uint32_t i = 0; i < PLACES * M * N; ++i) {
        bench->results[i] = 0;
    }
    const struct descriptor lines[] = {
        copy_bytes((uintptr_t)bench->operands, l1_of(bench), A_BYTES + B_BYTES),
        copy_bytes((uintptr_t)bench->results, result_in_l1(bench, 0), PLACES * C_BYTES),
    };
    require(run_good_list(bench->test, lines, 2), "operands of a long product");
}

// Whether every output at `place` is `value`.
static bool result_is(const struct bench* bench, uint32_t place, uint32_t value) {
    const struct descriptor line =
        copy_bytes(result_in_l1(bench, place), (uintptr_t)bench->results, C_BYTES);
    bool good = run_good_list(bench->test, &line, 1) == RESULT_OK;
    for (uint32_t i = 0; i < M * N; ++i) {
        good = good && bench->results[i] == value;
    }
    return good;
}

static void check_tile(const struct bench* bench, bool good, const char* what) {
    char name[112];
    (void)snprintf(name, sizeof name, "tile %" PRIu32 ": %s", bench->tile, what);
    check(bench->test, good, name);
}

// How long a product takes, whatever the tile's clock and size: what waits for one goes by it.
static void measure(struct bench* bench) {
    const struct timer* timer = &bench->test->runtime->timer;
    const struct descriptor line = product_at(bench, 0);
    load_operands(bench);
    const uint64_t begin = timer_now(timer);
    require(run_good_list(bench->test, &line, 1), "a long product");
    bench->product_microseconds = timer_microseconds(timer, timer_now(timer) - begin);
}

// Bound of a wait for the hart, the command processor, and `products` of a tile.
static uint64_t bound(const struct bench* bench, uint64_t microseconds, uint32_t products) {
    return microseconds + products * bench->product_microseconds;
}

// Starts products at places 0..count-1 and returns when the first one runs and `queued` wait behind
// it.
static bool start_products(const struct bench* bench, uint32_t count, uint32_t queued) {
    struct ring* ring = &bench->test->accelerator.ring;
    struct timer* timer = &bench->test->runtime->timer;
    for (uint32_t place = 0; place < count; ++place) {
        const struct descriptor line = product_at(bench, place);
        require(ring_put(ring, &line), "ring");
    }
    const struct descriptor fence = descriptor_fence(&(struct descriptor_sync){.interrupt = 1});
    require(ring_put(ring, &fence), "ring");
    ring_doorbell(ring);
    const uint64_t end = timer_now(timer) + timer_ticks(timer, 1000);
    while (timer_now(timer) < end) {
        const struct tile_state state =
            tile_read_state(&bench->test->accelerator.tiles[bench->tile]);
        if (state.busy && state.queued >= queued) {
            return true;
        }
    }
    return false;
}

static struct trap_probe probe_load(uint64_t address) {
    trap_probe_begin();
    (void)mmio_read32(address);
    return trap_probe_end();
}

static struct trap_probe probe_store(uint64_t address) {
    trap_probe_begin();
    mmio_write32(address, 0);
    return trap_probe_end();
}

static void test_ranges(const struct bench* bench) {
    load_operands(bench);
    const bool started = start_products(bench, 1, 0);
    const uint64_t a = l1_of(bench);
    const uint64_t c = result_in_l1(bench, 0);
    const struct trap_probe result_load = probe_load(c + 64);
    const struct trap_probe result_store = probe_store(c);
    const struct trap_probe operand_store = probe_store(a + 4);
    const struct trap_probe operand_load = probe_load(a);
    const struct trap_probe elsewhere = probe_store(c + C_BYTES);
    const bool running = tile_read_state(&bench->test->accelerator.tiles[bench->tile]).busy;
    require(ring_wait_idle(&bench->test->accelerator.ring, bound(bench, 1000000, 1)),
            "a long product");
    check_tile(bench, started && running, "a long product can be met while it runs");
    check_tile(bench,
               result_load.taken && result_load.cause == LOAD_ACCESS_FAULT &&
                   result_load.address == c + 64 && result_store.taken &&
                   result_store.cause == STORE_ACCESS_FAULT,
               "a result in flight refuses loads and stores");
    check_tile(bench, operand_store.taken && !operand_load.taken,
               "an operand in flight refuses stores only");
    check_tile(bench, !elsewhere.taken, "L1 beside a product's ranges stays open");
    check_tile(bench, result_is(bench, 0, kEachResult), "refused accesses had no effect");
}

static void test_abort(const struct bench* bench) {
    struct ring* ring = &bench->test->accelerator.ring;
    const struct tile* tile = &bench->test->accelerator.tiles[bench->tile];
    const uint32_t waiting = (tile->queue_depth < PLACES ? tile->queue_depth : PLACES) - 1;
    if (waiting == 0) {
        printf("skip   tile %" PRIu32 ": an abort: its queue holds 1 command, 2 are needed\n",
               bench->tile);
        return;
    }
    load_operands(bench);
    const uint32_t position = ring->tail;
    const struct tile_counters before = tile_read_counters(tile);
    const bool started = start_products(bench, 1 + waiting, waiting);
    const enum result aborted = tile_abort(tile, bound(bench, 1000, 1));
    const enum result ended = ring_wait_idle(ring, bound(bench, 1000000, PLACES));
    struct ring_error error;
    ring_read_error(ring, &error);
    const struct tile_counters after = tile_read_counters(tile);
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    check_tile(bench,
               started && aborted == RESULT_OK && ended == RESULT_DEVICE_ERROR &&
                   error.status == ATHENA_DESCRIPTOR_STATUS_ABORTED &&
                   error.position == position + 1 && error.tag == 101,
               "an abort stops the ring at the first product that waited");
    check_tile(
        bench,
        after.commands - before.commands == 1 + waiting && after.errors - before.errors == waiting,
        "it is counted for each product that waited");
    check_tile(bench, result_is(bench, 0, kEachResult), "the running product ended");
    check_tile(bench, result_is(bench, 1, 0) && result_is(bench, 2, 0),
               "those that waited wrote nothing");
}

struct interrupt_wait {
    const struct tile* tile;
    uint32_t completions, errors;
};

static bool interrupted(void* context) {
    const struct interrupt_wait* wait = context;
    return wait->tile->completion_interrupts >= wait->completions &&
           wait->tile->error_interrupts >= wait->errors;
}

static void test_interrupts_of(const struct bench* bench) {
    struct runtime* runtime = bench->test->runtime;
    struct ring* ring = &bench->test->accelerator.ring;
    struct tile* tile = &bench->test->accelerator.tiles[bench->tile];
    const uint32_t source = bench->test->accelerator.cluster.tile[bench->tile].interrupt;
    struct interrupt_wait wait = {tile, tile->completion_interrupts + 1, tile->error_interrupts};
    require(plic_enable(&runtime->plic, source, tile_on_interrupt, tile), "PLIC");
    tile_set_interrupts(tile, TILE_INTERRUPTS_ALL);
    const struct descriptor good = product_at(bench, 0);
    const enum result done = run_good_list(bench->test, &good, 1);
    enum result waited =
        timer_wait(&runtime->timer, "a tile's interrupt", 1000, interrupted, &wait);
    check_tile(bench,
               done == RESULT_OK && waited == RESULT_OK && tile->error_interrupts == wait.errors,
               "a completion interrupts");

    tile_set_interrupts(tile, TILE_INTERRUPTS_ERRORS);
    const struct descriptor quiet = product_at(bench, 0);
    const enum result silent = run_good_list(bench->test, &quiet, 1);
    struct descriptor bad = product_at(bench, 0);
    athena_descriptor_matmul_set_a_addr(bad.bytes, 4);
    const enum result failed = run_list(bench->test, &bad, 1);
    ++wait.errors;
    waited = timer_wait(&runtime->timer, "a tile's error interrupt", 1000, interrupted, &wait);
    const struct tile_error error = tile_read_error(tile);
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    tile_set_interrupts(tile, TILE_INTERRUPTS_OFF);
    require(plic_disable(&runtime->plic, source), "PLIC");
    check_tile(bench,
               silent == RESULT_OK && failed == RESULT_DEVICE_ERROR && waited == RESULT_OK &&
                   tile->error_interrupts == wait.errors &&
                   error.status == ATHENA_DESCRIPTOR_STATUS_BAD_ALIGNMENT,
               "an error interrupts, a completion then does not");
}

// Cycles for two products, the second one on tile `other`.
static uint64_t cycles_of_two(const struct bench* bench, uint32_t other) {
    struct ring* ring = &bench->test->accelerator.ring;
    struct bench second = *bench;
    second.tile = other;
    const struct descriptor lines[] = {product_at(bench, 0), product_at(&second, 1)};
    const uint64_t begin = ring_cycles(ring);
    require(run_good_list(bench->test, lines, 2), "two products");
    return ring_cycles(ring) - begin;
}

static void test_side_by_side(const struct bench* bench) {
    struct bench other = *bench;
    other.tile = bench->tile + 1;
    load_operands(bench);
    load_operands(&other);
    const uint64_t one_tile = cycles_of_two(bench, bench->tile);
    const uint64_t two_tiles = cycles_of_two(bench, other.tile);
    check_tile(bench, result_is(bench, 0, kEachResult) && result_is(&other, 1, kEachResult),
               "its product and that of the next tile are right");
    check_tile(bench, two_tiles < one_tile * 3 / 4, "it works while the next tile works");
}

void test_tile_control(struct selftest* test) {
    struct bench bench = {
        .test = test,
        .operands = take_memory(test->runtime, A_BYTES + B_BYTES, 1),
        .results = take_memory(test->runtime, PLACES * C_BYTES, 1),
    };
    for (uint32_t i = 0; i < (A_BYTES + B_BYTES) / 2; ++i) {
        bench.operands[i] = i < A_BYTES / 2 ? 0x3F80 : 0x3F00;
    }
    for (; bench.tile < test->accelerator.cluster.tiles; ++bench.tile) {
        measure(&bench);
        test_ranges(&bench);
        test_abort(&bench);
        test_interrupts_of(&bench);
        if (bench.tile + 1 < test->accelerator.cluster.tiles) {
            test_side_by_side(&bench);
        }
    }
}
