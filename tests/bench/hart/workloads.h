/* SPDX-License-Identifier: Apache-2.0 */
/* What the hart is timed on; compiled for it and for the host, whose results must be equal. */
#pragma once

#include <stdint.h>

/* Checksums over `rounds` repetitions. */
uint64_t run_nothing(uint32_t rounds);
/* Sorting, a state machine, 16-bit matrix products and a CRC: what small programs do. */
uint64_t run_integer(uint32_t rounds);
/* A heap sort of 1 MiB, a sieve of 1 MiB, a pointer chase over 8 MiB. */
uint64_t run_memory(uint32_t rounds);
/* A Lennard-Jones step of a few bodies and a filter, in double precision. */
uint64_t run_floating(uint32_t rounds);
/* A product of two 96 x 96 matrices in double precision. */
uint64_t run_matrix(uint32_t rounds);
/* A Petri net of 2000 transitions, each with its own code; a switch of 1000 cases (states.py). */
uint64_t run_states(uint32_t rounds);
/* Recursion of small functions, and calls by pointers. */
uint64_t run_calls(uint32_t rounds);
/* Atomic additions, ors, exchanges, and compares and exchanges, of 128 cells. */
uint64_t run_atomics(uint32_t rounds);
