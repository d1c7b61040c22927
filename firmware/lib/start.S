# SPDX-License-Identifier: Apache-2.0
# Entry of every program: a0 = hart id, a1 = device tree, M-mode. The first hart (id 0) runs the
# program; the others sleep.
    .section .text.start, "ax"
    .globl  _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    csrw    mie, zero
    la      t0, trap_entry
    csrw    mtvec, t0
    bnez    a0, sleep
    la      sp, __stack_top
    li      t0, 0x2000          # mstatus.FS = initial
    csrs    mstatus, t0
    csrw    fcsr, zero
    la      t0, __bss_start
    la      t1, __bss_end
clear:
    bgeu    t0, t1, run
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       clear
run:
    call    runtime_main        # does not return
sleep:
    wfi
    j       sleep

# Saves what the C handler may change, integer and floating point.
    .balign 4
    .globl  trap_entry
trap_entry:
    addi    sp, sp, -304
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    sd      x\r, 8*\r(sp)
    .endr
    fsd     f0, 0(sp)
    fsd     f1, 16(sp)
    fsd     f2, 24(sp)
    fsd     f3, 32(sp)
    fsd     f4, 64(sp)
    fsd     f5, 72(sp)
    fsd     f6, 144(sp)
    fsd     f7, 152(sp)
    fsd     f10, 160(sp)
    fsd     f11, 168(sp)
    fsd     f12, 176(sp)
    fsd     f13, 184(sp)
    fsd     f14, 192(sp)
    fsd     f15, 200(sp)
    fsd     f16, 208(sp)
    fsd     f17, 216(sp)
    fsd     f28, 256(sp)
    fsd     f29, 264(sp)
    fsd     f30, 272(sp)
    fsd     f31, 280(sp)
    frcsr   t0
    sd      t0, 288(sp)
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    trap_dispatch
    csrw    mepc, a0
    ld      t0, 288(sp)
    fscsr   t0
    fld     f0, 0(sp)
    fld     f1, 16(sp)
    fld     f2, 24(sp)
    fld     f3, 32(sp)
    fld     f4, 64(sp)
    fld     f5, 72(sp)
    fld     f6, 144(sp)
    fld     f7, 152(sp)
    fld     f10, 160(sp)
    fld     f11, 168(sp)
    fld     f12, 176(sp)
    fld     f13, 184(sp)
    fld     f14, 192(sp)
    fld     f15, 200(sp)
    fld     f16, 208(sp)
    fld     f17, 216(sp)
    fld     f28, 256(sp)
    fld     f29, 264(sp)
    fld     f30, 272(sp)
    fld     f31, 280(sp)
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    ld      x\r, 8*\r(sp)
    .endr
    addi    sp, sp, 304
    mret

# The simulator watches these words (HTIF).
    .section .htif, "aw"
    .balign 64
    .globl  tohost
tohost:
    .dword  0
    .balign 64
    .globl  fromhost
fromhost:
    .dword  0
