/* SPDX-License-Identifier: Apache-2.0 */
// Runs the cases of a random program (README.md): puts the hart, the page tables, PMP and the data
// windows into the state that a case wants, enters its code, and records the complete state at each
// trap. layout.inc is written by layout.py.
#include "layout.inc"

#define MPP 0x1800
#define FS 0x6000
#define MPRV 0x20000
#define TVM 0x100000
#define FINISHER 0x100000
#define CLINT 0x2000000

// The save area, which mscratch points to while a case runs.
#define SAVE_T0 0
#define SAVE_SLOT 8
#define SAVE_CASE 16
#define SAVE_TRAP 24              // where the next record goes
#define SAVE_END 32
#define SAVE_COUNT 40             // traps of this case
#define SAVE_START 48             // minstret when the case was entered, or gone on with
#define SAVE_SCRATCH 56

    .text
    .option norvc
    .global _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la t0, skip
    csrw mtvec, t0
    li t0, CLINT + 0x4000         # no timer interrupt
    li t1, -1
    sd t1, 0(t0)
    li s0, CASES
    li s1, TRAPS
    li s2, ENDS
next_case:                        // s0 case, s1 next trap record, s2 next end record
    csrw mie, zero
    li t0, FS
    csrw mstatus, t0
    csrw satp, zero
    ld t1, CASE_PMP(s0)
    beqz t1, 1f
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    ld t2, (\i * 8)(t1)
    csrw pmpaddr\i, t2
    .endr
    ld t2, 128(t1)
    csrw pmpcfg0, t2
    ld t2, 136(t1)
    csrw pmpcfg2, t2
1:  ld t1, CASE_PATCH(s0)
    beqz t1, 1f
    lhu t2, CASE_PATCH_NEW(s0)
    sh t2, 0(t1)
    fence.i
1:  addi t1, s0, CASE_POKES
    li t2, POKES
1:  ld t3, 0(t1)
    ld t4, 8(t1)
    sd t4, 0(t3)
    addi t1, t1, 24
    addi t2, t2, -1
    bnez t2, 1b
    sfence.vma
    ld t1, CASE_WINDOWS(s0)
    li t2, DATA
    li t3, DATA_PAGES
    li t4, 1984
2:  .irp i, 0,1,2,3,4,5,6,7
    ld t0, (\i * 8)(t1)
    sd t0, (\i * 8)(t2)
    .endr
    add t5, t2, t4
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    ld t0, (64 + \i * 8)(t1)
    sd t0, (\i * 8)(t5)
    .endr
    add t5, t5, t4
    .irp i, 0,1,2,3,4,5,6,7
    ld t0, (192 + \i * 8)(t1)
    sd t0, (64 + \i * 8)(t5)
    .endr
    addi t1, t1, 256
    li t0, 4096
    add t2, t2, t0
    addi t3, t3, -1
    bnez t3, 2b

    ld t0, CASE_MEDELEG(s0)
    csrw medeleg, t0
    ld t0, CASE_MIDELEG(s0)
    csrw mideleg, t0
    ld t0, CASE_STVEC(s0)
    csrw stvec, t0
    ld t0, CASE_COUNTEREN(s0)
    srli t1, t0, 32
    csrw scounteren, t1
    slli t0, t0, 32
    srli t0, t0, 32
    csrw mcounteren, t0
    ld t0, CASE_FCSR(s0)
    csrw fcsr, t0
    csrw mcause, zero
    csrw mtval, zero
    csrw scause, zero
    csrw stval, zero
    csrw sscratch, zero
    csrw sepc, zero
    csrw menvcfg, zero
    csrw senvcfg, zero
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\i, (CASE_F + \i * 8)(s0)
    .endr
    la sp, save
    sd s0, SAVE_CASE(sp)
    sd s1, SAVE_TRAP(sp)
    sd s2, SAVE_END(sp)
    sd zero, SAVE_COUNT(sp)
    addi t0, sp, SAVE_SCRATCH
    sc.w zero, zero, (t0)         // no reservation is left
    ld t0, CASE_ENTRY(s0)
    csrw mepc, t0
    ld t0, CASE_MTVEC(s0)
    csrw mtvec, t0
    ld t0, CASE_SATP(s0)
    csrw satp, t0
    sfence.vma
    ld t0, CASE_MIP(s0)
    csrw mip, t0
    ld t0, CASE_MSTATUS(s0)       // MIE is off until mret
    csrw mstatus, t0
    ld t0, CASE_MIE(s0)
    csrw mie, t0
    csrw mscratch, sp
    mv x31, s0
    csrr t0, minstret
    sd t0, SAVE_START(sp)
    .irp i, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\i, (CASE_X + (\i - 1) * 8)(x31)
    .endr
    mret

    .balign 256
    .global machine_vectors
machine_vectors:
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    j machine_\i
    .endr
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
machine_\i:
    csrrw sp, mscratch, sp
    sd t0, SAVE_T0(sp)
    li t0, \i
    j trap
    .endr

// S-mode's trap vectors: on to M-mode by what is not delegated.
    .balign 256
    .global supervisor_ecalls, supervisor_illegals, supervisor_return
supervisor_ecalls:
    .rept 16
    ecall
    .endr
    .balign 256
supervisor_illegals:
    .rept 16
    .word 0
    .endr
supervisor_return:
    sret

// An access of this driver's that a locked PMP entry forbids: without it.
    .balign 4
skip:
    csrr t6, mepc
    addi t6, t6, 4
    csrw mepc, t6
    mret

trap:
    sd t0, SAVE_SLOT(sp)
    csrr t0, minstret
    sd t1, SAVE_SCRATCH(sp)
    ld t1, SAVE_START(sp)
    sub t1, t0, t1
    ld t0, SAVE_TRAP(sp)
    sd t1, RECORD_INSTRET(t0)
    ld t1, SAVE_SCRATCH(sp)
    .irp i, 1,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\i, (RECORD_X + (\i - 1) * 8)(t0)
    .endr
    mv s1, t0
    ld t0, SAVE_T0(sp)
    sd t0, (RECORD_X + 4 * 8)(s1)
    csrr t0, mscratch
    sd t0, (RECORD_X + 1 * 8)(s1)
    csrr s3, mstatus
    li t0, FS
    csrs mstatus, t0
    ld s0, SAVE_CASE(sp)
    ld s4, SAVE_COUNT(sp)
    csrr s5, mcause
    csrr s6, mepc
    .macro record place, name
    csrr t0, \name
    sd t0, \place(s1)
    .endm
    sd s5, RECORD_MCAUSE(s1)
    sd s6, RECORD_MEPC(s1)
    sd s3, RECORD_MSTATUS(s1)
    record RECORD_MTVAL, mtval
    record RECORD_MIP, mip
    record RECORD_SCAUSE, scause
    record RECORD_SEPC, sepc
    record RECORD_STVAL, stval
    record RECORD_FCSR, fcsr
    record RECORD_MIE, mie
    record RECORD_MEDELEG, medeleg
    record RECORD_MIDELEG, mideleg
    record RECORD_SATP, satp
    record RECORD_SSCRATCH, sscratch
    record RECORD_STVEC, stvec
    record RECORD_MTVEC, mtvec
    record RECORD_MCOUNTEREN, mcounteren
    record RECORD_SCOUNTEREN, scounteren
    record RECORD_MENVCFG, menvcfg
    record RECORD_SENVCFG, senvcfg
    ld t0, SAVE_SLOT(sp)
    sd t0, RECORD_SLOT(s1)
    ld t0, CASE_INDEX(s0)
    slli t0, t0, 8
    or t0, t0, s4
    sd t0, RECORD_ID(s1)
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\i, (RECORD_F + \i * 8)(s1)
    .endr
    addi s4, s4, 1
    sd s4, SAVE_COUNT(sp)
    addi t0, s1, RECORD_SIZE
    sd t0, SAVE_TRAP(sp)

    // Who trapped, and where: S-mode's handler sends its traps on.
    li s7, 0
    la t0, supervisor_ecalls
    sub t0, s6, t0
    li t1, 512
    bgeu t0, t1, 1f
    la t0, supervisor_return
    beq s6, t0, 1f
    li s7, 1
    csrr s5, scause
    csrr s6, sepc
1:  ld t0, CASE_END(s0)
    xor t0, t0, s6
    slli t0, t0, 43               // aliases of the code differ above bit 20
    beqz t0, case_ends
    ld t0, CASE_STOP(s0)
    xor t0, t0, s6
    slli t0, t0, 43
    beqz t0, case_ends
    li t0, MOST_TRAPS
    bgeu s4, t0, case_ends

    mv s8, s6                     // where to go on
    bgez s5, synchronous
    csrw mip, zero
    li t0, CLINT
    slli t1, s5, 1
    addi t1, t1, -6               // machine software
    bnez t1, 1f
    sw zero, 0(t0)
    lw zero, 0(t0)
1:  addi t1, t1, -8               // machine timer
    bnez t1, go_on
    li t1, 0x4000
    add t0, t0, t1
    li t1, -1
    sd t1, 0(t0)
    ld zero, 0(t0)
    j go_on
synchronous:
    addi t0, s5, -1
    beqz t0, recover
    addi t0, s5, -12
    beqz t0, recover
    srli t0, s6, 30
    addi t0, t0, -2               // one of the aliases at 2, 3, 4, 5 GiB
    li t1, 4
    bgeu t0, t1, recover
    slli t0, s6, 34
    srli t0, t0, 34
    li t1, CODE & 0x3fffffff
    sub t0, t0, t1
    li t1, CODE_SIZE
    bgeu t0, t1, recover
    li t1, CODE
    add t0, t0, t1
    lhu t0, 0(t0)
    andi t0, t0, 3
    addi t0, t0, -3
    seqz t0, t0
    slli t0, t0, 1
    addi t0, t0, 2
    add s8, s8, t0
go_on:
    bnez s7, 1f
    csrw mepc, s8
    j back
1:  csrw sepc, s8
    la t0, supervisor_return
    csrw mepc, t0
    j back
recover:                          // in the mode the case began in, at one of its later parts
    ld t0, CASE_SATP(s0)
    csrw satp, t0
    sfence.vma
    andi t0, s4, 7
    slli t0, t0, 1
    add t0, t0, s0
    lhu t0, CASE_RECOVERY(t0)
    ld t1, CASE_BASE(s0)
    add t0, t0, t1
    csrw mepc, t0
    li t0, MPP
    not t0, t0
    and s3, s3, t0
    ld t0, CASE_MODE(s0)
    slli t0, t0, 11
    or s3, s3, t0
back:
    csrw mcause, zero
    csrw mtval, zero
    csrw scause, zero
    csrw stval, zero
    csrw mstatus, s3
    li t0, MPRV | TVM             // QEMU 7.2 keeps translations although mret changes MPP; and
    and t0, t0, s3                // where TVM has kept S-mode from a fence
    beqz t0, 1f
    sfence.vma
1:  addi t0, sp, SAVE_SCRATCH
    sc.w zero, zero, (t0)
    mv t0, s1
    csrr t1, minstret
    sd t1, SAVE_START(sp)
    .irp i, 1,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\i, (RECORD_X + (\i - 1) * 8)(t0)
    .endr
    ld t0, SAVE_T0(sp)
    csrrw sp, mscratch, sp
    mret

case_ends:
    la t0, skip
    csrw mtvec, t0
    csrw mie, zero
    csrw mip, zero
    li t0, FS
    csrw mstatus, t0
    csrw satp, zero
    sfence.vma
    li t0, CLINT
    sw zero, 0(t0)
    li t1, 0x4000
    add t0, t0, t1
    li t1, -1
    sd t1, 0(t0)
    ld zero, 0(t0)
    ld s1, SAVE_TRAP(sp)
    ld s2, SAVE_END(sp)
    ld t0, CASE_INDEX(s0)
    sd t0, END_ID(s2)
    sd s4, END_TRAPS(s2)
    csrr t0, pmpcfg0
    sd t0, END_PMPCFG0(s2)
    csrr t0, pmpcfg2
    sd t0, END_PMPCFG2(s2)
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    csrr t0, pmpaddr\i
    sd t0, (END_PMPADDR + \i * 8)(s2)
    .endr
    addi t1, s0, CASE_POKES
    addi t5, s2, END_POKES
    li t2, POKES
1:  ld t3, 0(t1)
    ld t4, 0(t3)
    sd t4, 0(t5)
    ld t4, 16(t1)
    sd t4, 0(t3)
    addi t1, t1, 24
    addi t5, t5, 8
    addi t2, t2, -1
    bnez t2, 1b
    addi t1, s2, END_WINDOWS
    li t2, DATA
    li t3, DATA_PAGES
    li t4, 1984
2:  .irp i, 0,1,2,3,4,5,6,7
    li t0, 0
    ld t0, (\i * 8)(t2)
    sd t0, (\i * 8)(t1)
    .endr
    add t5, t2, t4
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    li t0, 0
    ld t0, (\i * 8)(t5)
    sd t0, (64 + \i * 8)(t1)
    .endr
    add t5, t5, t4
    .irp i, 0,1,2,3,4,5,6,7
    li t0, 0
    ld t0, (64 + \i * 8)(t5)
    sd t0, (192 + \i * 8)(t1)
    .endr
    addi t1, t1, 256
    li t0, 4096
    add t2, t2, t0
    addi t3, t3, -1
    bnez t3, 2b
    ld t1, CASE_PATCH(s0)
    beqz t1, 1f
    lhu t2, CASE_PATCH_OLD(s0)
    sh t2, 0(t1)
    fence.i
1:  li t0, END_SIZE
    add s2, s2, t0
    li t0, CASE_SIZE
    add s0, s0, t0
    ld t0, CASE_ENTRY(s0)
    bnez t0, next_case
    li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
park:
    wfi
    j park

    .balign 4096                  // not in a page of code, to which stores are slow on QEMU
save:
    .space 128
