/* SPDX-License-Identifier: Apache-2.0 */
/* What the hart is timed on; compiled for the hart and for the host, whose results must be equal.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Checksums over `rounds` repetitions. */
uint64_t run_nothing(uint32_t rounds);
/* Sorting, a state machine, 16-bit matrix products and a CRC: the mix of small embedded programs.
 */
uint64_t run_integer(uint32_t rounds);
/* Copies, sums and a pointer chase over 8 MiB. */
uint64_t run_memory(uint32_t rounds);
/* A Lennard-Jones step of a few bodies and a filter, in double precision. */
uint64_t run_floating(uint32_t rounds);

#ifdef __cplusplus
}
#endif
