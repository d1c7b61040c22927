# SPDX-License-Identifier: Apache-2.0
# Start and end of a directed program; it defines `run` and may use all of memory from `scratch` on.
    .section .start, "ax"
    .option norvc
    .global _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la sp, stack_end
    la t0, unexpected_trap
    csrw mtvec, t0
    li t0, -1              # every address for every mode
    csrw pmpaddr0, t0
    li t0, 0x1F
    csrw pmpcfg0, t0
    li t0, 1 << 13         # FS = Initial
    csrs mstatus, t0
    call run
    li t1, 0x5555          # the finisher: pass
finish:
    li t0, 0x100000
    sw t1, 0(t0)
park:
    wfi
    j park

    .balign 4
    .global unexpected_trap
unexpected_trap:
    li t1, 0x13333         # the finisher: fail with code 1
    j finish

    .section .stack, "aw", @nobits
    .balign 16
    .space 4096
stack_end:
