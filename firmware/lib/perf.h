// SPDX-License-Identifier: Apache-2.0
// The board's performance counters (models/perf/perf.regs.toml): all blocks' at one instant, by
// name.
#pragma once

#include <stdint.h>

#include "fdt.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct perf {
    uintptr_t registers;
    uint32_t counters;  // in the last capture
};

// RESULT_NOT_FOUND: the board has none.
MUST_USE enum result perf_init(struct perf* perf, const struct fdt_region* region);

// Takes all counters as they stand now.
void perf_capture(struct perf* perf);

// Board time of the last capture, in picoseconds.
uint64_t perf_time(const struct perf* perf);

// The counter's value in the last capture; its name is as in --stats, parts joined by dots:
// "cluster0.dma.channel0.bytes". Without such a counter RESULT_NOT_FOUND.
MUST_USE enum result perf_read(const struct perf* perf, const char* name, uint64_t* value);

// What perf_add_work() counts from here on: up to 8 characters, as in "tokens".
void perf_name_work(const struct perf* perf, const char* unit);

// Tells the board that so much has been done, for whoever measures the simulator.
void perf_add_work(const struct perf* perf, uint32_t amount);

// Gives section `number`, from 1 on, a name of up to 64 characters, as "layer 3/attention", under
// which reports tell of the descriptors that have this number in the upper 16 bits of their tags.
void perf_name_section(const struct perf* perf, uint16_t number, const char* name);

// Marks this instant under a name of up to 64 characters, as "step", and a number in the timeline
// of whoever has asked for one.
void perf_mark(const struct perf* perf, const char* name, uint32_t number);

#ifdef __cplusplus
}
#endif
