/* SPDX-License-Identifier: Apache-2.0 */
/* The uart's transmitter interrupt, source 10, is the wire that is raised and lowered. */
#include "devices.h"
#include "plic_regs.h"
#include "uart_regs.h"

enum { SOURCE = 10 };

#define IER (UART + ATHENA_UART_IER_OFFSET)

static uintptr_t priority(unsigned source) {
    return PLIC + ATHENA_PLIC_PRIORITY_OFFSET + ATHENA_PLIC_PRIORITY_STRIDE * (uintptr_t)source;
}
static uintptr_t enables(unsigned context, unsigned word) {
    return PLIC + ATHENA_PLIC_ENABLE_OFFSET +
           ATHENA_PLIC_CONTEXT_ENABLE_BYTES * (uintptr_t)context +
           ATHENA_PLIC_ENABLE_STRIDE * (uintptr_t)word;
}
static uintptr_t threshold(unsigned context) {
    return PLIC + ATHENA_PLIC_THRESHOLD_OFFSET + ATHENA_PLIC_THRESHOLD_STRIDE * (uintptr_t)context;
}
static uintptr_t claim(unsigned context) {
    return PLIC + ATHENA_PLIC_CLAIM_OFFSET + ATHENA_PLIC_CLAIM_STRIDE * (uintptr_t)context;
}

#define LOOK(when)                                                                             \
    do {                                                                                       \
        record("plic pending " when, read32(PLIC + ATHENA_PLIC_PENDING_OFFSET) >> SOURCE & 1); \
        record("plic mip " when, pending_interrupts());                                        \
    } while (0)

static void raise(void) {
    write8(IER, 0);
    write8(IER, 2);
}

static void test_registers(void) {
    for (unsigned source = 0; source < 53; ++source) {
        write32(priority(source), 0xFFFFFFFF);
        record("plic priority", read32(priority(source)));
        write32(priority(source), 0);
    }
    for (unsigned context = 0; context < 2; ++context) {
        write32(threshold(context), 0xFFFFFFFF);
        record("plic threshold", read32(threshold(context)));
        write32(threshold(context), 0);
        record("plic enables at reset", read32(enables(context, 0)));
        write32(enables(context, 0), 0xFFFFFFFE);
        record("plic enables", read32(enables(context, 0)));
        write32(enables(context, 0), 0);
        record("plic claim of nothing", read32(claim(context)));
    }
}

static void test_levels(void) {
    raise();
    LOOK("at priority 0");
    write32(priority(SOURCE), 3);
    LOOK("before enabling");
    write32(enables(0, 0), 1u << SOURCE);
    LOOK("enabled");
    write32(threshold(0), 3);
    LOOK("under the threshold");
    write32(threshold(0), 2);
    LOOK("above the threshold");
    write32(enables(1, 0), 1u << SOURCE);
    LOOK("enabled for both");
    write32(enables(0, 0), 0);
    LOOK("enabled for the other only");
    write32(enables(0, 0), 1u << SOURCE);
}

static void test_claims(void) {
    record("plic claim", read32(claim(0)));
    LOOK("claimed");
    record("plic claim again", read32(claim(0)));
    record("plic claim elsewhere", read32(claim(1)));
    write32(claim(0), SOURCE); /* the wire is still high */
    LOOK("completed while high");
    record("plic claim of the same wire", read32(claim(1)));
    write8(IER, 0);
    write32(claim(1), SOURCE);
    LOOK("completed while low");
    record("plic claim of a low wire", read32(claim(0)));
    raise();
    record("plic claim after a new rise", read32(claim(0)));
    write8(IER, 0);
    raise(); /* while it is claimed */
    LOOK("risen while claimed");
    write32(claim(0), SOURCE);
    LOOK("completed after that rise");
    record("plic claim after completion", read32(claim(0)));
    write8(IER, 0);
    write32(claim(0), SOURCE);
    LOOK("at the end");
}

void test_plic(void) {
    test_registers();
    test_levels();
    test_claims();
    write32(enables(0, 0), 0);
    write32(enables(1, 0), 0);
    write32(priority(SOURCE), 0);
    write32(threshold(0), 0);
}
