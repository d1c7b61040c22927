# SPDX-License-Identifier: Apache-2.0
# Each compressed instruction, padded to a word, and behind it what it stands for (Volume I, tables
# 16.5 to 16.7), as the assembler encodes both.
    .macro pair compressed:req, full:req
    .option push
    .option rvc
    \compressed
    .option pop
    .half 0
    .option push
    .option norvc
    \full
    .option pop
    .endm

    .macro registers first, second
    pair "c.lw \first, 124(\second)", "lw \first, 124(\second)"
    pair "c.lw \first, 4(\second)", "lw \first, 4(\second)"
    pair "c.lw \first, 64(\second)", "lw \first, 64(\second)"
    pair "c.ld \first, 248(\second)", "ld \first, 248(\second)"
    pair "c.ld \first, 8(\second)", "ld \first, 8(\second)"
    pair "c.ld \first, 64(\second)", "ld \first, 64(\second)"
    pair "c.sw \first, 124(\second)", "sw \first, 124(\second)"
    pair "c.sw \first, 68(\second)", "sw \first, 68(\second)"
    pair "c.sd \first, 248(\second)", "sd \first, 248(\second)"
    pair "c.sd \first, 72(\second)", "sd \first, 72(\second)"
    pair "c.fld f\first, 200(\second)", "fld f\first, 200(\second)"
    pair "c.fsd f\first, 16(\second)", "fsd f\first, 16(\second)"
    pair "c.sub \first, \second", "sub \first, \first, \second"
    pair "c.xor \first, \second", "xor \first, \first, \second"
    pair "c.or \first, \second", "or \first, \first, \second"
    pair "c.and \first, \second", "and \first, \first, \second"
    pair "c.subw \first, \second", "subw \first, \first, \second"
    pair "c.addw \first, \second", "addw \first, \first, \second"
    pair "c.addi4spn \first, sp, 1020", "addi \first, sp, 1020"
    pair "c.addi4spn \first, sp, 4", "addi \first, sp, 4"
    pair "c.addi4spn \first, sp, 344", "addi \first, sp, 344"
    pair "c.srli \first, 1", "srli \first, \first, 1"
    pair "c.srli \first, 63", "srli \first, \first, 63"
    pair "c.srai \first, 32", "srai \first, \first, 32"
    pair "c.andi \first, -32", "andi \first, \first, -32"
    pair "c.andi \first, 21", "andi \first, \first, 21"
    .endm

    .macro wide register
    pair "c.addi \register, -32", "addi \register, \register, -32"
    pair "c.addi \register, 31", "addi \register, \register, 31"
    pair "c.addiw \register, -1", "addiw \register, \register, -1"
    pair "c.addiw \register, 0", "addiw \register, \register, 0"
    pair "c.li \register, -32", "addi \register, zero, -32"
    pair "c.li \register, 21", "addi \register, zero, 21"
    pair "c.slli \register, 63", "slli \register, \register, 63"
    pair "c.slli \register, 32", "slli \register, \register, 32"
    pair "c.slli \register, 1", "slli \register, \register, 1"
    pair "c.lwsp \register, 252(sp)", "lw \register, 252(sp)"
    pair "c.lwsp \register, 84(sp)", "lw \register, 84(sp)"
    pair "c.ldsp \register, 504(sp)", "ld \register, 504(sp)"
    pair "c.ldsp \register, 168(sp)", "ld \register, 168(sp)"
    pair "c.swsp \register, 252(sp)", "sw \register, 252(sp)"
    pair "c.swsp \register, 84(sp)", "sw \register, 84(sp)"
    pair "c.sdsp \register, 504(sp)", "sd \register, 504(sp)"
    pair "c.sdsp \register, 168(sp)", "sd \register, 168(sp)"
    pair "c.jr \register", "jalr zero, 0(\register)"
    pair "c.jalr \register", "jalr ra, 0(\register)"
    pair "c.mv \register, t6", "add \register, zero, t6"
    pair "c.mv t6, \register", "add t6, zero, \register"
    pair "c.add \register, ra", "add \register, \register, ra"
    .endm

    registers s0, a5
    registers a5, s0
    registers a2, a3
    .irp register, ra, sp, t0, s1, a0, s10, t6
    wide \register
    .endr
    .irp register, ra, t0, s1, a0, s10, t6
    pair "c.lui \register, 1", "lui \register, 1"
    pair "c.lui \register, 31", "lui \register, 31"
    pair "c.lui \register, 0xFFFE0", "lui \register, 0xFFFE0"
    .endr
    .irp register, ft0, fs0, fa5, ft11
    pair "c.fldsp \register, 504(sp)", "fld \register, 504(sp)"
    pair "c.fsdsp \register, 168(sp)", "fsd \register, 168(sp)"
    .endr
    pair "c.addi16sp sp, -512", "addi sp, sp, -512"
    pair "c.addi16sp sp, 496", "addi sp, sp, 496"
    pair "c.addi16sp sp, 336", "addi sp, sp, 336"
    pair "c.addi16sp sp, 160", "addi sp, sp, 160"
    pair "c.nop", "addi zero, zero, 0"
    pair "c.ebreak", "ebreak"
    .irp offset, -2048, 2046, 1364, 682, -2, 16, 32, 64, 128, 256, 512, 1024
    pair "c.j . + \offset", "jal zero, . + \offset"
    .endr
    .irp offset, -256, 254, 170, 84, -2, 8, 16, 32, 64, 128
    pair "c.beqz s0, . + \offset", "beq s0, zero, . + \offset"
    pair "c.bnez a5, . + \offset", "bne a5, zero, . + \offset"
    .endr
