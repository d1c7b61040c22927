// SPDX-License-Identifier: Apache-2.0
#include "arena.h"

#include <string.h>

// First address at or after `from` that no region covers.
static uint64_t skip_occupied(uint64_t from, const struct arena_region* occupied, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        if (from >= occupied[i].address && from - occupied[i].address < occupied[i].size) {
            from = occupied[i].address + occupied[i].size;
            i = (size_t)-1;  // it may now lie in a region looked at before
        }
    }
    return from;
}

struct arena arena_between(uint64_t start, uint64_t end, const struct arena_region* occupied,
                           size_t count) {
    struct arena best = {0, 0};
    for (uint64_t at = skip_occupied(start, occupied, count); at < end;) {
        uint64_t stop = end;
        for (size_t i = 0; i < count; ++i) {
            if (occupied[i].size != 0 && occupied[i].address > at && occupied[i].address < stop) {
                stop = occupied[i].address;
            }
        }
        if (stop - at > best.end - best.next) {
            best = (struct arena){(uintptr_t)at, (uintptr_t)stop};
        }
        at = skip_occupied(stop, occupied, count);
    }
    return best;
}

enum result arena_take(struct arena* arena, size_t size, size_t alignment, void** memory) {
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return RESULT_BAD_ARGUMENT;
    }
    const uintptr_t aligned = (arena->next + alignment - 1) & ~(uintptr_t)(alignment - 1);
    if (aligned < arena->next || aligned > arena->end || size > arena->end - aligned) {
        return RESULT_NO_MEMORY;
    }
    arena->next = aligned + size;
    *memory = (void*)aligned;
    memset(*memory, 0, size);
    return RESULT_OK;
}
