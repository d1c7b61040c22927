# SPDX-License-Identifier: Apache-2.0
"""Loads, stores and atomics (Volume I, 2.6, 8, 11.5): every size, alignment, page edges, faults."""
from kernels import Case, floating, kernel_program
from operands import FEW_INTEGERS, INTEGERS, unique
from operations import OPERATIONS

PAGE = 4096
# Where an access begins, from `window`, a page's start in the middle of four pages.
PLACES = tuple(unique([*range(-9, 10), 64, 127, PAGE - 8, PAGE - 3, -PAGE - 5]))
OFFSETS = (0, 1, -1, 8, 2047, -2048)
ORDERS = ("", ".aq", ".rl", ".aqrl")
RAM_END = 0x9000_0000
# Nothing answers there, on either machine.
NOWHERE = tuple(unique([0, 1, 7, 0x800_0000, 0x800_0FFE, RAM_END, RAM_END + 5, RAM_END - 3, -8, -3, 1 << 55]))
LOAD_MISALIGNED, LOAD_ACCESS, STORE_MISALIGNED, STORE_ACCESS = 4, 5, 6, 7
STORED = (0x0123456789ABCDEF, 0xFEDCBA9876543210)


def of_opcodes(*opcodes):
    return [operation for operation in OPERATIONS if operation.match & 0x7F in opcodes]


def address(offset_register="a0", label="window"):
    return f"la t0, {label}\n    add t0, t0, {offset_register}"


def fault_at_operand(operands, words):
    """QEMU rounds the address of a misaligned load down (Volume II, 3.1.16: mtval is the address)."""
    result, fcsr, cause, epc, value = words
    return [result, fcsr, cause, epc, max(value, operands[0]) if cause else value]


def misaligned_sc(_, words):
    """QEMU fails an SC without looking at its alignment (Volume I, 8.2: it traps)."""
    return [0, words[1], STORE_MISALIGNED, None, None]


def fault_of_store(_, words):
    """QEMU has an AMO fault as a load (Volume II, 3.1.15: as a store or AMO)."""
    result, fcsr, cause, epc, value = words
    cause = {LOAD_MISALIGNED: STORE_MISALIGNED, LOAD_ACCESS: STORE_ACCESS}.get(cause, cause)
    return [result, fcsr, cause, epc, value]


def loads():
    for operation in of_opcodes(0x03, 0x07):
        is_fp = operation.match & 0x7F == 0x07
        make, register = (floating, "fa3") if is_fp else (Case, "a3")
        for offset in OFFSETS:
            text = f"{operation.mnemonic} {register}, {offset}(t0)"
            yield make(f"{text}, t0 = window + a0", f"{address()}\n    {text}", a=PLACES)
        far = f"{operation.mnemonic} {register}, 0(a0)"
        yield make(far, a=NOWHERE, traps=True, correct=fault_at_operand)
    yield Case("ld t0, 0(t0)", f"{address()}\n    ld t0, 0(t0)\n    mv a3, t0", a=PLACES)
    yield Case("lw zero, 0(t0)", f"{address()}\n    lw zero, 0(t0)\n    mv a3, zero", a=PLACES)


def stores():
    for operation in of_opcodes(0x23, 0x27):
        register = "fa1" if operation.match & 0x7F == 0x27 else "a1"
        for offset in OFFSETS:
            for seen in (-8, 0, 8):
                text = f"{operation.mnemonic} {register}, {offset}(t0)"
                yield Case(f"{text}, t0 = area + a0; the double word at {seen}", f"""{
                    address(label="area")}
    addi t1, t0, {offset}
    andi t1, t1, -8
    li t2, 0xA5A4A3A2A1A09F9E
    sd t2, -8(t1)
    sd t2, 0(t1)
    sd t2, 8(t1)
    {text}
    ld a3, {seen}(t1)""", a=PLACES, b=STORED)
        yield Case(f"{operation.mnemonic} {register}, 0(a0)", a=NOWHERE, traps=True)


def atomics():
    for operation in of_opcodes(0x2F):
        name = operation.mnemonic
        if name.startswith(("lr", "sc")):
            continue
        size = 4 if name.endswith(".w") else 8
        for order in ORDERS:
            table = tuple(FEW_INTEGERS if order else INTEGERS)
            for place in range(0, 8, size):
                text = f"{name}{order} a3, a1, (t0)"
                body = f"la t0, cell\n    sd a0, 0(t0)\n    addi t0, t0, {place}\n    {text}"
                yield Case(f"{text} at {place}, memory a0", body, a=table, b=table)
                yield Case(f"{text} at {place}, memory a0; memory after it",
                           f"{body}\n    la t0, cell\n    ld a3, 0(t0)", a=table, b=table)
        text = f"{name} a1, a1, (t0)"
        yield Case(text, f"la t0, cell\n    sd a0, 0(t0)\n    {text}\n    mv a3, a1",
                   a=tuple(FEW_INTEGERS), b=tuple(FEW_INTEGERS))
        text = f"{name} zero, a1, (t0)"
        yield Case(text, f"la t0, cell\n    sd a0, 0(t0)\n    {text}\n    ld a3, 0(t0)",
                   a=tuple(FEW_INTEGERS), b=tuple(FEW_INTEGERS))
        text = f"{name} a3, a1, (t0)"
        yield Case(f"{text}, t0 = window + a0", f"{address()}\n    {text}",
                   a=tuple(range(1, 8)), traps=True, correct=fault_of_store)
        yield Case(f"{name} a3, a1, (a0)", a=tuple(x for x in NOWHERE if x % 8 == 0),
                   traps=True, correct=fault_of_store)


def reservations():
    few = tuple(FEW_INTEGERS)
    for width in ("w", "d"):
        for order in ORDERS:
            start = f"la t0, cell\n    sd a0, 0(t0)\n    lr.{width}{order} t1, (t0)"
            name = f"lr.{width}{order}, sc.{width}{order}"
            yield Case(f"{name}: loaded", f"{start}\n    mv a3, t1", a=few)
            yield Case(f"{name}: success", f"{start}\n    sc.{width}{order} a3, a1, (t0)",
                       a=few, b=few)
            yield Case(f"{name}: stored",
                       f"{start}\n    sc.{width}{order} a3, a1, (t0)\n    ld a3, 0(t0)",
                       a=few, b=few)
            yield Case(f"{name}: sc onto its source",
                       f"{start}\n    sc.{width}{order} a1, a1, (t0)\n    mv a3, a1", a=few)
        start = f"la t0, cell\n    sd a0, 0(t0)\n    lr.{width} t1, (t0)"
        store = f"sc.{width} a3, a1, (t0)"
        yield Case(f"sc.{width} after a second sc", f"""{start}
    sc.{width} t2, a1, (t0)
    {store}""", b=few)
        yield Case(f"sc.{width} after a second sc: memory", f"""{start}
    sc.{width} t2, a1, (t0)
    sc.{width} a3, a0, (t0)
    ld a3, 0(t0)""", a=few, b=few)
        yield Case(f"sc.{width} elsewhere", f"""{start}
    addi t0, t0, 64
    {store}""", b=few)
        yield Case(f"sc.{width} elsewhere, then there", f"""{start}
    addi t2, t0, 64
    sc.{width} t2, a1, (t2)
    {store}""", b=few)
        yield Case(f"lr.{width} elsewhere, then sc there", f"""{start}
    addi t2, t0, 64
    lr.{width} t2, (t2)
    {store}""", b=few)
        yield Case(f"lr.{width} twice", f"{start}\n    lr.{width} t1, (t0)\n    {store}", b=few)
        yield Case(f"lr.{width}, branches and arithmetic, sc.{width}", f"""{start}
1:  lr.{width} t1, (t0)
    add t1, t1, a1
    sc.{width} t2, t1, (t0)
    bnez t2, 1b
    ld a3, 0(t0)""", a=few, b=few)
        misaligned = tuple(range(1, 8)) if width == "d" else (1, 2, 3, 5, 6, 7)
        yield Case(f"lr.{width} a3, (t0), t0 = window + a0",
                   f"{address()}\n    lr.{width} a3, (t0)", a=misaligned, traps=True)
        yield Case(f"sc.{width} a3, a1, (t0), t0 = window + a0, none reserved",
                   f"{address()}\n    sc.{width} a3, a1, (t0)", a=misaligned, traps=True,
                   correct=misaligned_sc)
        yield Case(f"lr.{width} a3, (a0)",
                   a=tuple(x for x in NOWHERE if x % 8 == 0), traps=True)


def data():
    """Four pages whose bytes all differ from their neighbours, and four to write to."""
    lines = ["    .balign 4096", "window_pages:"]
    for start in range(0, 4 * PAGE, 16):
        values = [(i * 37 + (i >> 8) * 101 + 11) & 0xFF for i in range(start, start + 16)]
        lines.append("    .byte " + ", ".join(map(str, values)))
    lines += [f"    .equ window, window_pages + {2 * PAGE}", "area_pages:",
              f"    .space {4 * PAGE}", f"    .equ area, area_pages + {2 * PAGE}",
              "cell:", "    .space 128"]
    return "\n".join(lines)


def program(slow=False):
    del slow
    parts = (loads, stores, atomics, reservations)
    return kernel_program("memory", [case for part in parts for case in part()], data())
