# SPDX-License-Identifier: Apache-2.0
"""Small bare-metal programs for tests of the `athena` program, assembled by the cross compiler."""

import subprocess

# Writes the low 32 bits of t0 to tohost; the upper half is zero (docs/firmware.md).
EXIT = """
    la t1, tohost
    sd t0, 0(t1)
1:  j 1b
"""

TOHOST = """
    .balign 64
    .globl tohost
tohost: .dword 0
"""

UART = 0x10000000
FINISHER = 0x100000
COMMAND = 0x4000000000


def program(body, data=""):
    """An assembler program that starts with `body`."""
    return f"    .globl _start\n_start:\n{body}\n{data}\n"


def line(opcode, tag, wait, value, signal):
    """A descriptor that waits for semaphore `wait` >= `value`, then adds 1 to semaphore `signal`."""
    return (f"    .balign 64\n    .byte {opcode}, 0\n    .half 0xa\n    .word {tag}\n"
            f"    .byte {wait}, 0, {signal}, 0\n    .half {value}, 0, 1\n    .zero 46\n")


def ring(index, label):
    """Sets up a ring of 2 descriptors at `label` and submits the first."""
    base = COMMAND + 0x100 + 0x80 * index
    return (f"    li t0, {base}\n    la t1, {label}\n    sd t1, 0(t0)\n    li t1, 2\n"
            f"    sw t1, 8(t0)\n    li t1, 1\n    sw t1, 0xc(t0)\n    sw t1, 0x14(t0)\n")


PASS = program("    li t0, 1\n" + EXIT, TOHOST)

GUESTS = {
    "pass": PASS,
    "fail-5": program("    li t0, 5 << 1 | 1\n" + EXIT, TOHOST),
    "finisher-pass": program(f"    li t0, 0x5555\n    li t1, {FINISHER}\n    sw t0, 0(t1)\n1:  j 1b"),
    "finisher-fail-7": program(
        f"    li t0, 0x3333 | 7 << 16\n    li t1, {FINISHER}\n    sw t0, 0(t1)\n1:  j 1b"),
    "resets": program(f"    li t0, 0x7777\n    li t1, {FINISHER}\n    sw t0, 0(t1)\n1:  j 1b"),
    "forever": program("1:  j 1b"),
    "nowhere": program("    li t0, 0x66600000\n    jr t0"),
    "bad-vector": program("    la t0, vector\n    csrw mtvec, t0\n    ebreak\n    .balign 4\nvector: .word 0"),
    "sleeps": program("    csrw mie, zero\n1:  wfi\n    j 1b"),
    # A NOP in ring 0 and a copy of ring 1 wait for each other.
    "deadlock": program(
        ring(0, "nop") + ring(1, "copy") + "    csrw mie, zero\n1:  wfi\n    j 1b",
        "    .balign 64\nnop:\n" + line(0, 7, 5, 3, 6) + "    .zero 64\ncopy:\n"
        + line(2, 8, 6, 1, 5) + "    .zero 64\n"),
    # Fourteen writes of a register of a virtio queue that there is not.
    "faults": program(
        "    li s1, 14\n    li s2, 0x10008000\n    li t0, 99\n    sw t0, 0x30(s2)\n1:  sw t0, 0x38(s2)\n"
        "    addi s1, s1, -1\n    bnez s1, 1b\n    li t0, 1\n" + EXIT, TOHOST),
    # Loads from where nothing is; the trap handler passes.
    "fault": program(
        "    la t0, handler\n    csrw mtvec, t0\n    li t0, 0x50000000\n    lw t1, 0(t0)\n1:  j 1b\n"
        "    .balign 4\nhandler:\n    li t0, 1\n" + EXIT, TOHOST),
    "signature": program(
        "    li t0, 1\n" + EXIT,
        TOHOST + "    .balign 16\n    .globl begin_signature, end_signature\nbegin_signature:\n"
        "    .word 0x12345678, 0xdeadbeef, 1\nend_signature:\n"),
    # Sends back what it reads, twice; Q ends it with success. Sleeps between: the uart's interrupt
    # (source 10, machine context of hart 0) wakes it.
    "echo": program(f"""
    li s0, {UART}
    li t0, 1
    sb t0, 1(s0)                # IER: received data
    li t1, 0x0c000000
    sw t0, 4 * 10(t1)           # priority of source 10
    li t0, 1 << 10
    li t1, 0x0c002000
    sw t0, 0(t1)                # enabled for context 0
    li t0, 1 << 11
    csrw mie, t0                # MEIE; mstatus.MIE stays 0: WFI only wakes
    la s1, ready
2:  lbu t0, 0(s1)
    beqz t0, 3f
    sb t0, 0(s0)
    addi s1, s1, 1
    j 2b
3:  wfi
4:  lbu t0, 5(s0)               # LSR
    andi t0, t0, 1
    beqz t0, 5f
    lbu a0, 0(s0)
    sb a0, 0(s0)
    sb a0, 0(s0)
    li t0, 'Q'
    bne a0, t0, 4b
    li t0, 1
""" + EXIT + """
5:  li t1, 0x0c200004           # claim and complete
    lw t0, 0(t1)
    sw t0, 0(t1)
    j 3b
ready: .asciz "ready\\n"
""", TOHOST),
}


def build(compiler, folder, name, flags=(), suffix=""):
    """Assembles GUESTS[name] at the start of RAM; returns the ELF file's path."""
    file = folder / f"{name}{suffix}.elf"
    subprocess.run(
        [compiler, "-march=rv64gc", "-mabi=lp64d", "-nostdlib", "-Wl,-Ttext=0x80000000",
         "-Wl,-N",
         "-Wl,--no-warn-rwx-segments", "-Wl,--build-id=none", *flags, "-x", "assembler", "-", "-o", str(file)],
        input=GUESTS[name].encode(), check=True)
    return file
