#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the polynomial coefficients of elementary.h and philox.h: best approximations in the sense of the largest
weighted error (Remez exchange on a grid), rounded to FP32 one after another from the constant term, with the others
fitted anew after each rounding. Standard library only. Usage: models/numerics/minimax.py [HEADER…]
With headers: fails if a coefficient is in none of them."""
import math
import pathlib
import struct
import sys

GRID = 2000
TERMS = 80


def fp32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def hexadecimal(value):
    """A C++ literal: 6 hexadecimal digits hold the 23 bits of the fraction."""
    digits, exponent = value.hex().split("p")
    return f"{digits.rstrip('0')}p{int(exponent)}F"


def series(term, x):
    """Sum of term(k) x^k."""
    return math.fsum(term(k) * x**k for k in range(TERMS))


def inverse_factorial(k):
    return 1.0 / math.factorial(k)


def solve(rows):
    """Gauss with pivots on rows of the augmented matrix."""
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


def extremes(errors, count):
    """Indices of the largest errors between sign changes: `count` neighbours among them, the largest included."""
    peaks = []
    for i, error in enumerate(errors):
        if error == 0:
            continue
        if peaks and (error > 0) == (errors[peaks[-1]] > 0):
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = i
        else:
            peaks.append(i)
    while len(peaks) > count:
        del peaks[0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1]
    return peaks


def remez(target, powers, grid, weights):
    """Coefficients of the given powers of the grid's x, and the largest weighted error."""
    count = len(powers) + 1
    span = grid[-1] - grid[0]
    nodes = [min(range(len(grid)), key=lambda i, k=k: abs(
        grid[i] - (grid[0] + span * (1 - math.cos(math.pi * (k + 0.5) / count)) / 2))) for k in range(count)]
    best = None
    for _ in range(40):
        rows = [[weights[i] * grid[i]**p for p in powers] + [(-1.0)**k, weights[i] * target[i]]
                for k, i in enumerate(nodes)]
        *coefficients, _level = solve(rows)
        errors = [w * (t - sum(c * x**p for c, p in zip(coefficients, powers)))
                  for x, t, w in zip(grid, target, weights)]
        largest = max(map(abs, errors))
        if best is None or largest < best[1]:
            best = (coefficients, largest)
        fresh = extremes(errors, count)
        if len(fresh) < count or fresh == nodes:
            break
        nodes = fresh
    return best


def polynomial(name, function, weight, low, high, degree):
    """`function` and `weight` of x in [low, high]; the error reported is weight * (polynomial - function)."""
    grid = [low + (high - low) * i / GRID for i in range(GRID + 1)]
    weights = [weight(x) for x in grid]
    target = [function(x) for x in grid]
    wanted = list(target)
    rounded = []
    for fixed in range(degree + 1):
        coefficients, error = remez(wanted, range(fixed, degree + 1), grid, weights)
        if fixed == 0:
            print(f"{name}: degree {degree}, largest error 2^{math.log2(error):.1f}", end="")
        rounded.append(fp32(coefficients[0]))
        wanted = [t - rounded[-1] * x**fixed for t, x in zip(wanted, grid)]
    error = max(abs(w * t) for w, t in zip(weights, wanted))
    print(f", 2^{math.log2(error):.1f} with rounded coefficients")
    literals = [hexadecimal(value) for value in rounded]
    print("   ", ", ".join(literals))
    return literals


def tanh_tail(s):
    """(tanh(x) - x) / x^3 of s = x^2, as (sinh - x cosh) / (x^3 cosh)."""
    upper = series(lambda k: inverse_factorial(2 * k + 3) - inverse_factorial(2 * k + 2), s)
    return upper / series(lambda k: inverse_factorial(2 * k), s)


def log_tail(f):
    """(log(1 + f) - f) / f^2."""
    return series(lambda k: (-1.0)**(k + 1) / (k + 2), f)


def print_all():
    """All coefficients as literals."""
    half_ln2 = math.log(2) / 2 * 1.0001
    half_pi = math.pi / 2
    return [
        *polynomial("exp: (e^r - 1 - r) / r^2", lambda r: series(lambda k: inverse_factorial(k + 2), r),
                    lambda r: r * r / math.exp(r), -half_ln2, half_ln2, 4),
        *polynomial("log: (log(1 + f) - f) / f^2", log_tail,
                    lambda f: abs(f / (1 + f * log_tail(f))), math.sqrt(0.5) - 1, math.sqrt(2) - 1, 9),
        *polynomial("tanh: (tanh x - x) / x^3, of x^2", tanh_tail,
                    lambda s: s / (1 + s * tanh_tail(s)), 0, 0.625**2, 4),
        *polynomial("sin: sin(pi/2 f) / f, of f^2",
                    lambda s: series(lambda k: (-1.0)**k * inverse_factorial(2 * k + 1) * half_pi**(2 * k + 1), s),
                    lambda s: 1, 0, 0.25, 3),
        *polynomial("cos: (cos(pi/2 f) - 1) / f^2, of f^2",
                    lambda s: -series(lambda k: (-1.0)**k * inverse_factorial(2 * k + 2) * half_pi**(2 * k + 2), s),
                    lambda s: s, 0, 0.25, 3),
    ]


def main(headers):
    literals = print_all()
    text = "".join(pathlib.Path(header).read_text(encoding="utf-8") for header in headers)
    missing = [literal for literal in literals if headers and literal not in text]
    if missing:
        sys.exit(f"in no header: {', '.join(missing)}")


if __name__ == "__main__":
    main(sys.argv[1:])
