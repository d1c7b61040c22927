// SPDX-License-Identifier: Apache-2.0
// Memory that is handed out once and never given back.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct arena {
    uintptr_t next;
    uintptr_t end;
};

// The largest part of [start, end) that none of the `count` occupied regions touches.
struct arena_region {
    uint64_t address;
    uint64_t size;
};
struct arena arena_between(uint64_t start, uint64_t end, const struct arena_region* occupied,
                           size_t count);

// `size` bytes, zero, aligned to `alignment`, a power of two.
MUST_USE enum result arena_take(struct arena* arena, size_t size, size_t alignment, void** memory);

#ifdef __cplusplus
}
#endif
