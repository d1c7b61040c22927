// SPDX-License-Identifier: Apache-2.0
// What waiting needs of the hart. On the host, tests bring their own.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Disables interrupts of this hart; the state before goes to cpu_interrupts_restore.
uint64_t cpu_interrupts_off(void);
void cpu_interrupts_restore(uint64_t before);

// Sleeps until an interrupt that is enabled at its source is pending, even while interrupts are
// off.
void cpu_idle(void);

#ifdef __cplusplus
}
#endif
