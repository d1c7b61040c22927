// SPDX-License-Identifier: Apache-2.0
// Code that is written while other harts run it: once the system call that makes it visible
// (riscv_flush_icache, a remote fence.i) is back, nobody runs what was there before.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "soak.h"

enum { PAGE = 4096, MOST_THREADS = 16, WRAP = 2048 };

typedef unsigned (*function)(void);

static uint32_t* code;  // li a0, version; ret
static atomic_uint version;
static atomic_uint stop;
static atomic_uint calls;

static void put(unsigned value) {
    const uint32_t addi_a0 = 0x00000513 | (value % WRAP) << 20;
    atomic_store_explicit((_Atomic uint32_t*)code, addi_a0, memory_order_release);
    __builtin___clear_cache((char*)code, (char*)code + 8);
    atomic_store(&version, value);
}

static void* call(void* argument) {
    (void)argument;
    unsigned own = 0;
    while (!atomic_load(&stop)) {
        const unsigned before = atomic_load(&version);
        const unsigned found = ((function)(uintptr_t)code)();
        const unsigned after = atomic_load(&version);
        if ((found - before) % WRAP > after + 1 - before) {
            broken("code: version %u runs, %u was written", found, before % WRAP);
        }
        ++own;
        if (own % 64 == 0) {
            sched_yield();
        }
    }
    atomic_fetch_add(&calls, own);
    return NULL;
}

void soak_code(const struct load* load) {
    code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(code != MAP_FAILED, "code: mmap");
    code[1] = 0x00008067;  // ret
    put(1);
    pthread_t threads[MOST_THREADS];
    const unsigned callers = load->threads / 2;
    for (unsigned i = 0; i < callers; ++i) {
        need(pthread_create(&threads[i], NULL, call, NULL) == 0, "pthread_create");
    }
    for (unsigned value = 2; value < 2 + load->rounds * 4; ++value) {
        put(value);
        sched_yield();
    }
    atomic_store(&stop, 1);
    for (unsigned i = 0; i < callers; ++i) {
        need(pthread_join(threads[i], NULL) == 0, "pthread_join");
    }
    printf("soak: code: %u versions, %u calls\n", load->rounds * 4, atomic_load(&calls));
}
