// SPDX-License-Identifier: Apache-2.0
// What gdb_test.py debugs: hart 0 adds squares and waits for the others, which race with each
// other. `mode` is for the debugger to set.

struct sample {
    long number;
    double half;
};

volatile int mode = MODE;  // 1: spin, 2: fail; plus 256 for each other hart that works
volatile long spins;
volatile long total;     // written by hart 0 only
volatile long ticks;     // of all workers
volatile long turns[8];  // of each worker: depends on how they race
volatile int started;
volatile int ended;
struct sample last;

static volatile unsigned char* const uart = (volatile unsigned char*)0x10000000;

__attribute__((noinline)) long square(long number) {
    long result = number * number;
    return result;
}

__attribute__((noinline)) void note(long number) {
    last.number = number;
    last.half = (double)number / 2;
}

__attribute__((noinline)) long sum_of_squares(long count) {
    long sum = 0;
    for (long i = 1; i <= count; ++i) {
        sum += square(i);
    }
    return sum;
}

__attribute__((noinline)) void say(char letter) {
    *uart = letter;
}

__attribute__((noinline)) void tick(long hart) {
    long before = __atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
    turns[hart] += before % 7;
}

void worker(long hart) {
    while (started == 0) {
    }
    for (int i = 0; i < 20000; ++i) {
        tick(hart);
    }
    say('a' + (int)hart);
    __atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

int main(void) {
    total = sum_of_squares(10);
    note(total);
    started = 1;
    while (mode % 256 == 1) {
        ++spins;
    }
    while (ended < mode >> 8) {
    }
    say('\n');
    if (mode % 256 == 2) {
        return 7;
    }
    return total == 385 ? 0 : 1;
}
