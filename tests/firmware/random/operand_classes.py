# SPDX-License-Identifier: Apache-2.0
"""Classes of floating-point operands, and register images with all of them."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "isa"))
import operands  # noqa: E402

MASK64 = (1 << 64) - 1
CLASSES = ("zero", "subnormal", "normal", "infinity", "quiet", "signaling")


def _class_of(exponent, most, fraction, quiet):
    if exponent == most:
        if fraction == 0:
            return "infinity"
        return "quiet" if fraction & quiet else "signaling"
    if exponent == 0:
        return "subnormal" if fraction else "zero"
    return "normal"


def classify(value, double):
    """"-zero", "+normal", "quiet", "unboxed" and so on."""
    if double:
        text = _class_of(value >> 52 & 0x7FF, 0x7FF, value & (1 << 52) - 1, 1 << 51)
        sign = value >> 63
    else:
        if value >> 32 != 0xFFFFFFFF:
            return "unboxed"
        text = _class_of(value >> 23 & 0xFF, 0xFF, value & (1 << 23) - 1, 1 << 22)
        sign = value >> 31 & 1
    return text if text in ("quiet", "signaling") else "+-"[sign] + text


def _group(values, double):
    groups = {}
    for value in values:
        groups.setdefault(classify(value, double), []).append(value)
    return list(groups.values())


_SINGLES = _group(operands.MANY_SINGLES + operands.TO_INTEGER_SINGLES, False)
_DOUBLES = _group(operands.MANY_DOUBLES + operands.TO_INTEGER_DOUBLES + operands.NARROWED, True)
_CANCELLING = operands.CANCELLING_SINGLES + operands.CANCELLING_DOUBLES
_INTEGERS = operands.INTEGERS + operands.CONVERTED


def integers(rng, count):
    values = []
    for _ in range(count):
        kind = rng.random()
        if kind < 0.55:
            values.append(rng.choice(_INTEGERS))
        elif kind < 0.85:
            values.append(rng.getrandbits(64))
        else:
            values.append((rng.getrandbits(64) >> rng.randrange(64)) * rng.choice((1, -1)) & MASK64)
    return values


def floats(rng):
    """32 registers."""
    values = []
    while len(values) < 32:
        kind = rng.random()
        if kind < 0.4:
            values.append(rng.choice(rng.choice(_SINGLES)))
        elif kind < 0.75:
            values.append(rng.choice(rng.choice(_DOUBLES)))
        elif kind < 0.82:
            values += rng.choice(_CANCELLING)
        elif kind < 0.9:
            values.append(0xFFFFFFFF << 32 | rng.getrandbits(32))
        else:
            values.append(rng.getrandbits(64))
    del values[32:]
    rng.shuffle(values)
    return values
