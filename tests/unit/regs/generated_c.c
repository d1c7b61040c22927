// SPDX-License-Identifier: Apache-2.0
#include "generated_c.h"

#include "sample_regs.h"

_Static_assert(ATHENA_SAMPLE_STEP_STRIDE_OFFSET == 8, "offsets of members are constants");
_Static_assert(ATHENA_SAMPLE_STEP_SIZE == 16, "sizes are constants");
_Static_assert(ATHENA_SAMPLE_MODE_ONE_SHOT == 1, "enumerators are constants");

void sample_fill_step(void* line, uint8_t mode, uint8_t last, uint32_t tag, uint16_t kind,
                      int64_t stride) {
    athena_sample_step_set_mode(line, mode);
    athena_sample_step_set_last(line, last);
    athena_sample_step_set_tag(line, tag);
    athena_sample_step_set_kind(line, kind);
    athena_sample_step_set_stride(line, stride);
}

uint16_t sample_step_kind(const void* line) {
    return athena_sample_step_get_kind(line);
}

int64_t sample_step_stride(const void* line) {
    return athena_sample_step_get_stride(line);
}
