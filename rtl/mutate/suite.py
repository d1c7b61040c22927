# SPDX-License-Identifier: Apache-2.0
"""The programs that a fault has to get past: what of the RTL's tests fits into every build's time."""
import os
import resource
import signal
import subprocess
import sys
import tempfile

LIMIT = 10  # times the processor time that a program takes without a fault, and a second: then it does not end
SHORT = ",".join(f"rtl tile: {name}*" for name in ("random shapes", "K of more", "FP8", "BF16", "NaN", "empty"))


def suite(folder, seed, commands):
    """Random co-simulation, the tests by pins, arithmetic. Quick ones first: the first that notices ends the
    fault. _8, _wide and the numbers of the FMA are other parameters, for lines that 16 by 16 does not run."""
    programs = [
        ["faulty_cosim", str(seed), "200"],
        ["faulty_burst", "--abort"],
        ["faulty_fma_3_2_2"],
        ["faulty_fma_3_5_3"],
        ["faulty_commands", "--abort"],
        ["faulty_axi", "--abort"],
        ["faulty_checks", "--abort"],
        ["faulty_products_8", "--abort", SHORT],
        ["faulty_products_wide", "--abort", SHORT],
        ["faulty_fma_4_4_3"],
        ["faulty_cosim", str(seed + 1), str(commands)],
        ["faulty_reset", "--abort"],
        ["faulty_products", "--abort", SHORT + ",rtl tile: every element*"],
    ]
    return [[str(folder / program[0]), *program[1:]] for program in programs]


def used():
    times = resource.getrusage(resource.RUSAGE_CHILDREN)
    return times.ru_utime + times.ru_stime


def run(command, fault, folder, seconds):
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    return subprocess.run(command, env={**os.environ, "ATHENA_MUTANT": str(fault)}, cwd=folder, preexec_fn=limit,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def name_of(command):
    return os.path.basename(command[0])


def limits_of(commands):
    """Seconds of the processor for each program, from a run without a fault, which it has to pass."""
    limits = []
    for command in commands:
        before = used()
        if run(command, 0, None, 600) != 0:
            sys.exit(f"run.py: {name_of(command)} fails without a fault")
        limits.append(1 + round(LIMIT * (used() - before)))
    return limits


def killer(fault, commands, limits):
    """The program that notices the fault and how, or None."""
    with tempfile.TemporaryDirectory() as folder:
        for command, seconds in zip(commands, limits):
            status = run(command, fault, folder, seconds)
            if status == -signal.SIGXCPU:
                return f"{name_of(command)}: does not end"
            if status != 0:
                return f"{name_of(command)}: status {status}"
    return None
