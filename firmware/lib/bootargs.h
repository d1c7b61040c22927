// SPDX-License-Identifier: Apache-2.0
// A program's arguments: words "key=value" of /chosen/bootargs, separated by spaces.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bootarg_kind {
    BOOTARG_U32,  // decimal, or hexadecimal with 0x
    BOOTARG_U64,
    BOOTARG_FLOAT,  // at most 15 decimal digits with at most one point, and an exponent as in 1e-3,
                    // which leaves the last digit between 10^-22 and 10^22; the FP32 nearest to the
                    // FP64 nearest to it
};

// One key that the program knows. The target keeps its value if the key does not occur.
struct bootarg {
    const char* key;
    enum bootarg_kind kind;
    void* target;
    uint64_t minimum;  // of an integer, both inclusive
    uint64_t maximum;
};

// Later words win. On RESULT_BAD_ARGUMENT `*culprit` is the start of the word that is unknown,
// cannot be read or is out of range; targets of earlier words have been set.
MUST_USE enum result bootargs_parse(const char* line, const struct bootarg* arguments, size_t count,
                                    const char** culprit);

#ifdef __cplusplus
}
#endif
