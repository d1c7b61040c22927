# SPDX-License-Identifier: Apache-2.0
"""Single and double precision (Volume I, chapters 11 and 12): values, flags, rounding modes."""
import operands
from kernels import MODES, Case, floating, kernel_program
from operations import OPERATIONS

DYNAMIC = tuple(range(5))


def rounded(make, text, **tables):
    """`text` with each static rounding mode, under a frm that differs, and with each frm."""
    for mode, name in enumerate(MODES):
        yield make(f"{text}, {name}", fcsr=((mode + 1) % 5) << 5, **tables)
    for mode in DYNAMIC:
        yield make(f"{text}, dyn", fcsr=mode << 5, **tables)
    yield make(f"{text}, rtz", fcsr=5 << 5, **tables)  # a reserved frm does not matter here


def to_integer(text, **tables):
    return Case(text, **tables)


def table(slow, single, few=False):
    """Operands; few: for programs that take three of them."""
    name = "SINGLES" if single else "DOUBLES"
    prefix = ("MORE_FUSED_" if slow else "FUSED_") if few else ("MANY_" if slow else "")
    return tuple(getattr(operands, prefix + name))


def arithmetic(slow):
    for operation in OPERATIONS:
        if operation.format != "FpRound" or operation.mnemonic.startswith(("fcvt", "fsqrt")):
            continue
        values = table(slow, operation.mnemonic.endswith(".s"))
        yield from rounded(floating, f"{operation.mnemonic} fa3, fa0, fa1", a=values, b=values)


def roots():
    for name, values in (("fsqrt.s", operands.TO_INTEGER_SINGLES),
                         ("fsqrt.d", operands.TO_INTEGER_DOUBLES)):
        yield from rounded(floating, f"{name} fa3, fa0", a=tuple(values))


def conversions():
    for operation in OPERATIONS:
        name = operation.mnemonic
        if not name.startswith("fcvt"):
            continue
        _, to, source = name.split(".")
        values = {"s": operands.TO_INTEGER_SINGLES, "d": operands.TO_INTEGER_DOUBLES}
        if operation.format == "FpToIntRound":
            yield from rounded(to_integer, f"{name} a3, fa0", a=tuple(values[source]))
        elif source in values:
            narrowed = operands.NARROWED if source == "d" else operands.SINGLES
            text = f"{name} fa3, fa0"
            if name == "fcvt.d.s":  # exact: the assembler gives it no rounding mode
                yield floating(text, a=tuple(narrowed))
            else:
                yield from rounded(floating, text, a=tuple(narrowed))
        elif name in ("fcvt.d.w", "fcvt.d.wu"):
            yield floating(f"{name} fa3, a0", a=tuple(operands.CONVERTED))
        else:
            yield from rounded(floating, f"{name} fa3, a0", a=tuple(operands.CONVERTED))


def unrounded(slow):
    """Sign injection, minimum, maximum, comparison, classification, moves."""
    for operation in OPERATIONS:
        name = operation.mnemonic
        single = name.endswith((".s", ".w")) or name == "fmv.w.x"
        values = table(slow, single)
        if operation.format == "FpR":
            if name.startswith("fmv"):
                yield floating(f"{name} fa3, a0", a=tuple(operands.INTEGERS))
            else:
                yield floating(f"{name} fa3, fa0, fa1", a=values, b=values)
        elif operation.format == "FpToInt":
            if name.startswith(("fmv", "fclass")):
                yield Case(f"{name} a3, fa0", a=values)
            else:
                yield Case(f"{name} a3, fa0, fa1", a=values, b=values)


def aliased(slow):
    """One register more than once, flags that were there before, several operations in a row."""
    for suffix in ("s", "d"):
        values = table(slow, suffix == "s", few=True)
        for name in ("fadd", "fsub", "fmul", "fdiv", "fmin", "fmax"):
            text = f"{name}.{suffix} fa0, fa0, fa0"
            yield floating(text, text + "\n    fmv.d fa3, fa0", a=values)
            yield floating(f"{name}.{suffix} fa3, fa0, fa1", a=values, b=values, fcsr=0x0A)
        text = f"fmadd.{suffix} fa0, fa0, fa0, fa0"
        yield floating(text, text + "\n    fmv.d fa3, fa0", a=values)
        for mode in DYNAMIC:
            yield floating(
                f"a sequence of fdiv.{suffix} (rtz, dyn, rup), fadd.{suffix}, fsqrt.{suffix}",
                f"""fdiv.{suffix} fa4, fa0, fa1, rtz
    fdiv.{suffix} fa5, fa0, fa1
    fdiv.{suffix} fa6, fa0, fa1, rup
    fadd.{suffix} fa4, fa4, fa5, rmm
    fsqrt.{suffix} fa4, fa4
    fcvt.w.{suffix} t0, fa4, rtz
    fadd.{suffix} fa3, fa4, fa6
    fsgnjn.{suffix} fa3, fa3, fa0""", a=values, b=values, fcsr=mode << 5)


def reserved():
    """Rounding modes 5, 6 and 7 where they are not allowed: illegal instructions."""
    for mode in (5, 6, 7):
        for text in ("fadd.s fa3, fa0, fa1", "fmul.d fa3, fa0, fa1", "fsqrt.d fa3, fa0",
                     "fmadd.s fa3, fa0, fa1, fa2", "fcvt.s.d fa3, fa0", "fcvt.s.l fa3, a0"):
            yield floating(f"{text}, dyn", fcsr=mode << 5 | 3, traps=True)
        for text in ("fcvt.w.d a3, fa0", "fcvt.lu.s a3, fa0"):
            yield to_integer(f"{text}, dyn", fcsr=mode << 5, traps=True)
        yield floating("fmin.s fa3, fa0, fa1", fcsr=mode << 5 | 3, traps=True)
    for mode in (5, 6):  # fadd.s and others with a static mode that does not exist
        for word in (0x00B576D3, 0x02B576D3, 0x580576D3, 0x60B576C3, 0xC00576D3, 0x401576D3):
            bits = word & ~0x7000 | mode << 12
            yield Case(f".word {bits:#010x}", traps=True)
    for off in ("fadd.s fa3, fa0, fa1", "fld fa3, 0(sp)", "fsw fa0, 0(sp)", "fmv.x.w a3, fa0",
                "feq.d a3, fa0, fa1", "csrr a3, fflags", "csrr a3, frm", "csrr a3, fcsr",
                ".option rvc; c.fldsp fa3, 0(sp); c.nop; .option norvc", "fsgnj.d fa3, fa0, fa0", "fcvt.d.w fa3, zero"):
        yield Case(f"{off} with FS = Off", f"""li t0, 0x6000
    csrc mstatus, t0
    la t1, 1f
    csrw mtvec, t1
    addi sp, sp, -16
    {off}
    j 2f
    .balign 4
1:  li a3, -1
2:  addi sp, sp, 16
    li t0, 0x2000
    csrs mstatus, t0""", traps=True)


def basic(slow=False):
    parts = (roots(), conversions(), unrounded(slow), aliased(slow), reserved())
    return kernel_program("floating", [case for part in parts for case in part])


def sums(slow=False):
    return kernel_program("floating_pairs", list(arithmetic(slow)))


def fused(slow):
    """Every triple of a table, and sums that cancel all but the last bits of a product."""
    for operation in OPERATIONS:
        if operation.format != "FpR4":
            continue
        single = operation.mnemonic.endswith(".s")
        values = table(slow, single, few=True)
        text = f"{operation.mnemonic} fa3, fa0, fa1, fa2"
        yield from rounded(floating, text, a=values, b=values, c=values)
        a, b, c = zip(*(operands.CANCELLING_SINGLES if single else operands.CANCELLING_DOUBLES))
        yield from rounded(floating, text, a=a, b=b, c=c, zipped=True)


def products(slow=False):
    return kernel_program("floating_fused", list(fused(slow)))
