# SPDX-License-Identifier: Apache-2.0
# One access after the other under PMP entries 0 to 3 (pmp.py); entry 4 opens the code, or all.
#include "start.S"

#define TARGET 0x88200000
#define CODE (0x80000000 >> 2 | 0x00FFFFFF)  // NAPOT: 128 MiB from 0x80000000 on
#define CASE_ADDRESSES 0          // pmpaddr0 to 3
#define CASE_CONFIG 32            // of entries 0 to 3
#define CASE_ADDRESS 40
#define CASE_CONTROL 48           // access, mode, whether entry 4 opens all
#define CASE_SIZE 56
#define MODE_SHIFT 8              // 0 U, 1 S, 2 U by MPRV, 3 M
#define ALL (1 << 16)

    .text
    .option norvc
# s0 case, s1 results, s2 control
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la s0, cases
    la s1, begin_signature
    la t0, done
    csrw mtvec, t0
next:
    csrw pmpcfg0, zero
    li t0, TARGET - 64            # an ecall in every word
    li t1, 0x73
    slli t2, t1, 32
    or t1, t1, t2
    li t2, 160
    add t2, t2, t0
1:  sd t1, 0(t0)
    addi t0, t0, 8
    bne t0, t2, 1b
    fence.i
    ld s2, CASE_CONTROL(s0)
    ld t0, CASE_ADDRESSES(s0)
    csrw pmpaddr0, t0
    ld t0, CASE_ADDRESSES+8(s0)
    csrw pmpaddr1, t0
    ld t0, CASE_ADDRESSES+16(s0)
    csrw pmpaddr2, t0
    ld t0, CASE_ADDRESSES+24(s0)
    csrw pmpaddr3, t0
    li t0, CODE
    li t1, ALL
    and t1, t1, s2
    beqz t1, 1f
    li t0, -1
1:  csrw pmpaddr4, t0
    ld t0, CASE_CONFIG(s0)
    li t1, 0x1F << 32
    or t0, t0, t1
    csrw pmpcfg0, t0
    csrr s3, pmpcfg0
    csrr s4, pmpaddr0
    sfence.vma
    andi t0, s2, 15
    slli t0, t0, 4
    la t1, pieces
    add t1, t1, t0
    ld a0, CASE_ADDRESS(s0)
    li a1, 0x0102030405060708
    li a3, 0
    srli t2, s2, MODE_SHIFT
    andi t2, t2, 3
    addi t3, t2, -3
    beqz t3, 2f
    addi t3, t2, -2
    beqz t3, 1f
    slli t2, t2, 11
    csrw mstatus, t2
    csrw mepc, t1
    mret
1:  li t2, 1 << 17                # MPRV, MPP = U
    csrw mstatus, t2
    jr t1
2:  csrw mstatus, zero
    jr t1

    .balign 4
done:
    li t0, 0x20000                # MPRV
    csrc mstatus, t0
    csrw pmpcfg0, zero
    csrr t0, mcause
    sd t0, 0(s1)
    csrr t0, mtval
    sd t0, 8(s1)
    sd a3, 16(s1)
    ld t0, CASE_ADDRESS(s0)
    andi t0, t0, -8
    ld t1, 0(t0)
    sd t1, 24(s1)
    ld t1, 8(t0)
    sd t1, 32(s1)
    sd s3, 40(s1)
    sd s4, 48(s1)
    addi s1, s1, 56
    addi s0, s0, CASE_SIZE
    la t0, cases_end
    bne s0, t0, next
    la t0, unexpected_trap
    csrw mtvec, t0
    ld ra, 0(sp)
    addi sp, sp, 16
    ret

    .balign 16
pieces:
    ld a3, 0(a0)
    ecall
    .balign 16
    sd a1, 0(a0)
    ecall
    .balign 16
    jr a0
    .balign 16
    amoadd.d a3, a1, (a0)
    ecall
    .balign 16
    lr.d a3, (a0)
    ecall
    .balign 16
    lw a3, 0(a0)
    ecall
    .balign 16
    sw a1, 0(a0)
    ecall
    .balign 16
    lbu a3, 0(a0)
    ecall
    .balign 16
    sb a1, 0(a0)
    ecall
