// SPDX-License-Identifier: Apache-2.0
#include "recorder.h"

#include <string.h>

// Waits hold 16 bits; numbers begin anew before an engine has issued so many commands.
enum { MOST_ISSUED = 60000, WAITS = 2 };

void recorder_init(struct recorder* recorder, uint8_t first_semaphore) {
    *recorder = (struct recorder){.first_semaphore = first_semaphore};
}

void recorder_begin(struct recorder* recorder, struct descriptor* lines, uint32_t capacity) {
    const struct recorder fresh = {.lines = lines,
                                   .capacity = capacity,
                                   .first_semaphore = recorder->first_semaphore,
                                   .epoch = recorder->epoch + 1};
    *recorder = fresh;
}

static uint8_t semaphore_of(const struct recorder* recorder, uint32_t engine) {
    return (uint8_t)(recorder->first_semaphore + engine);
}

enum result record_line(struct recorder* recorder, const struct descriptor* line) {
    if (recorder->lines != NULL) {
        if (recorder->count == recorder->capacity) {
            return RESULT_FULL;
        }
        recorder->lines[recorder->count] = *line;
    }
    ++recorder->count;
    return RESULT_OK;
}

// Commands of another epoch have completed.
static void renew(const struct recorder* recorder, struct buffer* buffer) {
    if (buffer->epoch != recorder->epoch) {
        memset(buffer, 0, sizeof *buffer);
        buffer->epoch = recorder->epoch;
    }
}

static void raise(uint16_t* number, uint16_t to) {
    if (*number < to) {
        *number = to;
    }
}

// For each engine the command after which one that uses these buffers may run.
static void find_needs(struct recorder* recorder, const struct uses* uses,
                       uint16_t needs[RECORDER_ENGINES]) {
    memset(needs, 0, RECORDER_ENGINES * sizeof needs[0]);
    for (uint32_t i = 0; i < RECORDER_MOST_OPERANDS; ++i) {
        struct buffer* const source = uses->reads[i];
        struct buffer* const target = uses->writes[i];
        if (source != NULL) {
            renew(recorder, source);
        }
        if (target != NULL) {
            renew(recorder, target);
        }
        for (uint32_t engine = 0; engine < RECORDER_ENGINES; ++engine) {
            if (source != NULL) {
                raise(&needs[engine], source->written[engine]);
            }
            if (target != NULL) {
                raise(&needs[engine], target->written[engine]);
                raise(&needs[engine], target->read[engine]);
            }
        }
    }
}

static void mark_uses(const struct recorder* recorder, uint32_t engine, const struct uses* uses) {
    for (uint32_t i = 0; i < RECORDER_MOST_OPERANDS; ++i) {
        if (uses->reads[i] != NULL) {
            uses->reads[i]->read[engine] = recorder->issued[engine];
        }
        if (uses->writes[i] != NULL) {
            uses->writes[i]->written[engine] = recorder->issued[engine];
        }
    }
}

static uint32_t next_tag(const struct recorder* recorder) {
    return (uint32_t)recorder->section << 16 | (recorder->count & 0xFFFF);
}

// A command that waits and does nothing.
static struct descriptor waiting_line(const struct recorder* recorder, uint32_t engine,
                                      const struct descriptor_sync* sync) {
    if (recorder->engines_wait && engine < engine_channel(0)) {
        return descriptor_matmul(&(struct matmul_command){.tile = (uint8_t)engine}, sync);
    }
    if (recorder->engines_wait && engine < engine_vector_core(0)) {
        const uint32_t channel = engine - engine_channel(0);
        return descriptor_copy(&(struct copy_command){.channel = (uint8_t)channel}, sync);
    }
    return descriptor_nop(sync);
}

// One more wait in `sync`, which has `*waits`; if they are too many, those stand in a line before.
static enum result add_wait(struct recorder* recorder, uint32_t engine, uint8_t semaphore,
                            uint16_t value, struct descriptor_sync* sync, uint32_t* waits) {
    enum result put = RESULT_OK;
    if (*waits == WAITS) {
        const struct descriptor_sync early = {
            .tag = recorder->engines_wait ? next_tag(recorder) : 0,
            .wait = {sync->wait[0], sync->wait[1]}};
        const struct descriptor line = waiting_line(recorder, engine, &early);
        put = record_line(recorder, &line);
        sync->wait[1].value = 0;
        *waits = 0;
    }
    sync->wait[*waits].semaphore = semaphore;
    sync->wait[*waits].value = value;
    ++*waits;
    return put;
}

// The waits of a command on `engine`, two of them in `sync`, others before it. An engine serves in
// order: what it has waited for once holds for all that it does later.
static enum result put_waits(struct recorder* recorder, uint32_t engine,
                             const uint16_t needs[RECORDER_ENGINES], struct descriptor_sync* sync) {
    uint32_t waits = 0;
    enum result put = RESULT_OK;
    for (uint32_t other = 0; other < RECORDER_ENGINES && put == RESULT_OK; ++other) {
        if (other == engine || needs[other] <= recorder->known[engine][other]) {
            continue;
        }
        put = add_wait(recorder, engine, semaphore_of(recorder, other), needs[other], sync, &waits);
        recorder->known[engine][other] = needs[other];
    }
    if (recorder->besides.value != 0 && put == RESULT_OK) {
        put = add_wait(recorder, engine, recorder->besides.semaphore, recorder->besides.value, sync,
                       &waits);
    }
    recorder->besides.value = 0;
    return put;
}

static enum result put_fence(struct recorder* recorder) {
    const struct descriptor_sync none = {0};
    const struct descriptor fence = descriptor_fence(&none);
    return record_line(recorder, &fence);
}

enum result record_fence(struct recorder* recorder) {
    for (uint32_t engine = 0; engine < RECORDER_ENGINES; ++engine) {
        memcpy(recorder->known[engine], recorder->issued, sizeof recorder->issued);
    }
    return put_fence(recorder);
}

enum result record_end(struct recorder* recorder) {
    const struct descriptor_sync none = {0};
    enum result put = put_fence(recorder);
    for (uint32_t engine = 0; engine < RECORDER_ENGINES && put == RESULT_OK; ++engine) {
        if (recorder->issued[engine] != 0) {
            const struct descriptor clear =
                descriptor_set_semaphore(semaphore_of(recorder, engine), 0, &none);
            put = record_line(recorder, &clear);
        }
    }
    memset(recorder->issued, 0, sizeof recorder->issued);
    memset(recorder->known, 0, sizeof recorder->known);
    ++recorder->epoch;
    return put;
}

// Makes room for the command's number and finds what it waits for.
static enum result begin(struct recorder* recorder, uint32_t engine, const struct uses* uses,
                         struct descriptor_sync* sync) {
    if (recorder->issued[engine] == MOST_ISSUED) {
        const enum result fenced = record_end(recorder);
        if (fenced != RESULT_OK) {
            return fenced;
        }
    }
    uint16_t needs[RECORDER_ENGINES];
    find_needs(recorder, uses, needs);
    const enum result put = put_waits(recorder, engine, needs, sync);
    ++recorder->issued[engine];
    mark_uses(recorder, engine, uses);
    sync->signal.semaphore = semaphore_of(recorder, engine);
    sync->signal.value = 1;
    sync->tag = next_tag(recorder);
    return put;
}

enum result record_matmul(struct recorder* recorder, const struct matmul_command* command,
                          const struct uses* uses) {
    struct descriptor_sync sync = {0};
    const enum result put = begin(recorder, engine_tile(command->tile), uses, &sync);
    if (put != RESULT_OK) {
        return put;
    }
    const struct descriptor line = descriptor_matmul(command, &sync);
    return record_line(recorder, &line);
}

enum result record_copy(struct recorder* recorder, const struct copy_command* command,
                        const struct uses* uses) {
    struct descriptor_sync sync = {0};
    const enum result put = begin(recorder, engine_channel(command->channel), uses, &sync);
    if (put != RESULT_OK) {
        return put;
    }
    const struct descriptor line = descriptor_copy(command, &sync);
    return record_line(recorder, &line);
}

enum result record_copy_nd(struct recorder* recorder, const struct copy_nd_command* command,
                           const struct uses* uses) {
    struct descriptor_sync sync = {0};
    struct descriptor lines[DESCRIPTOR_COPY_ND_LINES];
    enum result put = begin(recorder, engine_channel(command->channel), uses, &sync);
    if (put != RESULT_OK) {
        return put;
    }
    descriptor_copy_nd(command, &sync, lines);
    for (uint32_t i = 0; i < DESCRIPTOR_COPY_ND_LINES && put == RESULT_OK; ++i) {
        put = record_line(recorder, &lines[i]);
    }
    return put;
}

enum result record_fill(struct recorder* recorder, const struct fill_command* command,
                        const struct uses* uses) {
    struct descriptor_sync sync = {0};
    const enum result put = begin(recorder, engine_channel(command->channel), uses, &sync);
    if (put != RESULT_OK) {
        return put;
    }
    const struct descriptor line = descriptor_fill(command, &sync);
    return record_line(recorder, &line);
}

enum result record_vector(struct recorder* recorder, const struct vector_command* command,
                          const struct uses* uses) {
    struct descriptor_sync sync = {0};
    struct descriptor lines[DESCRIPTOR_VECTOR_LINES];
    enum result put = begin(recorder, engine_vector_core(command->core), uses, &sync);
    if (put != RESULT_OK) {
        return put;
    }
    descriptor_vector(command, &sync, lines);
    for (uint32_t i = 0; i < DESCRIPTOR_VECTOR_LINES && put == RESULT_OK; ++i) {
        put = record_line(recorder, &lines[i]);
    }
    return put;
}
