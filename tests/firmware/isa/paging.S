# SPDX-License-Identifier: Apache-2.0
# One access after the other through a page table in which one entry is what the case says; records
# the trap, what was read and written, and the entry afterwards (paging.py).
#include "start.S"

#define ROOT 0x88000000
#define LEVEL1 0x88001000
#define LEVEL0 0x88002000
#define TARGET 0x88200000         // the virtual page under test, and behind it its neighbour
#define OTHER 0x88205000          // where the neighbour lies for some cases

// The virtual page: Sv39 root[4], level1[65], level0[0]; Sv48 top[5], root2[2], then the same.
#ifdef SV48
#define TOP 0x88003000            // top[0]: root, for the code
#define ROOT2 0x88004000
#define TOP_ENTRY (TOP + 5 * 8)
#define ROOT_ENTRY (ROOT2 + 2 * 8)
#define SATP (9 << 60 | TOP >> 12)
#else
#define ROOT_ENTRY (ROOT + 4 * 8)
#define TOP_ENTRY ROOT_ENTRY
#define SATP (8 << 60 | ROOT >> 12)
#endif
#define LEVEL1_ENTRY (LEVEL1 + 65 * 8)
#define LEVEL0_ENTRY LEVEL0
#define NEIGHBOUR_ENTRY (LEVEL0 + 8)
#define USER_ALIAS 0x40000000     // what U-mode adds to addresses of code

#define CASE_ENTRY 0
#define CASE_ADDRESS 8
#define CASE_CONTROL 16           // place of the entry, access, mode, bits of mstatus
#define CASE_SIZE 24
#define PLACE_SHIFT 0
#define ACCESS_SHIFT 4
#define MODE_SHIFT 8              // 0 U and 1 S by MPRV, 2 U, 3 S
#define STATUS_MASK 0xC0000       // SUM, MXR

    .text
    .option norvc
# s0 case, s1 results, s2 control, s3 where the entry is, s4 base of the code's addresses
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la s0, cases
    la s1, begin_signature
    li t0, ROOT
    li t1, 0x5000
    add t1, t1, t0
1:  sd zero, 0(t0)
    addi t0, t0, 8
    bne t0, t1, 1b
    li t0, ROOT + 2 * 8           # code: 1 GiB pages, for S and, as the next GiB, for U
    li t1, 0x80000000 >> 2 | 0xCF
    sd t1, 0(t0)
    li t1, 0x80000000 >> 2 | 0xDF
    sd t1, 8(t0)
#ifdef SV48
    li t0, TOP
    li t1, ROOT >> 2 | 1
    sd t1, 0(t0)
#endif
    li t0, SATP
    csrw satp, t0
    la t0, done
    csrw mtvec, t0
next:
    ld s2, CASE_CONTROL(s0)
#ifdef SV48
    li t0, TOP_ENTRY
    li t1, ROOT2 >> 2 | 1
    sd t1, 0(t0)
#endif
    li t0, ROOT_ENTRY
    li t1, LEVEL1 >> 2 | 1
    sd t1, 0(t0)
    li t0, LEVEL1_ENTRY
    li t1, LEVEL0 >> 2 | 1
    sd t1, 0(t0)
    li t0, LEVEL0_ENTRY
    li t1, TARGET >> 2 | 0xDF
    andi t2, s2, 1 << MODE_SHIFT  # not a user page for S-mode
    srli t2, t2, MODE_SHIFT - 4
    xor t1, t1, t2
    sd t1, 0(t0)
    li t3, (OTHER - TARGET) >> 2
    add t1, t1, t3
    sd t1, 8(t0)
    la t0, places
    andi t1, s2, 15
    slli t1, t1, 3
    add t0, t0, t1
    ld s3, 0(t0)
    ld t0, CASE_ENTRY(s0)
    sd t0, 0(s3)
    sfence.vma
    call fill_target
    srli t0, s2, ACCESS_SHIFT
    andi t0, t0, 15
    slli t0, t0, 4
    la t1, pieces
    add t1, t1, t0
    ld a0, CASE_ADDRESS(s0)
    li a1, 0x0102030405060708
    li a3, 0
    srli t2, s2, MODE_SHIFT
    andi t3, t2, 1                # the privilege
    slli t3, t3, 11
    li t4, STATUS_MASK
    and t4, t4, s2
    or t3, t3, t4
    li t4, 0x2000                 # FS
    or t3, t3, t4
    andi t2, t2, 2
    bnez t2, 1f
    li t4, 1 << 17                # MPRV
    or t3, t3, t4
    csrw mstatus, t3
    jr t1
1:  andi t2, s2, 1 << MODE_SHIFT
    bnez t2, 2f
    li t2, USER_ALIAS
    add t1, t1, t2
2:  csrw mstatus, t3
    csrw mepc, t1
    mret

    .balign 4
done:
    li t0, 0x20000                # MPRV
    csrc mstatus, t0
    csrr t0, mcause
    sd t0, 0(s1)
    csrr t0, mtval
    sd t0, 8(s1)
    sd a3, 16(s1)
    ld t0, 0(s3)
    sd t0, 24(s1)
    ld t0, CASE_ADDRESS(s0)
    li t1, 0xFF8
    and t0, t0, t1
    li t1, TARGET
    add t0, t0, t1
    ld t0, 0(t0)
    sd t0, 32(s1)
    li t1, OTHER
    ld t0, 0(t1)
    sd t0, 40(s1)
    addi s1, s1, 48
    addi s0, s0, CASE_SIZE
    la t0, cases_end
    bne s0, t0, next
    csrw satp, zero
    la t0, unexpected_trap
    csrw mtvec, t0
    ld ra, 0(sp)
    addi sp, sp, 16
    ret

# An ecall at the start of the page and over its end; the rest differs.
fill_target:
    li t0, TARGET
    li t1, 0x1122334400000073
    sd t1, 0(t0)
    li t1, 0x00735577AA996688
    li t2, 0xFF8
    add t2, t2, t0
    sd t1, 0(t2)
    li t0, OTHER
    li t1, 0x99BBDDFF77440000
    sd t1, 0(t0)
    li t0, TARGET + 0x1000
    sd t1, 0(t0)
    fence.i
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
    lr.d a3, (a0)
    sc.d a3, a1, (a0)
    ecall
    .balign 16
    lhu a3, 0(a0)
    ecall
    .balign 16
    sh a1, 0(a0)
    ecall

    .data
    .balign 8
places:
    .dword LEVEL0_ENTRY, LEVEL1_ENTRY, ROOT_ENTRY, NEIGHBOUR_ENTRY, TOP_ENTRY
