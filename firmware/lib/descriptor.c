// SPDX-License-Identifier: Apache-2.0
#include "descriptor.h"

#include <assert.h>

#include "descriptor_regs.h"

static_assert(sizeof(struct descriptor) == ATHENA_DESCRIPTOR_SIZE, "one line");
static_assert(DESCRIPTOR_VECTOR_LINES * sizeof(struct descriptor) == ATHENA_DESCRIPTOR_VECTOR_SIZE,
              "two lines");
static_assert(DESCRIPTOR_COPY_ND_LINES * sizeof(struct descriptor) ==
                  ATHENA_DESCRIPTOR_COPY_ND_SIZE,
              "two lines");

static struct descriptor begin(uint8_t opcode, const struct descriptor_sync* sync) {
    struct descriptor line = {{0}};
    void* const at = line.bytes;
    athena_descriptor_set_opcode(at, opcode);
    athena_descriptor_set_tag(at, sync->tag);
    athena_descriptor_set_irq(at, sync->interrupt != 0);
    if (sync->wait[0].value != 0) {
        athena_descriptor_set_wait0(at, 1);
        athena_descriptor_set_wait0_sub(at, sync->wait[0].subtract != 0);
        athena_descriptor_set_wait0_sem(at, sync->wait[0].semaphore);
        athena_descriptor_set_wait0_value(at, sync->wait[0].value);
    }
    if (sync->wait[1].value != 0) {
        athena_descriptor_set_wait1(at, 1);
        athena_descriptor_set_wait1_sub(at, sync->wait[1].subtract != 0);
        athena_descriptor_set_wait1_sem(at, sync->wait[1].semaphore);
        athena_descriptor_set_wait1_value(at, sync->wait[1].value);
    }
    if (sync->signal.value != 0) {
        athena_descriptor_set_signal(at, 1);
        athena_descriptor_set_signal_sem(at, sync->signal.semaphore);
        athena_descriptor_set_signal_value(at, sync->signal.value);
    }
    return line;
}

struct descriptor descriptor_nop(const struct descriptor_sync* sync) {
    return begin(ATHENA_DESCRIPTOR_OPCODE_NOP, sync);
}

struct descriptor descriptor_fence(const struct descriptor_sync* sync) {
    return begin(ATHENA_DESCRIPTOR_OPCODE_FENCE, sync);
}

struct descriptor descriptor_matmul(const struct matmul_command* command,
                                    const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_MATMUL, sync);
    void* const at = line.bytes;
    athena_descriptor_set_engine(at, command->tile);
    athena_descriptor_matmul_set_a_format(at, command->a_format);
    athena_descriptor_matmul_set_b_format(at, command->b_format);
    athena_descriptor_matmul_set_c_format(at, command->result_bf16 != 0
                                                  ? ATHENA_DESCRIPTOR_RESULT_FORMAT_BF16
                                                  : ATHENA_DESCRIPTOR_RESULT_FORMAT_FP32);
    athena_descriptor_matmul_set_accumulate(at, command->accumulate != 0);
    athena_descriptor_matmul_set_transpose_a(at, command->a_transposed != 0);
    athena_descriptor_matmul_set_transpose_b(at, command->b_transposed != 0);
    athena_descriptor_matmul_set_a_addr(at, command->a);
    athena_descriptor_matmul_set_b_addr(at, command->b);
    athena_descriptor_matmul_set_c_addr(at, command->c);
    athena_descriptor_matmul_set_m(at, command->m);
    athena_descriptor_matmul_set_n(at, command->n);
    athena_descriptor_matmul_set_k(at, command->k);
    athena_descriptor_matmul_set_a_ld(at, (uint16_t)(command->a_ld / 32));
    athena_descriptor_matmul_set_b_ld(at, (uint16_t)(command->b_ld / 32));
    athena_descriptor_matmul_set_c_ld(at, (uint16_t)(command->c_ld / 32));
    athena_descriptor_matmul_set_a_scale_addr(at, command->a_scales);
    athena_descriptor_matmul_set_b_scale_addr(at, command->b_scales);
    athena_descriptor_matmul_set_a_scale_ld(at, (uint16_t)(command->a_scales_ld / 32));
    athena_descriptor_matmul_set_b_scale_ld(at, (uint16_t)(command->b_scales_ld / 32));
    return line;
}

struct descriptor descriptor_copy(const struct copy_command* command,
                                  const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_COPY, sync);
    void* const at = line.bytes;
    athena_descriptor_set_engine(at, command->channel);
    athena_descriptor_copy_set_element_log2(at, command->log2_element);
    athena_descriptor_copy_set_transpose(at, command->transpose != 0);
    athena_descriptor_copy_set_src(at, command->source);
    athena_descriptor_copy_set_dst(at, command->destination);
    athena_descriptor_copy_set_cols(at, command->columns);
    athena_descriptor_copy_set_rows(at, command->rows);
    athena_descriptor_copy_set_src_stride(at, command->source_stride);
    athena_descriptor_copy_set_dst_stride(at, command->destination_stride);
    return line;
}

void descriptor_copy_nd(const struct copy_nd_command* command, const struct descriptor_sync* sync,
                        struct descriptor lines[DESCRIPTOR_COPY_ND_LINES]) {
    lines[0] = begin(ATHENA_DESCRIPTOR_OPCODE_COPY_ND, sync);
    lines[1] = (struct descriptor){{0}};
    void* const at = lines[0].bytes;
    athena_descriptor_set_engine(at, command->channel);
    athena_descriptor_copy_nd_set_element_log2(at, command->log2_element);
    athena_descriptor_copy_nd_set_transpose(at, command->transpose != 0);
    athena_descriptor_copy_nd_set_src(at, command->source);
    athena_descriptor_copy_nd_set_dst(at, command->destination);
    athena_descriptor_copy_nd_set_cols(at, command->columns);
    athena_descriptor_copy_nd_set_rows(at, command->rows);
    athena_descriptor_copy_nd_set_size2(at, command->size[0]);
    athena_descriptor_copy_nd_set_size3(at, command->size[1]);
    athena_descriptor_copy_nd_set_size4(at, command->size[2]);
    athena_descriptor_copy_nd_set_src_stride1(at, command->source_stride[0]);
    athena_descriptor_copy_nd_set_src_stride2(at, command->source_stride[1]);
    athena_descriptor_copy_nd_set_src_stride3(at, command->source_stride[2]);
    athena_descriptor_copy_nd_set_src_stride4(at, command->source_stride[3]);
    athena_descriptor_copy_nd_set_dst_stride1(at, command->destination_stride[0]);
    athena_descriptor_copy_nd_set_dst_stride2(at, command->destination_stride[1]);
    athena_descriptor_copy_nd_set_dst_stride3(at, command->destination_stride[2]);
    athena_descriptor_copy_nd_set_dst_stride4(at, command->destination_stride[3]);
    athena_descriptor_copy_nd_set_multicast(at, command->multicast);
    athena_descriptor_copy_nd_set_multicast_stride(at, command->multicast_stride);
}

struct descriptor descriptor_fill(const struct fill_command* command,
                                  const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_FILL, sync);
    void* const at = line.bytes;
    athena_descriptor_set_engine(at, command->channel);
    athena_descriptor_fill_set_element_log2(at, command->log2_element);
    athena_descriptor_fill_set_pattern(at, command->pattern);
    athena_descriptor_fill_set_dst(at, command->destination);
    athena_descriptor_fill_set_cols(at, command->columns);
    athena_descriptor_fill_set_rows(at, command->rows);
    athena_descriptor_fill_set_dst_stride(at, command->destination_stride);
    return line;
}

struct descriptor descriptor_set_semaphore(uint8_t semaphore, uint32_t value,
                                           const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_SEM_SET, sync);
    athena_descriptor_set_signal_sem(line.bytes, semaphore);
    athena_descriptor_sem_set_set_value(line.bytes, value);
    return line;
}

struct descriptor descriptor_timestamp(uint64_t address, const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_TIMESTAMP, sync);
    athena_descriptor_timestamp_set_address(line.bytes, address);
    return line;
}

static void set_inputs(void* at, const struct vector_command* command) {
    athena_descriptor_vector_set_a_format(at, command->a.format);
    athena_descriptor_vector_set_a_spread(at, command->a.spread);
    athena_descriptor_vector_set_a_addr(at, command->a.address);
    athena_descriptor_vector_set_a_ld(at, command->a.ld);
    athena_descriptor_vector_set_b_format(at, command->b.format);
    athena_descriptor_vector_set_b_spread(at, command->b.spread);
    athena_descriptor_vector_set_b_addr(at, command->b.address);
    athena_descriptor_vector_set_b_ld(at, command->b.ld);
    athena_descriptor_vector_set_c_format(at, command->c.format);
    athena_descriptor_vector_set_c_spread(at, command->c.spread);
    athena_descriptor_vector_set_c_addr(at, command->c.address);
    athena_descriptor_vector_set_c_ld(at, command->c.ld);
    athena_descriptor_vector_set_d_addr(at, command->d.address);
    athena_descriptor_vector_set_d_ld(at, command->d.ld);
}

static void set_outputs(void* at, const struct vector_command* command) {
    athena_descriptor_vector_set_out_format(at, command->out.format);
    athena_descriptor_vector_set_out_addr(at, command->out.address);
    athena_descriptor_vector_set_out_ld(at, command->out.ld);
    athena_descriptor_vector_set_out1_format(at, command->out1.format);
    athena_descriptor_vector_set_out1_addr(at, command->out1.address);
    athena_descriptor_vector_set_out1_ld(at, command->out1.ld);
    athena_descriptor_vector_set_out2_addr(at, command->out2.address);
    athena_descriptor_vector_set_out2_ld(at, command->out2.ld);
}

void descriptor_vector(const struct vector_command* command, const struct descriptor_sync* sync,
                       struct descriptor lines[DESCRIPTOR_VECTOR_LINES]) {
    lines[0] = begin(ATHENA_DESCRIPTOR_OPCODE_VECTOR, sync);
    lines[1] = (struct descriptor){{0}};
    void* const at = lines[0].bytes;
    athena_descriptor_set_engine(at, command->core);
    athena_descriptor_vector_set_operation(at, command->operation);
    athena_descriptor_vector_set_accumulate(at, command->accumulate != 0);
    athena_descriptor_vector_set_saturate(at, command->saturate != 0);
    athena_descriptor_vector_set_mx_format(at, command->mx_format);
    athena_descriptor_vector_set_rows(at, command->rows);
    athena_descriptor_vector_set_columns(at, command->columns);
    athena_descriptor_vector_set_entries(at, command->entries);
    set_inputs(at, command);
    set_outputs(at, command);
    athena_descriptor_vector_set_scale(at, command->scale);
    athena_descriptor_vector_set_offset(at, command->offset);
    athena_descriptor_vector_set_seed(at, command->seed);
    athena_descriptor_vector_set_first(at, command->first);
    athena_descriptor_vector_set_stream(at, command->stream);
}

struct descriptor descriptor_call(uint64_t address, uint32_t lines,
                                  const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_CALL, sync);
    athena_descriptor_call_set_address(line.bytes, address);
    athena_descriptor_call_set_lines(line.bytes, lines);
    return line;
}

struct descriptor descriptor_notify(uint64_t address, uint32_t value,
                                    const struct descriptor_sync* sync) {
    struct descriptor line = begin(ATHENA_DESCRIPTOR_OPCODE_NOTIFY, sync);
    athena_descriptor_notify_set_address(line.bytes, address);
    athena_descriptor_notify_set_value(line.bytes, value);
    return line;
}
