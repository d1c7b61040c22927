// SPDX-License-Identifier: Apache-2.0
// Traps of the boot hart. Interrupts go to one handler a cause; an exception that no probe expects
// ends the program with code 127.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "result.h"

typedef void trap_handler(void* context);

// `cause`: CAUSE_MACHINE_… of csr.h. Also enables the interrupt at the hart (mie).
MUST_USE enum result trap_set_handler(uint32_t cause, trap_handler* handler, void* context);

// The exception that a piece of code raises, if any: between begin and end, a load, store or fetch
// that faults is skipped (2 or 4 bytes, as encoded) and kept here.
struct trap_probe {
    bool taken;
    uint64_t cause;
    uint64_t address;
};
void trap_probe_begin(void);
struct trap_probe trap_probe_end(void);
