# SPDX-License-Identifier: Apache-2.0
# Runs each kernel of `cases` over its tables of operands and records what it did (kernels.py).
#include "start.S"

#define KERNEL 0
#define FCSR 8
#define MODE 16
#define TABLE_A 24
#define TABLE_B 40
#define TABLE_C 56
#define CASE_SIZE 72
#define MODE_ZIPPED 1
#define MODE_TRAPS 2

    .text
    .option norvc
# s0 case, s1 kernel, s2 s3 s4 operands, s5 end of table C, s6 end of table B, s7 mode, s8 results,
# s9 flags, s10 fcsr, s11 records
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la s0, cases
    la s8, begin_signature
    ld s9, flags_offset
    add s9, s9, s8
    ld s11, records_offset
    add s11, s11, s8
1:  la t0, cases_end
    beq s0, t0, 2f
    ld s1, KERNEL(s0)
    ld s10, FCSR(s0)
    ld s7, MODE(s0)
    ld s2, TABLE_A(s0)
    ld s3, TABLE_B(s0)
    ld s6, TABLE_B + 8(s0)
    ld s4, TABLE_C(s0)
    ld s5, TABLE_C + 8(s0)
    call run_case
    addi s0, s0, CASE_SIZE
    j 1b
2:  ld ra, 0(sp)
    addi sp, sp, 16
    ret

run_case:
    addi sp, sp, -16
    sd ra, 0(sp)
1:  ld a0, 0(s2)
    ld a1, 0(s3)
    ld a2, 0(s4)
    fmv.d.x fa0, a0
    fmv.d.x fa1, a1
    fmv.d.x fa2, a2
    li a3, 0
    fmv.d.x fa3, zero
    andi t0, s7, MODE_TRAPS
    bnez t0, 5f
    csrw fcsr, s10
    jalr s1
    csrr t0, fcsr
    sd a3, 0(s8)
    addi s8, s8, 8
    sb t0, 0(s9)
    addi s9, s9, 1
2:  andi t0, s7, MODE_ZIPPED
    bnez t0, 3f
    addi s4, s4, 8
    bne s4, s5, 1b
    ld s4, TABLE_C(s0)
    addi s3, s3, 8
    bne s3, s6, 1b
    ld s3, TABLE_B(s0)
    j 4f
3:  addi s4, s4, 8
    addi s3, s3, 8
4:  addi s2, s2, 8
    ld t0, TABLE_A + 8(s0)
    bne s2, t0, 1b
    ld ra, 0(sp)
    addi sp, sp, 16
    ret
# A kernel that may trap.
5:  la t0, kernel_trap
    csrw mtvec, t0
    csrw mcause, zero
    csrw mepc, zero
    csrw mtval, zero
    csrw fcsr, s10
    jalr s1
6:  csrr t0, fcsr
    sd a3, 0(s11)
    sd t0, 8(s11)
    csrr t0, mcause
    sd t0, 16(s11)
    csrr t0, mepc
    sd t0, 24(s11)
    csrr t0, mtval
    sd t0, 32(s11)
    addi s11, s11, 40
    la t0, unexpected_trap
    csrw mtvec, t0
    j 2b
    .balign 4
kernel_trap:
    j 6b
