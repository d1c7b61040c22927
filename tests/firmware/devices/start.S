/* SPDX-License-Identifier: Apache-2.0 */
/* Hart 0 runs main and ends by the finisher; nothing may trap. */
    .section .text.start, "ax"
    .globl _start
_start:
    la   t0, trapped
    csrw mtvec, t0
    csrr t0, mhartid
    bnez t0, park
    la   sp, stack_end
    call main
    li   t0, 0x100000
    li   t1, 0x5555
    sw   t1, 0(t0)
park:
    wfi
    j    park

    .balign 4
trapped:
    li   t0, 0x100000
    li   t1, 0x13333
    sw   t1, 0(t0)
    j    park

    .bss
    .balign 16
    .space 16384
stack_end:
