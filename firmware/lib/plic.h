// SPDX-License-Identifier: Apache-2.0
// RISC-V platform-level interrupt controller (PLIC specification 1.0.0), one context.
#pragma once

#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PLIC_MAX_HANDLERS = 80 };

typedef void plic_handler(void* context);

struct plic_config {
    uintptr_t base;
    uint32_t context;  // index of the hart's M-mode target in the PLIC's interrupts-extended
    uint32_t sources;  // riscv,ndev: sources are 1..sources
};

struct plic {
    struct plic_config config;
    struct {
        uint32_t source;
        plic_handler* handler;
        void* context;
    } handlers[PLIC_MAX_HANDLERS];
    uint32_t handler_count;
    volatile uint32_t unexpected;  // claims of sources without a handler
};

// Disables all sources of the context and lets every priority above 0 through.
MUST_USE enum result plic_init(struct plic* plic, const struct plic_config* config);

// Calls `handler` for interrupts of `source`, at priority 1, from now on. One handler a source.
MUST_USE enum result plic_enable(struct plic* plic, uint32_t source, plic_handler* handler,
                                 void* context);
MUST_USE enum result plic_disable(struct plic* plic, uint32_t source);

// Handler of the machine external interrupt: claims, calls, completes, until nothing is pending.
void plic_on_interrupt(struct plic* plic);

#ifdef __cplusplus
}
#endif
