# SPDX-License-Identifier: Apache-2.0
"""Operand classes: 64-bit register images, as directed tests want them."""
import struct

MASK64 = (1 << 64) - 1


def box(single):
    return 0xFFFFFFFF_00000000 | single


def single(value):
    """The boxed binary32 near a Python number."""
    value = min(value, 3.4028234663852886e38)
    return box(struct.unpack("<I", struct.pack("<f", value))[0])


def double(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def unique(values):
    return list(dict.fromkeys(value & MASK64 for value in values))


INTEGERS = unique([
    0, 1, -1, 2, -2, 3, 7, -7, 10, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, -128, -129,
    0x7FF, 0x800, 0xFFF, 0x1000, 0x7FFF, 0x8000, -0x8000, 0xFFFF, 0x10000,
    0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x1_00000000, 0x1_00000001,
    -0x7FFFFFFF, -0x80000000, -0x80000001, -0x1_00000000, 3037000499, -3037000500, 4294967291,
    0x7FFFFFFF_FFFFFFFF, 0x80000000_00000000, 0x80000000_00000001, 0x80000000_80000000,
    0x7FFFFFFF_7FFFFFFF, 0x7FFFFFFF_80000000, 0x80000000_7FFFFFFF, 0x55555555_55555555,
    0xAAAAAAAA_AAAAAAAA, 0x01234567_89ABCDEF, 0xFEDCBA98_76543210, 0x00FF00FF_00FF00FF,
])
FEW_INTEGERS = unique([
    0, 1, -1, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x1_00000000, -0x80000000,
    0x7FFFFFFF_FFFFFFFF, 0x80000000_00000000, 0x01234567_89ABCDEF, 0xFEDCBA98_76543210,
])


def with_signs(bits, sign):
    return unique(value for item in bits for value in (item, item | sign))


_S_MAGNITUDES = [
    0x00000000,  # 0
    0x00000001, 0x00000002, 0x00000003, 0x00400000, 0x007FFFFE, 0x007FFFFF,  # subnormals
    0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000, 0x01000001,  # smallest normals
    0x0C000000, 0x1FFFFFFF, 0x20000000, 0x20000001,  # squares reach the subnormals
    0x33000000, 0x33800000, 0x33800001, 0x34000000,  # halves and units in the last place of 1
    0x3DCCCCCD, 0x3EAAAAAB, 0x3F000000, 0x3F7FFFFE, 0x3F7FFFFF,  # 0.1, 1/3, 1/2, below 1
    0x3F800000, 0x3F800001, 0x3F800002, 0x3FB504F3, 0x3FC00000, 0x3FFFFFFF, 0x40000000,
    0x40400000, 0x40490FDB, 0x4AFFFFFF, 0x4B000000, 0x4B000001, 0x4B800000, 0x4B800001,
    0x5F000000, 0x5F7FFFFF, 0x5FFFFFFF,  # squares reach the overflow
    0x7E7FFFFF, 0x7E800000, 0x7EFFFFFF, 0x7F000000, 0x7F7FFFFE, 0x7F7FFFFF,  # largest
    0x7F800000,  # infinity
    0x7FC00000, 0x7FC12345,  # quiet NaN
    0x7F800001, 0x7FBFFFFF,  # signaling NaN
]
UNBOXED = [0x00000000_3F800000, 0xFFFFFFFE_3F800000, 0x7FFFFFFF_7F800001, 0xFFFFFFFF_00000000 >> 1,
           0x3FF00000_00000000]
SINGLES = unique([box(bits) for bits in with_signs(_S_MAGNITUDES, 0x80000000)] + UNBOXED)

_D_MAGNITUDES = [
    0x0000000000000000,
    0x0000000000000001, 0x0000000000000002, 0x0000000000000003, 0x0008000000000000,
    0x000FFFFFFFFFFFFE, 0x000FFFFFFFFFFFFF,
    0x0010000000000000, 0x0010000000000001, 0x001FFFFFFFFFFFFF, 0x0020000000000000,
    0x1FFFFFFFFFFFFFFF, 0x2000000000000000, 0x2000000000000001,
    0x3C90000000000000, 0x3CA0000000000000, 0x3CA0000000000001, 0x3CB0000000000000,
    0x3FB999999999999A, 0x3FD5555555555555, 0x3FE0000000000000, 0x3FEFFFFFFFFFFFFE,
    0x3FEFFFFFFFFFFFFF, 0x3FF0000000000000, 0x3FF0000000000001, 0x3FF0000000000002,
    0x3FF6A09E667F3BCD, 0x3FF8000000000000, 0x3FFFFFFFFFFFFFFF, 0x4000000000000000,
    0x4008000000000000, 0x400921FB54442D18, 0x432FFFFFFFFFFFFF, 0x4330000000000000,
    0x4330000000000001, 0x4340000000000000, 0x4340000000000001,
    0x5FE0000000000000, 0x5FEFFFFFFFFFFFFF, 0x5FFFFFFFFFFFFFFF,
    0x7FCFFFFFFFFFFFFF, 0x7FD0000000000000, 0x7FDFFFFFFFFFFFFF, 0x7FE0000000000000,
    0x7FEFFFFFFFFFFFFE, 0x7FEFFFFFFFFFFFFF,
    0x7FF0000000000000,
    0x7FF8000000000000, 0x7FF8123456789ABC,
    0x7FF0000000000001, 0x7FF7FFFFFFFFFFFF,
]
DOUBLES = unique(with_signs(_D_MAGNITUDES, 1 << 63))

# Cubes of these are what fused operations see.
FUSED_SINGLES = unique([box(bits) for bits in with_signs(
    [0x00000000, 0x00000001, 0x00800000, 0x20000001, 0x33800000, 0x3F7FFFFF, 0x3F800000,
     0x3F800001, 0x3FFFFFFF, 0x5F7FFFFF, 0x7F7FFFFF, 0x7F800000], 0x80000000)] +
    [box(0x7FC00000), box(0x7F800001), UNBOXED[1]])
FUSED_DOUBLES = unique(with_signs(
    [0x0000000000000000, 0x0000000000000001, 0x0010000000000000, 0x2000000000000001,
     0x3CA0000000000000, 0x3FEFFFFFFFFFFFFF, 0x3FF0000000000000, 0x3FF0000000000001,
     0x3FFFFFFFFFFFFFFF, 0x5FEFFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000], 1 << 63) +
    [0x7FF8000000000000, 0x7FF0000000000001])

# More exponents, for the slow tests.
MANY_SINGLES = unique(SINGLES + with_signs(
    [box(exponent << 23 | fraction) for exponent in range(3, 255, 12)
     for fraction in (0x2AAAAB, 0x7FFFFF)], 0x80000000))
MANY_DOUBLES = unique(DOUBLES + with_signs(
    [exponent << 52 | fraction for exponent in range(5, 2047, 97)
     for fraction in (0xAAAAAAAAAAAAB, 0xFFFFFFFFFFFFF)], 1 << 63))
MORE_FUSED_SINGLES = unique(FUSED_SINGLES + MANY_SINGLES[::7])
MORE_FUSED_DOUBLES = unique(FUSED_DOUBLES + MANY_DOUBLES[::7])

# Integers whose conversions are exact, tied, and just off the tie, for both formats.
CONVERTED = unique(INTEGERS + [
    sign * ((1 << k) + d) for sign in (1, -1) for d in (-1, 0, 1)
    for k in (22, 23, 24, 25, 26, 31, 32, 33, 52, 53, 54, 55, 61, 62, 63)] + [
    sign * ((1 << top) + (1 << half) + d) for sign in (1, -1) for d in (-1, 0, 1)
    for top, half in ((24, 0), (25, 1), (30, 6), (31, 7), (62, 38), (62, 9), (63, 10), (63, 39))] + [
    0xFFFFFF7F, 0xFFFFFF80, 0xFFFFFF81, 0x7FFFFFBF, 0x7FFFFFC0, 0xFFFFFFFFFFFFFBFF,
    0xFFFFFFFFFFFFFC00, 0xFFFFFF7FFFFFFFFF, 0xFFFFFF8000000000, 0x7FFFFFFFFFFFFDFF,
    0x7FFFFFFFFFFFFE00, 0x7FFFFFBFFFFFFFFF, 0x7FFFFFC000000000])


def around(values, step_bits):
    """Each bit pattern with its neighbours."""
    return [value + delta for value in values for delta in (-step_bits, 0, step_bits) if value > 0]


_LIMITS = [0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 3.5, 127.5, 2.0**31 - 1, 2.0**31 - 0.5, 2.0**31,
           2.0**31 + 0.5, 2.0**31 + 1, 2.0**32 - 1, 2.0**32 - 0.5, 2.0**32, 2.0**32 + 1,
           2.0**52 - 0.5, 2.0**52 + 1, 2.0**53, 2.0**62, 2.0**63, 2.0**64, 2.0**65, 1e30]
TO_INTEGER_DOUBLES = unique(DOUBLES + with_signs(
    around([double(value) for value in _LIMITS], 1), 1 << 63))
TO_INTEGER_SINGLES = unique(SINGLES + [box(bits & 0xFFFFFFFF) for bits in with_signs(
    around([single(value) & 0xFFFFFFFF for value in _LIMITS], 1), 0x80000000)])

# binary64 numbers at the edges of binary32: half its last place, its subnormals, its overflow.
NARROWED = unique(DOUBLES + with_signs(around([
    double(2.0**-150), double(2.0**-149), double(1.5 * 2.0**-149), double(2.5 * 2.0**-149),
    double(2.0**-127), double(2.0**-126), double(2.0**-126 * (1 - 2.0**-24)),
    double(2.0**-126 * (1 - 2.0**-25)), double(2.0**-126 * (1 - 2.0**-23)),
    double(1 + 2.0**-24), double(1 + 2.0**-23 + 2.0**-24), double(1 + 2.0**-23),
    double(2.0**128 - 2.0**104), double(2.0**128 - 2.0**103), double(2.0**128)], 1), 1 << 63))


def _cancelling(convert, sign, scales):
    """Triples (a, b, c) with c near -a * b: what is left are the product's last bits."""
    factors = [1.0, 1 + 2.0**-23, 1 + 2.0**-22, 1.5, 4 / 3, 5 / 3, 2 - 2.0**-23, 1.1, 3.1415927]
    triples = []
    for scale in scales:  # of the product
        for x in factors:
            for y in factors:
                a, b, c = convert(x * scale), convert(y), convert(x * y * scale) ^ sign
                for third in (c, c + 1, c - 1, c ^ sign, c ^ 1 << 3):
                    triples += [(a, b, third), (a ^ sign, b, third ^ sign), (b, a ^ sign, third)]
    return triples


# Products of ordinary size, at the smallest normal number, among subnormals, near the overflow.
CANCELLING_SINGLES = _cancelling(single, 0x80000000, (1.0, 2.0**-126, 2.0**-130, 2.0**126))
CANCELLING_DOUBLES = _cancelling(double, 1 << 63, (1.0, 2.0**-1022, 2.0**-1027, 2.0**1022))
