/* SPDX-License-Identifier: Apache-2.0 */
/* Each hart enters main or worker with its number and a stack of 4 KiB. */
    .section .text.start, "ax"
    .globl _start
_start:
    la   t0, trapped
    csrw mtvec, t0
    li   t0, 1 << 13            /* mstatus.FS */
    csrs mstatus, t0
    csrr a0, mhartid
    la   sp, stacks
    addi t0, a0, 1
    slli t0, t0, 12
    add  sp, sp, t0
    bnez a0, other
    call main
    slli a0, a0, 1              /* 0: passed */
    ori  a0, a0, 1
    la   t0, tohost
    sd   a0, 0(t0)
other:
    call worker
park:
    wfi
    j    park

    .balign 4
trapped:
    j    trapped

    .bss
    .balign 4096
stacks:
    .space 8 * 4096

    .section .data
    .balign 64
    .globl tohost
tohost:
    .dword 0
