// SPDX-License-Identifier: Apache-2.0
// All atomic operations by all harts on one word. Each gives the value that it found, so that what
// they add up to is what the word has changed by, if and only if none was torn from another:
// the sum over all harts of f(old, operand) - old is the last value less the first, modulo 2^64.
#include "smp.h"

static struct {
    uint64_t before;  // guards
    uint64_t word;
    uint64_t after;
} cell __attribute__((aligned(LINE)));
static uint64_t changes[MOST_HARTS][8] __attribute__((aligned(LINE)));

static const uint64_t kGuard = 0xA5A5A5A55A5A5A5AU;

#define OPERATIONS(use)                                                             \
    use(swap, operand, operand) use(add, old + operand, old + operand)              \
        use(xor, old ^ operand, old ^ operand) use(and, old& operand, old& operand) \
            use(or, old | operand, old | operand)                                   \
                use(min, (int64_t)old < (int64_t)operand ? old : operand,           \
                    (int32_t)old < (int32_t)operand ? old : operand)                \
                    use(max, (int64_t)old > (int64_t)operand ? old : operand,       \
                        (int32_t)old > (int32_t)operand ? old : operand)            \
                        use(minu, old < operand ? old : operand,                    \
                            (uint32_t)old < (uint32_t)operand ? old : operand)      \
                            use(maxu, old > operand ? old : operand,                \
                                (uint32_t)old > (uint32_t)operand ? old : operand)

#define DEFINE(name, result_d, result_w)                                              \
    static uint64_t name##_d(uint64_t operand) {                                      \
        uint64_t old;                                                                 \
        __asm__ volatile("amo" #name ".d %0, %1, (%2)"                                \
                         : "=&r"(old)                                                 \
                         : "r"(operand), "r"(&cell.word)                              \
                         : "memory");                                                 \
        return (result_d)-old;                                                        \
    }                                                                                 \
    static uint64_t name##_w(uint64_t operand) {                                      \
        uint64_t old;                                                                 \
        __asm__ volatile("amo" #name ".w %0, %1, (%2)"                                \
                         : "=&r"(old)                                                 \
                         : "r"(operand), "r"(&cell.word)                              \
                         : "memory");                                                 \
        CHECK(old == (uint64_t)(int64_t)(int32_t)old, old); /* sign-extended (8.4) */ \
        return (uint32_t)(result_w) - (uint32_t)old;                                  \
    }
OPERATIONS(DEFINE)

#define ENTRY_D(name, result_d, result_w) name##_d,
#define ENTRY_W(name, result_d, result_w) name##_w,
static uint64_t (*const kDoubles[])(uint64_t) = {OPERATIONS(ENTRY_D)};
static uint64_t (*const kWords[])(uint64_t) = {OPERATIONS(ENTRY_W)};
enum { COUNT = sizeof kWords / sizeof kWords[0] };

// `choice`: an operation, or COUNT for any of them.
static void contend(uint64_t (*const operations[])(uint64_t), unsigned choice, bool words) {
    static const uint64_t kFirst = 0x8000000080000001U;
    if (self() == 0) {
        cell.before = cell.after = kGuard;
        cell.word = kFirst;
    }
    barrier();
    uint64_t sum = 0;
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        const unsigned which = choice < COUNT ? choice : (unsigned)(random_number() % COUNT);
        // Also numbers that are close, so that minimum and maximum do not settle at once.
        const uint64_t operand =
            round % 4 == 0 ? random_number() : (uint64_t)(round - setting.rounds / 2);
        sum += operations[which](operand);
    }
    changes[self()][0] = sum;
    barrier();
    if (self() == 0) {
        sum = 0;
        for (unsigned hart = 0; hart < setting.harts; ++hart) {
            sum += changes[hart][0];
        }
        if (words) {
            CHECK(cell.word >> 32 == kFirst >> 32, cell.word);
            CHECK((uint32_t)sum == (uint32_t)cell.word - (uint32_t)kFirst, choice);
        } else {
            CHECK(sum == cell.word - kFirst, choice);
        }
        CHECK(cell.before == kGuard && cell.after == kGuard, cell.before);
    }
    barrier();
}

// Bits that harts claim: each is given to one of them.
static void claim_bits(void) {
    if (self() == 0) {
        cell.word = 0;
    }
    barrier();
    uint64_t mine = 0;
    const uint64_t start = random_number();
    for (unsigned i = 0; i < 64; ++i) {
        const uint64_t bit = 1UL << ((start + i) % 64);
        uint64_t old;
        __asm__ volatile("amoor.d %0, %1, (%2)"
                         : "=&r"(old)
                         : "r"(bit), "r"(&cell.word)
                         : "memory");
        mine |= (old & bit) == 0 ? bit : 0;
    }
    changes[self()][0] = mine;
    barrier();
    uint64_t all = 0;
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        CHECK((all & changes[hart][0]) == 0, hart);
        all |= changes[hart][0];
    }
    CHECK(all == UINT64_MAX, all);
    barrier();
}

void test_atomics(void) {
    for (unsigned choice = 0; choice <= COUNT; ++choice) {
        contend(kDoubles, choice, false);
        contend(kWords, choice, true);
    }
    claim_bits();
}
