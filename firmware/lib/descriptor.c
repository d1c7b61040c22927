// SPDX-License-Identifier: Apache-2.0
#include "descriptor.h"

#include <assert.h>

#include "descriptor_regs.h"

static_assert(sizeof(struct descriptor) == ATHENA_DESCRIPTOR_SIZE, "one line");

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
    athena_descriptor_matmul_set_a_format(at, ATHENA_DESCRIPTOR_OPERAND_FORMAT_BF16);
    athena_descriptor_matmul_set_b_format(at, ATHENA_DESCRIPTOR_OPERAND_FORMAT_BF16);
    athena_descriptor_matmul_set_c_format(at, command->result_bf16 != 0
                                                  ? ATHENA_DESCRIPTOR_RESULT_FORMAT_BF16
                                                  : ATHENA_DESCRIPTOR_RESULT_FORMAT_FP32);
    athena_descriptor_matmul_set_accumulate(at, command->accumulate != 0);
    athena_descriptor_matmul_set_a_addr(at, command->a);
    athena_descriptor_matmul_set_b_addr(at, command->b);
    athena_descriptor_matmul_set_c_addr(at, command->c);
    athena_descriptor_matmul_set_m(at, command->m);
    athena_descriptor_matmul_set_n(at, command->n);
    athena_descriptor_matmul_set_k(at, command->k);
    athena_descriptor_matmul_set_a_ld(at, (uint16_t)(command->a_ld / 32));
    athena_descriptor_matmul_set_b_ld(at, (uint16_t)(command->b_ld / 32));
    athena_descriptor_matmul_set_c_ld(at, (uint16_t)(command->c_ld / 32));
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
