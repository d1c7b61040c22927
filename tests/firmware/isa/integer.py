# SPDX-License-Identifier: Apache-2.0
"""Integer arithmetic, jumps and branches (Volume I, chapters 2, 5 and 7)."""
from kernels import Case, kernel_program
from operands import FEW_INTEGERS, INTEGERS
from operations import OPERATIONS

IMMEDIATES = (0, 1, -1, 2, 5, 31, 32, 63, 0x555, -0x556, 2047, -2048)
UPPERS = (0, 1, 0x7FFFF, 0x80000, 0xFFFFF, 0x12345, 0xFEDCB)


def _arithmetic():
    pair = {"a": tuple(INTEGERS), "b": tuple(INTEGERS)}
    for operation in OPERATIONS:
        name, opcode = operation.mnemonic, operation.match & 0x7F
        if operation.format == "R" and opcode in (0x33, 0x3B):
            yield Case(f"{name} a3, a0, a1", **pair)
            same = f"{name} a3, a0, a0"
            yield Case(same, a=tuple(INTEGERS))
            onto = f"{name} a0, a0, a1"
            yield Case(onto, onto + "\n    mv a3, a0", a=tuple(FEW_INTEGERS),
                       b=tuple(FEW_INTEGERS))
            onto = f"{name} a1, a0, a1"
            yield Case(onto, onto + "\n    mv a3, a1", a=tuple(FEW_INTEGERS),
                       b=tuple(FEW_INTEGERS))
            nowhere = f"{name} zero, a0, a1"
            yield Case(nowhere, nowhere + "\n    mv a3, zero", a=tuple(FEW_INTEGERS))
        elif operation.format == "I" and opcode in (0x13, 0x1B):
            for immediate in IMMEDIATES:
                text = f"{name} a3, a0, {immediate}"
                yield Case(text, a=tuple(INTEGERS))
        elif operation.format == "Shift":
            for amount in range(32 if opcode == 0x1B else 64):
                text = f"{name} a3, a0, {amount}"
                yield Case(text, a=tuple(INTEGERS))
        elif operation.format == "U":
            for immediate in UPPERS:
                text = f"{name} a3, {immediate:#x}"
                yield Case(text)


def _jumps():
    for operation in OPERATIONS:
        if operation.format != "B":
            continue
        name = operation.mnemonic
        pair = {"a": tuple(INTEGERS), "b": tuple(INTEGERS)}
        forth = f"{name} a0, a1"
        yield Case(forth + ", forward", f"""{name} a0, a1, 1f
    addi a3, a3, 1
1:  addi a3, a3, 2""", **pair)
        yield Case(forth + ", backward", f"""li t0, 2
    j 2f
1:  addi a3, a3, 16
    ret
2:  {name} a0, a1, 1b
    addi a3, a3, 32""", **pair)
        # A loop: the same branch taken and not.
        yield Case(forth + ", looping", f"""li t0, 5
1:  addi a3, a3, 1
    addi a0, a0, 1
    addi t0, t0, -1
    beqz t0, 2f
    {name} a0, a1, 1b
2:""", a=tuple(FEW_INTEGERS), b=tuple(FEW_INTEGERS))
    yield Case("jal a3", """jal a3, 1f
    li a3, 0
1:""")
    yield Case("jal a3, backward", """j 2f
1:  ret
2:  jal a3, 1b""")
    for offset in (0, 1, 4, -4, 2047, -2048):
        yield Case(f"jalr a3, {offset}(t0)", f"""la t0, 1f
    addi t0, t0, {-offset if offset != -2048 else 2047}
    {"addi t0, t0, 1" if offset == -2048 else "nop"}
    jalr a3, {offset}(t0)
    li a3, 0
1:""")
    yield Case("jalr t0, 1(t0): link onto base, lowest bit cleared", """la t0, 1f
    jalr t0, 1(t0)
    li t0, 0
1:  mv a3, t0""")
    for fence in ("fence", "fence r, w", "fence rw, rw", "fence iorw, iorw", "fence.tso",
                  ".word 0xFFF0000F  # fence with reserved fm", "fence.i"):
        yield Case(fence, f"""{fence}
    addi a3, a0, 1""", a=tuple(FEW_INTEGERS))


def program(slow=False):
    del slow
    return kernel_program("integer", list(_arithmetic()) + list(_jumps()))
