#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Host time of a training step of nanoGPT's CPU configuration: the functional board against PyTorch, measured in turn.

bench_gpt.py ATHENA TEXT [ROUNDS]"""
import os
import statistics
import subprocess
import sys
import time

# OpenBLAS takes a CPU that is younger than itself for an old one: the peer has its best kernels all the same.
with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpu:
    if "avx512bw" in cpu.read():
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../system/gpt"))
# pylint: disable=wrong-import-position
import torch  # noqa: E402
import torch_gpt  # noqa: E402

STEPS = 20
# What an optimisation that undoes itself would pass; docs/gpt.md states what is wanted.
MOST_ON_MINI = 2.5


def run_board(athena, board, threads, steps):
    start = time.perf_counter()
    subprocess.run([athena, "run", board, "--threads", str(threads), "--firmware", "gpt", "--append", f"steps={steps} eval=0 sample=0"], check=True,
                   stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def board_step(athena, board, threads):
    """Seconds, without start and recording."""
    return (run_board(athena, board, threads, STEPS) - run_board(athena, board, threads, 0)) / STEPS


class Peer:
    def __init__(self, path):
        torch.manual_seed(1)
        self.text = torch_gpt.Text(path)
        self.gpt = torch_gpt.Gpt(4, 4, 128, 64, self.text.vocabulary, rounded=False)
        self.p = {name: (torch.randn(shape) * 0.02 if len(shape) == 2 else torch.full(shape, float(name.endswith(".w")))).requires_grad_()
                  for name, shape in self.gpt.shapes}
        self.adamw = torch_gpt.optimiser(self.p, 0.1, 0.9, 0.99, 1e-8)
        self.steps = 0

    def step(self, threads):
        """Seconds of a step, without its batch."""
        torch.set_num_threads(threads)
        times = []
        for _ in range(STEPS):
            batch = self.text.batch(1, self.steps, 12, 64)
            start = time.perf_counter()
            torch_gpt.train_step(self.gpt, self.p, self.adamw, batch, 1e-3, 1.0)
            times.append(time.perf_counter() - start)
            self.steps += 1
        return statistics.median(times)


def main():
    athena, path = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    peer = Peer(path)
    peer.step(1)
    ratios = {(board, threads): [] for board in ("athena-mini", "athena-1") for threads in (1, 2)}
    for _ in range(rounds):
        for (board, threads), of_board in ratios.items():
            ours = board_step(athena, board, threads)
            # On 2 threads the better of both: a model this small may lose by the second.
            theirs = min(peer.step(count) for count in range(1, threads + 1))
            of_board.append(ours / theirs)
            print(f"{board:12} on {threads} {1000 * ours:6.1f} ms a step, PyTorch {1000 * theirs:6.1f} ms: {ours / theirs:.2f}", flush=True)
    for (board, threads), of_board in ratios.items():
        print(f"{board}, {threads} of the host's threads: {statistics.median(of_board):.2f} times PyTorch's time")
    if statistics.median(ratios["athena-mini", 1]) > MOST_ON_MINI:
        sys.exit(f"athena-mini: more than {MOST_ON_MINI} times")


if __name__ == "__main__":
    main()
