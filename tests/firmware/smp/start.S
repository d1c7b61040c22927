/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of all harts in M-mode, or of the first in S-mode, and of those that it starts by SBI:
   a0 = hart id, a1 = device tree. tp is the hart's number, which is its id. */
#ifdef SUPERVISOR
#define TVEC stvec
#define IE sie
#define STATUS sstatus
#define EPC sepc
#define CAUSE scause
#define RETURN sret
#else
#define TVEC mtvec
#define IE mie
#define STATUS mstatus
#define EPC mepc
#define CAUSE mcause
#define RETURN mret
#endif
    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    csrw    IE, zero
    la      t0, trap_entry
    csrw    TVEC, t0
    li      t0, 0x2000          /* FS = initial */
    csrs    STATUS, t0
    mv      tp, a0
    la      s0, hart_main
    la      sp, stacks
    slli    t0, a0, 13
    add     sp, sp, t0
    li      t0, 8192
    add     sp, sp, t0
#ifdef SUPERVISOR
    la      t0, first           /* the others begin where a1 says */
    li      t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    mv      t2, a1
    beqz    t1, clear_all
    mv      s0, t2
    j       go
clear_all:
#else
    bnez    a0, wait
#endif
    la      t0, __bss_start
    la      t1, __bss_end
clear:
    bgeu    t0, t1, cleared
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       clear
cleared:
    call    prepare
    fence   rw, rw
    la      t0, prepared
    li      t1, 1
    sw      t1, 0(t0)
wait:
    la      t0, prepared
    lw      t1, 0(t0)
    beqz    t1, wait
    fence   rw, rw
go:
    mv      a0, tp
    jalr    s0
park:
    wfi
    j       park

    .balign 4
trap_entry:
    addi    sp, sp, -256
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    sd      x\r, 8*\r(sp)
    .endr
    csrr    a0, CAUSE
    csrr    a1, EPC
    call    trapped
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    ld      x\r, 8*\r(sp)
    .endr
    addi    sp, sp, 256
    RETURN

    .data
    .balign 64
first:
    .word   0
prepared:
    .word   0

    .section .stacks, "aw", @nobits
    .balign 16
stacks:
    .space  8 * 8192
