// SPDX-License-Identifier: Apache-2.0
#include "perf.h"

#include <string.h>

#include "mmio.h"
#include "perf_regs.h"

enum { NAME_BYTES = ATHENA_PERF_NAME_COUNT * ATHENA_PERF_NAME_STRIDE };

enum result perf_init(struct perf* perf, const struct fdt_region* region) {
    *perf = (struct perf){.registers = (uintptr_t)region->address};
    if (region->size == 0 ||
        mmio_read32(perf->registers + ATHENA_PERF_ID_OFFSET) != ATHENA_PERF_ID_RESET) {
        return RESULT_NOT_FOUND;
    }
    return RESULT_OK;
}

void perf_capture(struct perf* perf) {
    mmio_order();  // what the hart has stored is counted too
    mmio_write32(perf->registers + ATHENA_PERF_CAPTURE_OFFSET, 1);
    perf->counters = mmio_read32(perf->registers + ATHENA_PERF_COUNTERS_OFFSET);
}

uint64_t perf_time(const struct perf* perf) {
    return mmio_read64(perf->registers + ATHENA_PERF_TIME_OFFSET);
}

// Of the selected counter.
static bool has_name(const struct perf* perf, const uint64_t* wanted, size_t words) {
    const uintptr_t name = perf->registers + ATHENA_PERF_NAME_OFFSET;
    // Names begin alike and differ at the end.
    for (size_t i = words; i-- > 0;) {
        if (mmio_read64(name + i * ATHENA_PERF_NAME_STRIDE) != wanted[i]) {
            return false;
        }
    }
    return true;
}

enum result perf_read(const struct perf* perf, const char* name, uint64_t* value) {
    uint64_t wanted[ATHENA_PERF_NAME_COUNT] = {0};
    const size_t length = strlen(name);
    if (length >= NAME_BYTES) {
        return RESULT_NOT_FOUND;
    }
    memcpy(wanted, name, length);
    // With the zero after the last character.
    const size_t words = length / ATHENA_PERF_NAME_STRIDE + 1;
    for (uint32_t index = 0; index < perf->counters; ++index) {
        mmio_write32(perf->registers + ATHENA_PERF_SELECT_OFFSET, index);
        if (has_name(perf, wanted, words)) {
            *value = mmio_read64(perf->registers + ATHENA_PERF_VALUE_OFFSET);
            return RESULT_OK;
        }
    }
    return RESULT_NOT_FOUND;
}

void perf_name_work(const struct perf* perf, const char* unit) {
    uint64_t characters = 0;
    for (unsigned i = 0; i < sizeof characters && unit[i] != '\0'; ++i) {
        characters |= (uint64_t)(unsigned char)unit[i] << 8 * i;
    }
    mmio_write64(perf->registers + ATHENA_PERF_UNIT_OFFSET, characters);
}

void perf_add_work(const struct perf* perf, uint32_t amount) {
    mmio_write32(perf->registers + ATHENA_PERF_WORK_OFFSET, amount);
}

// Zeros behind it.
static void write_name(const struct perf* perf, const char* name) {
    uint64_t elements[ATHENA_PERF_SECTION_NAME_COUNT] = {0};
    const size_t length = strlen(name);
    memcpy(elements, name, length < sizeof elements ? length : sizeof elements);
    for (size_t i = 0; i < ATHENA_PERF_SECTION_NAME_COUNT; ++i) {
        const uintptr_t offset =
            ATHENA_PERF_SECTION_NAME_OFFSET + i * ATHENA_PERF_SECTION_NAME_STRIDE;
        mmio_write64(perf->registers + offset, elements[i]);
    }
}

void perf_name_section(const struct perf* perf, uint16_t number, const char* name) {
    write_name(perf, name);
    mmio_write32(perf->registers + ATHENA_PERF_SECTION_OFFSET, number);
}

void perf_mark(const struct perf* perf, const char* name, uint32_t number) {
    write_name(perf, name);
    mmio_write32(perf->registers + ATHENA_PERF_MARK_OFFSET, number);
}
