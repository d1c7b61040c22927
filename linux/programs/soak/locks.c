// SPDX-License-Identifier: Apache-2.0
// Mutexes, conditions and barriers, all futexes below: what a lock protects is never seen half
// done, a queue loses and doubles nothing and keeps each producer's order, nobody passes a barrier
// early.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "soak.h"

enum { PLACES = 4, MOST_THREADS = 16 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t emptied;
    pthread_barrier_t barrier;
    uint64_t first;
    uint64_t second;  // is `first` while nobody has the lock
    struct {
        unsigned producer;
        unsigned number;
    } queue[PLACES];
    unsigned put;
    unsigned taken;
    unsigned last[MOST_THREADS];            // of each producer, taken from the queue
    _Atomic unsigned phases[MOST_THREADS];  // of each thread
    unsigned waits;
    const struct load* load;
} all = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
    .emptied = PTHREAD_COND_INITIALIZER,
};

static void count_together(uint32_t* random) {
    pthread_mutex_lock(&all.lock);
    if (all.first != all.second) {
        broken("locks: %llu and %llu behind a lock", (unsigned long long)all.first,
               (unsigned long long)all.second);
    }
    ++all.first;
    if (next_random(random) % 8 == 0) {
        sched_yield();
    }
    ++all.second;
    pthread_mutex_unlock(&all.lock);
}

static void produce(unsigned self, unsigned number) {
    pthread_mutex_lock(&all.lock);
    while (all.put - all.taken == PLACES) {
        ++all.waits;
        pthread_cond_wait(&all.emptied, &all.lock);
    }
    all.queue[all.put % PLACES].producer = self;
    all.queue[all.put % PLACES].number = number;
    ++all.put;
    pthread_cond_signal(&all.filled);
    pthread_mutex_unlock(&all.lock);
}

static void consume(void) {
    pthread_mutex_lock(&all.lock);
    while (all.put == all.taken) {
        ++all.waits;
        pthread_cond_wait(&all.filled, &all.lock);
    }
    const unsigned producer = all.queue[all.taken % PLACES].producer;
    const unsigned number = all.queue[all.taken % PLACES].number;
    ++all.taken;
    if (number != all.last[producer] + 1) {
        broken("locks: %u behind %u of producer %u", number, all.last[producer], producer);
    }
    all.last[producer] = number;
    pthread_cond_signal(&all.emptied);
    pthread_mutex_unlock(&all.lock);
}

static void meet(unsigned self, unsigned phase) {
    all.phases[self] = phase;
    pthread_barrier_wait(&all.barrier);
    for (unsigned i = 0; i < all.load->threads; ++i) {
        if (all.phases[i] != phase) {
            broken("locks: thread %u is in phase %u, %u in %u", i, all.phases[i], self, phase);
        }
    }
    pthread_barrier_wait(&all.barrier);
}

static void* work(void* argument) {
    const unsigned self = (unsigned)(uintptr_t)argument;
    uint32_t random = self + 1;
    for (unsigned round = 1; round <= all.load->rounds; ++round) {
        for (unsigned i = 0; i < 16; ++i) {
            count_together(&random);
            if (self % 2 == 0) {
                produce(self, (round - 1) * 16 + i + 1);
            } else {
                consume();
            }
        }
        meet(self, round);
    }
    return NULL;
}

void soak_locks(const struct load* load) {
    all.load = load;
    pthread_barrier_init(&all.barrier, NULL, load->threads);
    pthread_t threads[MOST_THREADS];
    for (unsigned i = 0; i < load->threads; ++i) {
        need(pthread_create(&threads[i], NULL, work, (void*)(uintptr_t)i) == 0, "pthread_create");
    }
    for (unsigned i = 0; i < load->threads; ++i) {
        need(pthread_join(threads[i], NULL) == 0, "pthread_join");
    }
    const uint64_t expected = 16ULL * load->rounds * load->threads;
    if (all.first != expected || all.second != expected || all.put != expected / 2 ||
        all.taken != expected / 2) {
        broken("locks: %llu, %llu, %u, %u, expected %llu and half of it",
               (unsigned long long)all.first, (unsigned long long)all.second, all.put, all.taken,
               (unsigned long long)expected);
    }
    printf("soak: locks: %llu times, %u waits\n", (unsigned long long)expected, all.waits);
}
