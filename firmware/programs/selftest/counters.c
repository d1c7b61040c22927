// SPDX-License-Identifier: Apache-2.0
// The performance counters, against work that is known.
#include "perf.h"
#include "selftest.h"

enum { COLUMNS = 4096, ROWS = 3 };

static uint64_t counter(const struct perf* perf, const char* name) {
    uint64_t value = 0;
    require(perf_read(perf, name, &value), name);
    return value;
}

void test_counters(struct selftest* test) {
    struct perf perf;
    require(perf_init(&perf, &test->runtime->board.perf), "performance counters");
    const uint8_t* source = take_memory(test->runtime, ROWS, COLUMNS);
    const uint8_t* destination = take_memory(test->runtime, ROWS, COLUMNS);
    const struct copy_command command = {.columns = COLUMNS,
                                         .rows = ROWS,
                                         .source = (uintptr_t)source,
                                         .destination = (uintptr_t)destination,
                                         .source_stride = COLUMNS,
                                         .destination_stride = COLUMNS};
    const struct descriptor_sync none = {0};
    const struct descriptor line = descriptor_copy(&command, &none);

    perf_capture(&perf);
    const uint64_t time = perf_time(&perf);
    const uint64_t bytes = counter(&perf, "cluster0.dma.channel0.bytes");
    const uint64_t busy = counter(&perf, "cluster0.dma.channel0.busy_cycles");
    const uint64_t descriptors = counter(&perf, "cluster0.command.descriptors_completed");
    const uint64_t written = counter(&perf, "ram.bytes_written");
    const uint64_t instructions = counter(&perf, "harts.0.instructions");
    require(run_good_list(test, &line, 1), "a copy");
    check(test, counter(&perf, "cluster0.dma.channel0.bytes") == bytes,
          "counters: a capture stays as it is");
    perf_capture(&perf);
    check(test, counter(&perf, "cluster0.dma.channel0.bytes") - bytes == COLUMNS * ROWS,
          "counters: a DMA channel's bytes are those of the copy");
    check(test, counter(&perf, "cluster0.dma.channel0.busy_cycles") > busy,
          "counters: it was busy");
    check(test, counter(&perf, "cluster0.command.descriptors_completed") - descriptors == 2,
          "counters: the command processor completed a copy and a fence");
    check(test, counter(&perf, "ram.bytes_written") - written >= COLUMNS * ROWS,
          "counters: RAM was written");
    check(test, counter(&perf, "harts.0.instructions") > instructions && perf_time(&perf) > time,
          "counters: instructions and time go on");
    uint64_t value = 0;
    check(test, perf_read(&perf, "cluster0.dma.channel0.byte", &value) == RESULT_NOT_FOUND,
          "counters: a name that is not there is not found");
}
