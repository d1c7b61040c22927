// SPDX-License-Identifier: Apache-2.0
#include "plic.h"

#include <stdbool.h>
#include <stddef.h>

#include "mmio.h"
#include "plic_regs.h"

static uintptr_t enable_word(const struct plic* plic, uint32_t source) {
    return plic->config.base + ATHENA_PLIC_ENABLE_OFFSET +
           (uintptr_t)ATHENA_PLIC_CONTEXT_ENABLE_BYTES * plic->config.context +
           (uintptr_t)(source / 32) * 4;
}

static uintptr_t context_register(const struct plic* plic, uintptr_t offset) {
    return plic->config.base + offset +
           (uintptr_t)ATHENA_PLIC_THRESHOLD_STRIDE * plic->config.context;
}

enum result plic_init(struct plic* plic, const struct plic_config* config) {
    if (config->base == 0 || config->sources == 0 || config->sources > 1023) {
        return RESULT_BAD_ARGUMENT;
    }
    *plic = (struct plic){.config = *config};
    for (uint32_t source = 0; source <= config->sources; source += 32) {
        mmio_write32(enable_word(plic, source), 0);
    }
    mmio_write32(context_register(plic, ATHENA_PLIC_THRESHOLD_OFFSET), 0);
    return RESULT_OK;
}

static bool is_source(const struct plic* plic, uint32_t source) {
    return source >= 1 && source <= plic->config.sources;
}

static void set_enabled(const struct plic* plic, uint32_t source, bool enabled) {
    const uint32_t bit = 1u << (source % 32);
    const uint32_t word = mmio_read32(enable_word(plic, source));
    mmio_write32(enable_word(plic, source), enabled ? word | bit : word & ~bit);
}

enum result plic_enable(struct plic* plic, uint32_t source, plic_handler* handler, void* context) {
    if (!is_source(plic, source) || handler == NULL) {
        return RESULT_BAD_ARGUMENT;
    }
    uint32_t slot = 0;
    while (slot < plic->handler_count && plic->handlers[slot].source != source) {
        ++slot;
    }
    if (slot == PLIC_MAX_HANDLERS) {
        return RESULT_FULL;
    }
    plic->handlers[slot].source = source;
    plic->handlers[slot].handler = handler;
    plic->handlers[slot].context = context;
    plic->handler_count = slot == plic->handler_count ? slot + 1 : plic->handler_count;
    mmio_write32(plic->config.base + ATHENA_PLIC_PRIORITY_OFFSET + (uintptr_t)source * 4, 1);
    set_enabled(plic, source, true);
    return RESULT_OK;
}

enum result plic_disable(struct plic* plic, uint32_t source) {
    if (!is_source(plic, source)) {
        return RESULT_BAD_ARGUMENT;
    }
    set_enabled(plic, source, false);
    return RESULT_OK;
}

static void call_handler(struct plic* plic, uint32_t source) {
    for (uint32_t slot = 0; slot < plic->handler_count; ++slot) {
        if (plic->handlers[slot].source == source) {
            plic->handlers[slot].handler(plic->handlers[slot].context);
            return;
        }
    }
    ++plic->unexpected;
}

void plic_on_interrupt(struct plic* plic) {
    const uintptr_t claim = context_register(plic, ATHENA_PLIC_CLAIM_OFFSET);
    for (uint32_t source = mmio_read32(claim); source != 0; source = mmio_read32(claim)) {
        call_handler(plic, source);
        mmio_write32(claim, source);
    }
}
