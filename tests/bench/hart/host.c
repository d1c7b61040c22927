/* SPDX-License-Identifier: Apache-2.0 */
/* The workloads' results on the host, a line each: name and result. */
#include <inttypes.h>
#include <stdio.h>

#include "rounds.h" /* written by the build */
#include "workloads.h"

#define PRINT(name, rounds) printf(#name " %" PRIu64 "\n", run_##name(rounds));

int main(void) {
    WORKLOADS(PRINT)
    return 0;
}
