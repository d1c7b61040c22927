# SPDX-License-Identifier: Apache-2.0
"""Every shipped board runs hello, and takes host memory only for what is used: an idle board of 64 GiB stays below 300 MB."""

import resource
import subprocess
import sys

MOST_KILOBYTES = 300_000_000 // 1024


def main() -> int:
    athena = sys.argv[1]
    boards = [line.split()[0] for line in
              subprocess.run([athena, "boards"], capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()]
    assert {"athena-mini", "athena-1", "athena-2"} <= set(boards), boards
    for board in boards:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([athena, "run", board, "--firmware", "hello"], capture_output=True, text=True, check=False, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run.returncode == 0, (board, run.stdout, run.stderr)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{board}: largest process so far {after.ru_maxrss} kB, {seconds:.2f} s of processor time")
        assert after.ru_maxrss < MOST_KILOBYTES, board
    return 0


if __name__ == "__main__":
    sys.exit(main())
