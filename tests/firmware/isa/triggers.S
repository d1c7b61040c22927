# SPDX-License-Identifier: Apache-2.0
# Runs kernels in M, S and U under the first trigger, until they trap (triggers.py).
#include "start.S"

#define CASE_KERNEL 0             // offset from `kernels`
#define CASE_MODE 8               // 0 U, 1 S, 3 M
#define CASE_TDATA1 16
#define CASE_TDATA2 24            // an address of data, or an offset from `kernels`
#define CASE_BASE 32              // 1: tdata2 is an offset
#define CASE_SIZE 40
#define TARGET 0x88200000
#define TCONTROL 0x7A5
#define MTE 8

    .text
    .option norvc
# s0 case, s1 results, s2 whether there is tcontrol
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la t0, 1f
    csrw mtvec, t0
    li s2, 0
    csrr t0, TCONTROL
    li s2, 1
    .balign 4
1:  la t0, done
    csrw mtvec, t0
    la s0, cases
    la s1, begin_signature
next:
    li a0, TARGET
    li a1, 0x0102030405060708
    sd a1, -8(a0)
    sd a1, 0(a0)
    sd a1, 8(a0)
    addi a1, a1, 0x11
    li a3, 0
    li a4, 0
    la t2, kernels
    ld t0, CASE_TDATA2(s0)
    ld t1, CASE_BASE(s0)
    beqz t1, 1f
    add t0, t0, t2
1:  csrw tdata2, t0
    ld t0, CASE_TDATA1(s0)
    csrw tdata1, t0
    csrr s3, tdata1
    ld t0, CASE_KERNEL(s0)
    add t2, t2, t0
    li t0, 0x2000                 # FS
    ld t1, CASE_MODE(s0)
    addi t3, t1, -3
    beqz t3, 1f
    slli t1, t1, 11
    or t0, t0, t1
    csrw mstatus, t0
    csrw mepc, t2
    mret
1:  csrw mstatus, t0
    beqz s2, 1f
    csrw TCONTROL, MTE
1:  jr t2

    .balign 4
done:
    li t0, 2 << 60                # no mode, no access
    csrw tdata1, t0
    csrr t0, mcause
    sd t0, 0(s1)
    csrr t0, mepc
    la t1, kernels
    sub t0, t0, t1
    sd t0, 8(s1)
    csrr t0, mtval
    ld t2, CASE_BASE(s0)
    beqz t2, 1f
    sub t0, t0, t1
1:  sd t0, 16(s1)
    sd a3, 24(s1)
    sd a4, 32(s1)
    li t0, TARGET
    ld t1, 0(t0)
    sd t1, 40(s1)
    sd s3, 48(s1)
    addi s1, s1, 56
    addi s0, s0, CASE_SIZE
    la t0, cases_end
    bne s0, t0, next
    la t0, unexpected_trap
    csrw mtvec, t0
    ld ra, 0(sp)
    addi sp, sp, 16
    ret
