# SPDX-License-Identifier: Apache-2.0
# Executes one instruction at a time from a given image of all registers, whatever it is, and records
# what it changed (steps.py). Around it everything is c.ebreak; where pointers point, memory holds
# half-words that all differ and that are all illegal instructions.
#include "start.S"

#define LANDING 0x88000000        // 4 MiB of c.ebreak; instructions are placed in the middle
#define LANDING_SIZE 0x400000
#define SCRATCH 0x88800000        // pointers of images point to its middle
#define SCRATCH_SIZE 0x2000
#define PRISTINE 0x88810000

// An image: where the instruction is placed, fcsr, x1 to x31, f0 to f31.
#define IMAGE_SPOT 0
#define IMAGE_FCSR 8
#define IMAGE_X 16
#define IMAGE_F (16 + 31 * 8)
#define IMAGE_SIZE (16 + 63 * 8)

// State of the loop, in memory, as no register survives a step.
#define SAVED_X 0                 // x1 to x31 after the step
#define SAVED_F 248
#define LOOP_IMAGE 504
#define LOOP_ENCODING 512
#define LOOP_RESULT 520
#define LOOP_SP 528
#define LOOP_SIZE 544

    .text
    .option norvc
    .global run
run:
    addi sp, sp, -16
    sd ra, 0(sp)
    la t0, loop
    sd sp, LOOP_SP(t0)
    csrw mscratch, t0
    la t1, images
    sd t1, LOOP_IMAGE(t0)
    la t1, encodings
    sd t1, LOOP_ENCODING(t0)
    la t1, begin_signature
    sd t1, LOOP_RESULT(t0)
    la t1, stepped
    csrw mtvec, t1
    csrsi mie, 2                  # SSIP is pending, so that wfi goes on; MIE is 0
    csrsi mip, 2
    li t0, LANDING
    li t1, LANDING + LANDING_SIZE
    li t2, 0x9002900290029002
1:  sd t2, 0(t0)
    addi t0, t0, 8
    bne t0, t1, 1b
    li t0, SCRATCH
    li t1, SCRATCH + SCRATCH_SIZE
    li t2, PRISTINE
    li t3, 0
    li t5, 0x7FF
1:  and t4, t3, t5
    slli t4, t4, 2
    li t6, 0x8000
    or t4, t4, t6
    sh t4, 0(t0)
    sh t4, 0(t2)
    addi t3, t3, 1
    addi t0, t0, 2
    addi t2, t2, 2
    bne t0, t1, 1b
    # falls into the first step

step:
    la t0, loop
    ld s0, LOOP_IMAGE(t0)
    ld t1, IMAGE_SPOT(s0)
    ld t2, LOOP_ENCODING(t0)
    lw t3, 0(t2)
    sh t3, 0(t1)
    andi t4, t3, 3
    addi t4, t4, -3
    srli t3, t3, 16
    beqz t4, 1f
    li t3, 0x9002
1:  sh t3, 2(t1)
    fence.i
    csrw mepc, t1
    csrw mtval, zero
    sc.w t2, zero, (t0)           # no reservation is held from here on
    li t2, 0x1800                 # MPP = M
    csrs mstatus, t2
    ld t2, IMAGE_FCSR(s0)
    csrw fcsr, t2
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\i, (IMAGE_F + \i * 8)(s0)
    .endr
    li t2, 0x4000                 # FS = Initial
    csrc mstatus, t2
    mv x31, s0
    .irp i, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\i, (IMAGE_X + (\i - 1) * 8)(x31)
    .endr
    mret

    .balign 4
stepped:
    csrrw sp, mscratch, sp        # sp = loop
    .irp i, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\i, (SAVED_X + (\i - 1) * 8)(sp)
    .endr
    csrrw t0, mscratch, sp
    sd t0, (SAVED_X + 8)(sp)
    csrr s1, mstatus
    srli s1, s1, 13
    andi s1, s1, 3
    slli s1, s1, 8
    csrr s2, fcsr
    or s2, s2, s1
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\i, (SAVED_F + \i * 8)(sp)
    .endr
    mv s0, sp
    ld sp, LOOP_SP(s0)
    ld s3, LOOP_IMAGE(s0)
    ld s4, LOOP_RESULT(s0)
    csrr t0, mcause
    sd t0, 0(s4)
    csrr t0, mepc
    sd t0, 8(s4)
    csrr t0, mtval
    sd t0, 16(s4)
    addi a0, s0, SAVED_X
    addi a1, s3, IMAGE_X
    li a2, 31
    call changed
    slli a3, a3, 1                # bit i for x(i)
    sd a3, 24(s4)
    sd a4, 32(s4)
    addi a0, s0, SAVED_F
    addi a1, s3, IMAGE_F
    li a2, 32
    call changed
    sd a3, 40(s4)
    sd a4, 48(s4)
    sd s2, 56(s4)
    ld t0, LOOP_ENCODING(s0)      # stores and atomics reach all of the scratch memory; for others
    lw t0, 0(t0)                  # a part of it is enough
    andi t0, t0, 0x63
    addi t0, t0, -0x23
    li a0, SCRATCH
    li a1, PRISTINE
    li a2, SCRATCH_SIZE / 8
    beqz t0, 1f
    li t0, SCRATCH_SIZE / 2
    add a0, a0, t0
    add a1, a1, t0
    li a2, 128
1:
    call memory_changed
    sd a3, 64(s4)
    sd a4, 72(s4)
    addi s4, s4, 80
    sd s4, LOOP_RESULT(s0)
    # the next encoding, or the first one of the next image
    ld t0, LOOP_ENCODING(s0)
    addi t0, t0, 4
    la t1, encodings_end
    bne t0, t1, 1f
    addi s3, s3, IMAGE_SIZE
    sd s3, LOOP_IMAGE(s0)
    la t1, images_end
    beq s3, t1, 2f
    la t0, encodings
1:  sd t0, LOOP_ENCODING(s0)
    j step
2:  la t0, unexpected_trap
    csrw mtvec, t0
    ld ra, 0(sp)
    addi sp, sp, 16
    ret

# a3 = a bit for each of the a2 words at a0 that differs from a1's, a4 = the sum of these words
changed:
    li a3, 0
    li a4, 0
    li t0, 1
1:  ld t1, 0(a0)
    ld t2, 0(a1)
    beq t1, t2, 2f
    or a3, a3, t0
    add a4, a4, t1
2:  slli t0, t0, 1
    addi a0, a0, 8
    addi a1, a1, 8
    addi a2, a2, -1
    bnez a2, 1b
    ret

# a3 = address of the first word at a0 that differs from a1's, or 0, a4 = the sum of what differs;
# puts the words back
memory_changed:
    li a3, 0
    li a4, 0
1:  ld t1, 0(a0)
    ld t2, 0(a1)
    bne t1, t2, 3f
2:  addi a0, a0, 8
    addi a1, a1, 8
    addi a2, a2, -1
    bnez a2, 1b
    ret
3:  bnez a3, 4f
    mv a3, a0
4:  add a4, a4, t1
    sd t2, 0(a0)
    j 2b

    .bss
    .balign 8
loop:
    .space LOOP_SIZE
