#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a timeline costs: functional training with --trace against without, run in turn.

bench_trace.py ATHENA [ROUNDS]"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RUN = ["run", "athena-mini", "--firmware", "gpt", "--append", "steps=20 eval=0 sample=0"]
MOST = 1.5  # docs/timeline.md


def measured(words):
    """Seconds of wall time, of the host's processors, and the most kilobytes that were resident."""
    start = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        sys.exit(f"{words}: exit status {run.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    athena = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    walls, works = [], []
    with tempfile.TemporaryDirectory(prefix="athena-bench-trace-") as folder:
        file = pathlib.Path(folder) / "t"
        for _ in range(rounds):
            plain = measured([athena, *RUN])
            told = measured([athena, *RUN, "--trace", str(file)])
            walls.append(told[0] / plain[0])
            works.append(told[1] / plain[1])
            print(f"without {plain[0]:5.2f} s ({plain[1]:5.2f} s of a processor, {plain[2] / 1024:.1f} MiB), with --trace {told[0]:5.2f} s "
                  f"({told[1]:5.2f} s, {told[2] / 1024:.1f} MiB), {file.stat().st_size / 1e6:.1f} MB: {walls[-1]:.2f}, {works[-1]:.2f}", flush=True)
    print(f"--trace: {statistics.median(walls):.2f} times the wall time, {statistics.median(works):.2f} times the processor's")
    if statistics.median(walls) > MOST:
        sys.exit(f"more than {MOST} times")


if __name__ == "__main__":
    main()
