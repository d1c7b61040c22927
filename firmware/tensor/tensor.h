// SPDX-License-Identifier: Apache-2.0
// A matrix in HBM.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "descriptor_regs.h"
#include "recorder.h"

enum {
    FP32 = ATHENA_DESCRIPTOR_VECTOR_FORMAT_FP32,
    BF16 = ATHENA_DESCRIPTOR_VECTOR_FORMAT_BF16,
    INT32 = ATHENA_DESCRIPTOR_VECTOR_FORMAT_INT32,
    BYTES = 0x80,  // elements or scales of an MX format; in no descriptor
};

// Row-major, rows `ld` bytes apart. Views of a tensor share its buffer.
struct tensor {
    uint64_t address;
    uint32_t rows;
    uint32_t columns;
    uint64_t ld;
    uint8_t format;         // FP32, BF16, INT32 or BYTES
    struct buffer* buffer;  // what commands wait for; NULL: nothing writes it while lists run
    bool shared;            // by clusters: where there are several, barriers order its uses
};

static inline uint8_t log2_element(uint8_t format) {
    return format == BYTES ? 0 : format == BF16 ? 1 : 2;
}
static inline uint32_t element_bytes(uint8_t format) {
    return 1u << log2_element(format);
}

static inline uint32_t tensor_row_bytes(const struct tensor* tensor) {
    return tensor->columns * element_bytes(tensor->format);
}

// Rows from `first` on.
static inline struct tensor tensor_rows(const struct tensor* tensor, uint32_t first,
                                        uint32_t rows) {
    struct tensor view = *tensor;
    view.address += (uint64_t)first * tensor->ld;
    view.rows = rows;
    return view;
}

// Columns from `first` on.
static inline struct tensor tensor_columns(const struct tensor* tensor, uint32_t first,
                                           uint32_t columns) {
    struct tensor view = *tensor;
    view.address += (uint64_t)first * element_bytes(tensor->format);
    view.columns = columns;
    return view;
}

// A matrix of the elements from `first` on of a tensor whose rows lie one behind the other.
static inline struct tensor tensor_elements(const struct tensor* tensor, uint64_t first,
                                            uint32_t rows, uint32_t columns) {
    const uint32_t bytes = element_bytes(tensor->format);
    struct tensor view = *tensor;
    view.address += bytes * first;
    view.rows = rows;
    view.columns = columns;
    view.ld = (uint64_t)bytes * columns;
    return view;
}

// For cuts of tensors.
static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}
