// SPDX-License-Identifier: Apache-2.0
// A cluster's IOPMP (models/iopmp/iopmp.regs.toml): what its rings may read and write, and the
// first access that was refused.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fdt.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct iopmp {
    uintptr_t registers;
    uint32_t entries;
    uint32_t rings;  // of the cluster
    uint32_t used;   // entries that are locked or hold a grant
};

// Bytes of the board that rings get.
struct iopmp_grant {
    uint64_t address;
    uint64_t size;
    uint32_t rings;  // bit r: ring r
    bool read;
    bool write;
};

// The first access refused since the record was clear.
struct iopmp_error {
    uint32_t type;  // ATHENA_IOPMP_ERROR_TYPE_…
    bool write;
    uint32_t ring;
    uint32_t entry;  // that decided; 0xFFFF: none
    uint64_t address;
};

// Switches it off and takes back all grants that are not locked. RESULT_NOT_FOUND: the cluster has
// none. RESULT_DEVICE_ERROR: it is on, and locked so.
MUST_USE enum result iopmp_init(struct iopmp* iopmp, const struct fdt_region* region);

// Grants hold in the order in which they were given: of those of a ring, the first that holds a
// byte of an access decides. RESULT_FULL: no entry is left. RESULT_BAD_ARGUMENT: no bytes, beyond
// 2^64, or a ring that is not there.
MUST_USE enum result iopmp_allow(struct iopmp* iopmp, const struct iopmp_grant* grant);

// From now on all accesses of rings are checked, or none.
void iopmp_enable(const struct iopmp* iopmp, bool on);

// RESULT_NOT_FOUND: nothing was refused.
MUST_USE enum result iopmp_read_error(const struct iopmp* iopmp, struct iopmp_error* error);
void iopmp_clear_error(const struct iopmp* iopmp);

#ifdef __cplusplus
}
#endif
