# SPDX-License-Identifier: Apache-2.0
"""CPU time of processes, which other work on the machine disturbs less than the time that passes."""
import os
import subprocess


def user_seconds(command, status, environment=None):
    """User CPU time of `command`, which must end with `status`."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=environment)
    _, waited, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(waited)
    if process.returncode != status:
        raise RuntimeError(f"{' '.join(command)}: exit status {process.returncode} instead of {status}")
    return usage.ru_utime


def least_in_turn(rounds, *measurements):
    """The least of `rounds` measurements of each, taken in turn."""
    results = [[measure() for measure in measurements] for _ in range(rounds)]
    return [min(column) for column in zip(*results)]
