# SPDX-License-Identifier: Apache-2.0
# Runs one workload on hart 0, for whose result other harts wait, each in the way of its number, and ends by the finisher: as passed if the low 7 bits of the result are 0, else with them as the code.
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
    la t2, lock
    li t3, 1
    la t4, ways
    csrr t1, mhartid
    andi t1, t1, WAYS           # 0: all harts alike
    slli t1, t1, 2
    add t4, t4, t1
    jr t4
    .option push
    .option norvc
ways:
    j load
    j load
    j swap
    j reserve
    j add
    j count
    j until
    j exchange
    .option pop

load:
    ld t1, 0(t0)
    beqz t1, load
    j 1b
swap:                           # a lock that nobody gives back
    amoswap.w.aq t1, t3, (t2)
    bnez t1, swap
    j 1b
reserve:
    lr.w.aq t1, (t2)
    bnez t1, reserve
    sc.w t1, t3, (t2)
    bnez t1, reserve
    j 1b
add:
    amoadd.d t1, zero, (t0)
    beqz t1, add
    j 1b
count:                          # turns of the wait
    addi t5, t5, 1
    ld t1, 0(t0)
    beqz t1, count
    j 1b
until:                          # for as long as mtime can count
    rdtime t1
    bgez t1, until
    j 1b
exchange:
    lr.w.aq t1, (t2)
    bnez t1, 2f
    sc.w t1, t3, (t2)
    beqz t1, 1b
2:  fence
    j exchange

    .section .result, "aw"
    .global result
result:
    .dword 0
    .balign 64
lock:
    .word 1

    .bss
    .balign 16
    .space 65536
stack_end:
