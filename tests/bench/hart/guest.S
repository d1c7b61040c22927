# SPDX-License-Identifier: Apache-2.0
# Runs one workload on hart 0, for whose result other harts spin, and ends by the finisher: as passed if the low 7 bits of the result are 0, else with them as the code.
    .section .start, "ax"
    .global _start
_start:
    csrr t0, mhartid
    bnez t0, others
    la sp, stack_end
    li t0, 1 << 13          # FS = Initial
    csrs mstatus, t0
    li a0, ROUNDS
    call WORKLOAD
    la t0, result
    sd a0, 0(t0)
    andi a0, a0, 127
    slli a0, a0, 16
    li t0, 0x3333
    or a0, a0, t0
    li t0, 0x100000
    sw a0, 0(t0)
1:  wfi
    j 1b

others:
    la t0, result
2:  ld t1, 0(t0)
    beqz t1, 2b
    j 1b

    .section .result, "aw"
    .global result
result:
    .dword 0

    .bss
    .balign 16
    .space 65536
stack_end:
