// SPDX-License-Identifier: Apache-2.0
// Page tables that change under other harts: once mmap(), mprotect() or munmap() is back, no hart
// uses what was there before, whatever its TLB had.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soak.h"

enum { PAGE = 4096, VERSIONS = 16, MOST_THREADS = 16, WORDS = PAGE / 8 };

static struct {
    volatile uint64_t* remapped;   // a page of the file with versions; its words say which
    volatile uint64_t* protected;  // one counter a thread
    volatile uint64_t* unmapped;
    atomic_uint version;  // at least this one is mapped
    atomic_uint gone;     // `unmapped` is, since this round, until all have seen it
    atomic_uint seen[MOST_THREADS];
    atomic_uint stop;
    atomic_uint faults;
} all;

static _Thread_local sigjmp_buf escape;
static _Thread_local volatile sig_atomic_t escapes;

// A write to the protected page is tried until it is let through; a read of the unmapped one is
// given up.
static void on_fault(int number, siginfo_t* info, void* context) {
    (void)number;
    (void)context;
    const uintptr_t address = (uintptr_t)info->si_addr;
    atomic_fetch_add(&all.faults, 1);
    if (address - (uintptr_t)all.protected < PAGE) {
        sched_yield();
        return;
    }
    if (escapes && address - (uintptr_t)all.unmapped < PAGE) {
        siglongjmp(escape, 1);
    }
    broken("mappings: a fault at %#lx", (unsigned long)address);
}

static void read_remapped(unsigned random) {
    const unsigned known = atomic_load(&all.version);
    const uint64_t found = all.remapped[random % WORDS];
    const unsigned later = atomic_load(&all.version);
    if (found < known || found > later + 1) {
        broken("mappings: version %llu is still there, %u was mapped", (unsigned long long)found,
               known);
    }
}

// Whether the page could be read: what it has, in `found`.
static int read_if_mapped(uint64_t* found) {
    escapes = 1;
    const int mapped = sigsetjmp(escape, 0) == 0;
    if (mapped) {
        *found = all.unmapped[0];
    }
    escapes = 0;
    return mapped;
}

static void read_unmapped(unsigned self) {
    const unsigned gone = atomic_load(&all.gone);
    const int must_fault = gone != atomic_load(&all.seen[self]);
    uint64_t found = 0;
    const int mapped = read_if_mapped(&found);
    if (mapped && (must_fault || (found != 0 && found != gone))) {
        broken("mappings: a page that was unmapped in round %u has %llu", gone,
               (unsigned long long)found);
    }
    if (must_fault) {
        atomic_store(&all.seen[self], gone);
    }
}

static void* use(void* argument) {
    const unsigned self = (unsigned)(uintptr_t)argument;
    uint32_t random = self + 77;
    while (!atomic_load(&all.stop)) {
        for (unsigned i = 0; i < 32; ++i) {
            read_remapped(next_random(&random));
            ++all.protected[self];
        }
        read_unmapped(self);
    }
    return NULL;
}

static void remap(int file, unsigned version) {
    // Words of a version are written before it is mapped, while nobody can see its page.
    uint64_t words[WORDS];
    for (unsigned i = 0; i < WORDS; ++i) {
        words[i] = version;
    }
    const off_t place = (off_t)(version % VERSIONS) * PAGE;
    need(pwrite(file, words, sizeof words, place) == sizeof words, "mappings: pwrite");
    need(mmap((void*)all.remapped, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, place) ==
             all.remapped,
         "mappings: mmap");
    atomic_store(&all.version, version);
}

static uint64_t sum_protected(void) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < MOST_THREADS; ++i) {
        sum += all.protected[i];
    }
    return sum;
}

static void protect(void) {
    need(mprotect((void*)all.protected, PAGE, PROT_READ) == 0, "mappings: mprotect");
    const uint64_t before = sum_protected();
    for (unsigned i = 0; i < 4; ++i) {
        sched_yield();
        const uint64_t after = sum_protected();
        if (after != before) {
            broken("mappings: a page that may not be written changed by %llu",
                   (unsigned long long)(after - before));
        }
    }
    need(mprotect((void*)all.protected, PAGE, PROT_READ | PROT_WRITE) == 0, "mappings: mprotect");
}

static void unmap(unsigned round, unsigned threads) {
    need(munmap((void*)all.unmapped, PAGE) == 0, "mappings: munmap");
    atomic_store(&all.gone, round);
    for (unsigned i = 0; i < threads; ++i) {
        while (atomic_load(&all.seen[i]) != round) {
            sched_yield();
        }
    }
    need(mmap((void*)all.unmapped, PAGE, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == all.unmapped,
         "mappings: mmap");
    all.unmapped[0] = round;
}

static volatile uint64_t* new_page(void) {
    void* const page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(page != MAP_FAILED, "mappings: mmap");
    return page;
}

void soak_mappings(const struct load* load) {
    char name[] = "/tmp/soak.XXXXXX";
    const int file = mkstemp(name);
    need(file >= 0 && unlink(name) == 0 && ftruncate(file, (off_t)VERSIONS * PAGE) == 0, name);
    all.remapped = new_page();
    all.protected = new_page();
    all.unmapped = new_page();
    remap(file, 1);
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    need(sigaction(SIGSEGV, &action, NULL) == 0, "sigaction");
    pthread_t threads[MOST_THREADS];
    for (unsigned i = 0; i < load->threads; ++i) {
        need(pthread_create(&threads[i], NULL, use, (void*)(uintptr_t)i) == 0, "pthread_create");
    }
    for (unsigned round = 1; round <= load->rounds; ++round) {
        remap(file, round + 1);
        protect();
        unmap(round, load->threads);
    }
    atomic_store(&all.stop, 1);
    for (unsigned i = 0; i < load->threads; ++i) {
        need(pthread_join(threads[i], NULL) == 0, "pthread_join");
    }
    printf("soak: mappings: %u of each kind, %u faults, %llu writes\n", load->rounds,
           atomic_load(&all.faults), (unsigned long long)sum_protected());
}
