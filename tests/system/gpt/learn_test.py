#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nanoGPT's CPU configuration, 2000 steps on the board and in plain PyTorch (FP32, nothing rounded) with the same recipe and batches: the
validation losses over the same windows of the last tenth lie within 0.03, and the board's below a trigram table's 2.01.

learn_test.py ATHENA TEXT [STEPS]"""
import re
import subprocess
import sys

import torch
import torch_gpt

LAYERS, HEADS, CHANNELS, BLOCK, BATCH = 4, 4, 128, 64, 12
EVAL = 570  # batches: nearly every character of the last tenth once


def board_loss(athena, path, steps):
    command = [athena, "run", "athena-mini", "--firmware", "gpt", "--load", path, "--append",
               f"steps={steps} eval={EVAL} eval_every={steps} sample=0"]
    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace")
    return float(re.search(r"^validation \d+ loss (\S+)", done.stdout, re.MULTILINE).group(1))


def validation(gpt, p, text):
    places = len(text.symbols) - text.train_length - BLOCK - 1
    starts = [text.train_length + number * places // (EVAL * BATCH) for number in range(EVAL * BATCH)]
    with torch.no_grad():
        losses = [gpt.loss(p, *text.rows(starts[first:first + BATCH], BLOCK)).item() for first in range(0, len(starts), BATCH)]
    return sum(losses) / len(losses)


def torch_loss(path, steps):
    text = torch_gpt.Text(path)
    gpt = torch_gpt.Gpt(LAYERS, HEADS, CHANNELS, BLOCK, text.vocabulary, rounded=False)
    p = {}
    for name, shape in gpt.shapes:
        deep = name.endswith(("proj.w", "out.w"))
        scale = 0.02 / (2 * LAYERS) ** 0.5 if deep else 0.02
        value = torch.randn(shape) * scale if len(shape) == 2 else torch.full(shape, 1.0 if name.endswith(".w") else 0.0)
        p[name] = value.requires_grad_()
    adamw = torch_gpt.optimiser(p, 0.1, 0.9, 0.99, 1e-8)
    for step in range(steps):
        rate = torch_gpt.rate(step, steps, 100, 1e-3, 1e-4)
        torch_gpt.train_step(gpt, p, adamw, text.batch(1, step, BATCH, BLOCK), rate, 1.0)
    return validation(gpt, p, text)


def main():
    torch.manual_seed(1)
    athena, path = sys.argv[1:3]
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    board, peer = board_loss(athena, path, steps), torch_loss(path, steps)
    print(f"validation loss after {steps} steps: board {board:.4f}, PyTorch {peer:.4f}")
    if abs(board - peer) > 0.03 or (steps >= 2000 and board > 2.01):
        sys.exit("the board learns otherwise than PyTorch")


if __name__ == "__main__":
    main()
