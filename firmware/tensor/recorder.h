// SPDX-License-Identifier: Apache-2.0
// Records the commands of one cluster as a list that is replayed as often as wanted
// (models/command/README.md, CALL). The caller says which buffers a command reads and writes; the
// recorder makes it wait for the commands of other engines that it depends on.
//
// Each engine has a semaphore that counts its completed commands; engines run in order, so command
// number n of an engine is done when its semaphore has reached n. A list ends with a fence and
// semaphores of 0, so it can be replayed at once.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "descriptor.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RECORDER_TILES = 8,
    RECORDER_CHANNELS = 16,
    RECORDER_VECTOR_CORES = 8,
    RECORDER_ENGINES = RECORDER_TILES + RECORDER_CHANNELS + RECORDER_VECTOR_CORES,
    RECORDER_MOST_OPERANDS = 8,  // buffers that one command reads, or writes
};

// An engine of the cluster, as a number below RECORDER_ENGINES.
static inline uint32_t engine_tile(uint32_t index) {
    return index;
}
static inline uint32_t engine_channel(uint32_t index) {
    return RECORDER_TILES + index;
}
static inline uint32_t engine_vector_core(uint32_t index) {
    return RECORDER_TILES + RECORDER_CHANNELS + index;
}

// A range of memory that commands share: the number, in each engine's order, of the last command
// that wrote it and of the last that read it; 0: none. Starts as {0}. Numbers are of one epoch of
// the recorder: commands of older ones have completed.
struct buffer {
    uint32_t epoch;
    uint16_t written[RECORDER_ENGINES];
    uint16_t read[RECORDER_ENGINES];
};

// What a command uses; unused places are NULL.
struct uses {
    struct buffer* reads[RECORDER_MOST_OPERANDS];
    struct buffer* writes[RECORDER_MOST_OPERANDS];
};

struct recorder {
    struct descriptor* lines;  // where the list is written, or NULL
    uint32_t capacity;         // in lines
    uint32_t count;            // lines so far
    uint8_t first_semaphore;   // of RECORDER_ENGINES semaphores of the recorder's own
    uint32_t epoch;            // from 1
    uint16_t section;          // of what is recorded from now on: the upper 16 bits of tags
    // More than two waits of a command stand in empty commands of its engine rather than in NOPs,
    // behind which the ring waits with all that follows.
    bool engines_wait;
    // What the next command waits for besides, if `value` is not 0: a semaphore of the caller's.
    struct {
        uint8_t semaphore;
        uint16_t value;
    } besides;
    uint16_t issued[RECORDER_ENGINES];
    // What the last command of an engine has waited for, of each other engine.
    uint16_t known[RECORDER_ENGINES][RECORDER_ENGINES];
};

void recorder_init(struct recorder* recorder, uint8_t first_semaphore);

// Begins a list, in section 0, that is none; NULL only counts its lines. All commands before it
// have completed when it is run.
void recorder_begin(struct recorder* recorder, struct descriptor* lines, uint32_t capacity);

// Each appends one command, whose tag is its place in the list, modulo 65536, under its section;
// RESULT_FULL: the list has no room.
MUST_USE enum result record_matmul(struct recorder* recorder, const struct matmul_command* command,
                                   const struct uses* uses);
MUST_USE enum result record_copy(struct recorder* recorder, const struct copy_command* command,
                                 const struct uses* uses);
MUST_USE enum result record_copy_nd(struct recorder* recorder,
                                    const struct copy_nd_command* command, const struct uses* uses);
MUST_USE enum result record_fill(struct recorder* recorder, const struct fill_command* command,
                                 const struct uses* uses);
MUST_USE enum result record_vector(struct recorder* recorder, const struct vector_command* command,
                                   const struct uses* uses);

// Everything before has completed when anything after begins.
MUST_USE enum result record_fence(struct recorder* recorder);
// Likewise; and all numbers begin anew, as a list has to end.
MUST_USE enum result record_end(struct recorder* recorder);

// Descriptors of the caller's own, as between clusters; after a fence.
MUST_USE enum result record_line(struct recorder* recorder, const struct descriptor* line);

#ifdef __cplusplus
}
#endif
