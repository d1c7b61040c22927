#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves what docs/rtl-verification.md lists, with yosys, yosys-smtbmc and z3.

usage: prove.py [--slow] [--filter TEXT] [--jobs N]

Each proof is run as it is, and once more on RTL with a mistake that it has to find. The last line is
'N passed, N failed'; the exit status is 1 if any failed.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tempfile

RTL = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 900  # for one run; more is a failure

FIFO = "common/athena_fifo.sv"
BURST = "tile/athena_tile_axi_burst.sv"
READ = "tile/athena_tile_axi_read.sv"
WRITE = "tile/athena_tile_axi_write.sv"
QUEUE = "tile/athena_tile_queue.sv"
ARBITER = "tile/athena_tile_arbiter.sv"


@dataclasses.dataclass(frozen=True)
class Proof:
    top: str
    files: tuple[str, ...]
    # A mistake: file, text, what stands there instead
    mistake: tuple[str, str, str]
    parameters: tuple[tuple[str, int], ...] = ()
    steps: int = 8  # from reset
    induction: int = 2  # steps; 0: from reset only
    slow_steps: int = 0  # from reset, with --slow

    @property
    def name(self) -> str:
        values = "".join(f" {name}={value}" for name, value in self.parameters)
        return self.top + values


def depth(value: int) -> tuple[tuple[str, int], ...]:
    return (("Depth", value),)


FIFO_MISTAKE = (FIFO, "(read_q == LastIndex) ? '0 : read_q + 1'b1", "read_q + 1'b1 + push_i")
PROOFS = (
    *(
        Proof("fifo_proof", (FIFO, "formal/fifo_proof.sv"), FIFO_MISTAKE, depth(d))
        for d in (1, 2, 3, 4, 8)
    ),
    *(
        Proof(
            "queue_proof",
            (FIFO, QUEUE, "formal/queue_proof.sv"),
            (QUEUE, "pop_i ? marked >> 1 : marked", "pop_i ? marks_q >> 1 : marked"),
            depth(d),
        )
        for d in (2, 3, 4, 8)
    ),
    *(
        Proof(
            "athena_tile_arbiter",
            (ARBITER,),
            (ARBITER, "read_turn_q <= write_gnt_o", "read_turn_q <= read_gnt_o"),
            (("LongestRun", run),),
            steps=20,
        )
        for run in (1, 7, 193)
    ),
    Proof(
        "athena_tile_axi_write",
        (FIFO, BURST, WRITE),
        (WRITE, "(!last_beat || b_count != 2'd2)", "(!last_beat || b_count != 2'd3)"),
        (("IdWidth", 4), ("L1Bytes", 4096)),
    ),
    Proof(
        "athena_tile_axi_read",
        (FIFO, BURST, READ),
        (READ, "r_count + 3'(arrives_q) < 3'(Depth)", "r_count < 3'(Depth)"),
        (("IdWidth", 4), ("L1Bytes", 4096)),
    ),
    Proof(
        "burst_proof",
        (BURST, "formal/burst_proof.sv"),
        (BURST, "end_address <= 24'(L1Bytes)", "end_address <= 24'(L1Bytes + 64)"),
        steps=2,
        induction=1,
    ),
    Proof(
        "axi_write_proof",
        (FIFO, BURST, WRITE, "formal/axi_write_proof.sv"),
        (WRITE, "assign aw_pop = w_pop && last_beat", "assign aw_pop = w_pop"),
        steps=7,
        induction=0,
        slow_steps=12,
    ),
    Proof(
        "axi_read_proof",
        (FIFO, BURST, READ, "formal/axi_read_proof.sv"),
        (READ, "last_q      <= last_beat", "last_q      <= 1'b1"),
        steps=7,
        induction=0,
        slow_steps=12,
    ),
)


class Run:
    """One proof on one state of the RTL, in a folder of its own."""

    def __init__(self, proof: Proof, slow: bool):
        self.proof = proof
        self.steps = max(proof.steps, proof.slow_steps if slow else 0)

    def holds(self, mistake: bool) -> tuple[bool, str]:
        """Whether all of it is proved, and the last words of who says so."""
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            shutil.copytree(RTL, work / "rtl")
            if mistake:
                self._break(work / "rtl")
            problem = work / "problem.smt2"
            done = subprocess.run(
                ["yosys", "-q", "-p", self._script(work, problem)],
                capture_output=True, text=True, check=False, timeout=SECONDS)
            if done.returncode != 0:
                raise RuntimeError(f"yosys: {done.stderr.strip()[-400:]}")
            good, words = self._solve(["-t", str(self.steps)], problem)
            if good and self.proof.induction:
                good, words = self._solve(["-i", "-t", str(self.proof.induction)], problem)
            return good, words

    def _break(self, rtl: pathlib.Path) -> None:
        file, text, instead = self.proof.mistake
        source = (rtl / file).read_text()
        if source.count(text) != 1:
            raise RuntimeError(f"the mistake's place is not in {file} once: {text}")
        (rtl / file).write_text(source.replace(text, instead))

    def _script(self, work: pathlib.Path, problem: pathlib.Path) -> str:
        proof = self.proof
        files = " ".join(str(work / "rtl" / file) for file in proof.files)
        parameters = "".join(f"-chparam {name} {value} " for name, value in proof.parameters)
        # To gates: z3 4.8.12 does not come to an end of reading word-level multiplexers.
        return (
            f"read_verilog -sv -formal -DATHENA_PROOF -I{work}/rtl/formal -I{work}/rtl/tile "
            f"{work}/rtl/regs/descriptor_regs_pkg.sv {files}; "
            f"hierarchy -check -top {proof.top} {parameters}; prep -top {proof.top}; flatten; "
            "memory_map; async2sync; opt -full; dffunmap; techmap; opt -full; dffunmap; "
            f"simplemap; abc -g AND,OR,XOR; opt_clean; write_smt2 -wires {problem}"
        )

    @staticmethod
    def _solve(arguments: list[str], problem: pathlib.Path) -> tuple[bool, str]:
        done = subprocess.run(
            ["yosys-smtbmc", "-s", "z3", *arguments, str(problem)],
            capture_output=True, text=True, check=False, timeout=SECONDS)
        lines = [line for line in done.stdout.splitlines() if "seconds)" not in line]
        failed = [line.split("Assert failed in ")[1] for line in lines if "Assert failed" in line]
        if "Status: PASSED" in done.stdout:
            return True, ""
        return False, "; ".join(failed) or (lines or [done.stderr])[-1]


def judge(run: Run) -> tuple[bool, str]:
    proof = run.proof
    how = f"induction ({proof.induction})" if proof.induction else f"{run.steps} steps from reset"
    try:
        good, words = run.holds(mistake=False)
        if not good:
            return False, f"does not hold: {words}"
        good, words = run.holds(mistake=True)
        if good:
            return False, "does not find the mistake"
        return True, f"{how}; finds a mistake: {words}"
    except subprocess.TimeoutExpired:
        return False, f"no end within {SECONDS} s"
    except RuntimeError as error:
        return False, str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow", action="store_true", help="more steps from reset")
    parser.add_argument("--filter", default="", help="only proofs whose name holds this")
    parser.add_argument("--jobs", default=2, type=int)
    options = parser.parse_args()
    missing = [tool for tool in ("yosys", "yosys-smtbmc", "z3") if shutil.which(tool) is None]
    if missing:
        print(f"prove: no {', '.join(missing)}; install the Debian packages yosys and z3", file=sys.stderr)
        return 77
    runs = [Run(proof, options.slow) for proof in PROOFS if options.filter in proof.name]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(zip(runs, pool.map(judge, runs)))
    for run, (good, words) in results:
        print(f"{'proved' if good else 'FAILED'}  {run.proof.name}: {words}")
    passed = sum(good for _, (good, _) in results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if passed == len(results) and results else 1


if __name__ == "__main__":
    sys.exit(main())
