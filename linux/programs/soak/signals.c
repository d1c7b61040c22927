// SPDX-License-Identifier: Apache-2.0
// Signals: queued ones come once each and in their sender's order, and a handler that interrupts
// arithmetic at any instruction leaves all registers of it as they were.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "soak.h"

enum { MOST_THREADS = 16, EACH = 8 };

static volatile sig_atomic_t ticks;
static volatile double clobbered;
static const struct load* of;

static void tick(int number) {
    (void)number;
    double value = (double)ticks;
    for (int i = 0; i < 20; ++i) {
        value = value * 1.0000001 + 3.0;
    }
    clobbered = value;
    ++ticks;
}

// Keeps many integer and floating-point registers in use.
static uint64_t compute(unsigned steps) {
    double a = 1.0;
    double b = 2.5;
    double c = -3.25;
    double d = 0.125;
    uint64_t x = 1;
    uint64_t y = 0x9E3779B97F4A7C15;
    for (unsigned i = 0; i < steps; ++i) {
        a = a * 0.999 + b;
        b = b * 0.5 - c * 0.25;
        c = c * 0.75 + d;
        d = d * -0.875 + 1.0 / (a + 2.0);
        x = (x ^ (x >> 7)) * y;
        y = (y << 9 | y >> 55) + x;
    }
    const double sum = a + b + c + d;
    uint64_t bits = 0;
    memcpy(&bits, &sum, sizeof bits);
    return bits ^ x ^ y;
}

static void* send_all(void* argument) {
    const unsigned self = (unsigned)(uintptr_t)argument;
    for (unsigned number = 1; number <= of->rounds * EACH; ++number) {
        const union sigval value = {.sival_int = (int)(self << 24 | number)};
        while (sigqueue(getpid(), SIGRTMIN, value) != 0) {
            need(errno == EAGAIN, "sigqueue");
            sched_yield();
        }
    }
    return NULL;
}

static void receive_all(const sigset_t* set, unsigned senders) {
    unsigned last[MOST_THREADS] = {0};
    for (unsigned left = senders * of->rounds * EACH; left > 0; --left) {
        siginfo_t info;
        while (sigwaitinfo(set, &info) < 0) {
            need(errno == EINTR, "sigwaitinfo");
        }
        const unsigned value = (unsigned)info.si_value.sival_int;
        const unsigned sender = value >> 24;
        if (sender >= senders || (value & 0xFFFFFF) != last[sender] + 1) {
            broken("signals: %#x came behind %u", value, sender < senders ? last[sender] : 0);
        }
        ++last[sender];
    }
}

void soak_signals(const struct load* load) {
    of = load;
    const unsigned senders = load->threads / 2;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const uint64_t expected = compute(2000);

    sigset_t ticking;
    sigemptyset(&ticking);
    sigaddset(&ticking, SIGALRM);
    const struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    need(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
    pthread_t threads[MOST_THREADS];
    pthread_sigmask(SIG_BLOCK, &ticking, NULL);  // for the senders
    for (unsigned i = 0; i < senders; ++i) {
        need(pthread_create(&threads[i], NULL, send_all, (void*)(uintptr_t)i) == 0,
             "pthread_create");
    }
    pthread_sigmask(SIG_UNBLOCK, &ticking, NULL);
    const struct itimerval often = {.it_interval = {.tv_usec = 300}, .it_value = {.tv_usec = 300}};
    need(setitimer(ITIMER_REAL, &often, NULL) == 0, "setitimer");
    receive_all(&set, senders);
    for (unsigned round = 0; round < load->rounds; ++round) {
        const uint64_t found = compute(2000);
        if (found != expected) {
            broken("signals: %#llx with ticks, %#llx without", (unsigned long long)found,
                   (unsigned long long)expected);
        }
    }
    const struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    for (unsigned i = 0; i < senders; ++i) {
        need(pthread_join(threads[i], NULL) == 0, "pthread_join");
    }
    if (ticks == 0) {
        broken("signals: no tick of the timer");
    }
    printf("soak: signals: %u of %u senders, %d ticks\n", senders * load->rounds * EACH, senders,
           (int)ticks);
}
