// SPDX-License-Identifier: Apache-2.0
// The generated C accessors, compiled as C.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void sample_fill_step(void* line, uint8_t mode, uint8_t last, uint32_t tag, uint16_t kind,
                      int64_t stride);
uint16_t sample_step_kind(const void* line);
int64_t sample_step_stride(const void* line);

#ifdef __cplusplus
}
#endif
