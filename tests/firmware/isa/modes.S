# SPDX-License-Identifier: Apache-2.0
# Runs kernels in M, S and U with given control and status registers until they trap, and records
# who took the trap and what it found (modes.py).
#include "start.S"

#define CASE_KERNEL 0             // offset from `kernels`
#define CASE_MODE 8               // 0 U, 1 S, 3 M
#define CASE_MSTATUS 16
#define CASE_MEDELEG 24
#define CASE_MIDELEG 32
#define CASE_MIE 40
#define CASE_MIP 48               // SSIP, STIP, SEIP as mip has them, MSIP and MTIP by the CLINT
#define CASE_VECTORED 56          // bit 0 mtvec, bit 1 stvec, bit 2 S-mode comes back by ecall
#define CASE_OPERAND 64
#define CASE_COUNTEREN 72         // mcounteren, and in the upper half scounteren
#define CASE_ENVCFG 80            // menvcfg
#define CASE_SIZE 88

#define STIMECMP 0x14D

#define MSIP 0x2000000
#define MTIMECMP 0x2004000
#define MPP 0x1800

    .text
    .option norvc
# s0 case, s1 results, s2 flags of the case, s11 who took the trap
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la s0, cases
    la s1, begin_signature
next:
    csrw mie, zero
    csrw mstatus, zero
    li t0, -1
    csrw STIMECMP, t0
    ld t0, CASE_ENVCFG(s0)
    csrw menvcfg, t0
    ld t0, CASE_MIP(s0)
    csrw mip, t0
    li t1, MSIP
    srli t2, t0, 3
    andi t2, t2, 1
    sw t2, 0(t1)
    lw t2, 0(t1)
    li t1, MTIMECMP
    andi t2, t0, 0x80
    addi t2, t2, -1
    srai t2, t2, 63               # all ones unless MTIP is asked for
    sd t2, 0(t1)
    ld t2, 0(t1)
1:  csrr t1, mip                  # until the wires say so
    xor t1, t1, t0
    andi t1, t1, 0x88
    bnez t1, 1b
    ld s2, CASE_VECTORED(s0)
    andi t0, s2, 1
    la t1, machine_vectors
    or t1, t1, t0
    csrw mtvec, t1
    srli t0, s2, 1
    andi t0, t0, 1
    la t1, supervisor_vectors
    or t1, t1, t0
    csrw stvec, t1
    ld t0, CASE_MEDELEG(s0)
    csrw medeleg, t0
    ld t0, CASE_MIDELEG(s0)
    csrw mideleg, t0
    csrw mcause, zero
    csrw mtval, zero
    csrw scause, zero
    csrw stval, zero
    la t0, back
    csrw sepc, t0
    csrw satp, zero
    ld t0, CASE_COUNTEREN(s0)
    csrw mcounteren, t0
    srli t0, t0, 32
    csrw scounteren, t0
    li a7, 0
    li a3, 0
    li a4, 0
    li s11, 0
    ld a0, CASE_OPERAND(s0)
    ld t0, CASE_MIE(s0)
    csrw mie, t0
    la t1, kernels
    ld t2, CASE_KERNEL(s0)
    add t1, t1, t2
    ld t0, CASE_MSTATUS(s0)
    ld t2, CASE_MODE(s0)
    addi t3, t2, -3
    beqz t3, 1f
    slli t2, t2, 11
    li t3, MPP
    not t3, t3
    and t0, t0, t3
    or t0, t0, t2
    csrw mepc, t1
    csrw mstatus, t0
    mret
1:  la t2, back
    csrw mepc, t2
    csrw mstatus, t0
    jr t1

# Where mret and sret of kernels go.
back:
    li a7, 99
    ecall

.macro vectors name, common
    .balign 256
\name:
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    j \name\()_\i
    .endr
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
\name\()_\i:
    addi s11, s11, \i
    j \common
    .endr
.endm
    vectors machine_vectors, machine_trap
    vectors supervisor_vectors, supervisor_trap

supervisor_trap:
    addi s11, s11, 0x100
    csrr s3, scause
    csrr s4, sepc
    csrr s5, stval
    andi t0, s2, 4
    bnez t0, 1f
    .word 0                       # back to M-mode
1:  ecall

machine_trap:
    csrr s9, mstatus
    csrw mstatus, zero
    csrr s10, mip
    csrw mie, zero
    li t0, 0x100
    bge s11, t0, 1f
    csrr s3, mcause
    csrr s4, mepc
    csrr s5, mtval
1:  sd s11, 0(s1)
    sd s3, 8(s1)
    sd s4, 16(s1)
    sd s5, 24(s1)
    sd s9, 32(s1)
    sd s10, 40(s1)
    sd a7, 48(s1)
    sd a3, 56(s1)
    sd a4, 64(s1)
    addi s1, s1, 72
    addi s0, s0, CASE_SIZE
    la t0, cases_end
    bne s0, t0, next
    csrw menvcfg, zero
    li t1, MSIP
    sw zero, 0(t1)
    la t0, unexpected_trap
    csrw mtvec, t0
    ld ra, 0(sp)
    addi sp, sp, 16
    ret
