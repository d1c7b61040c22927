#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reference's losses and gradients against PyTorch, starting each step from the reference's weights; and steps on PyTorch's own.

torch_test.py REFERENCE TEXT [key=value ...]"""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
import torch
import torch_gpt

# docs/gpt.md, "Tolerance against PyTorch".
GRADIENT, LOSS, FREE_LOSS = 2.0 ** -7, 2e-4, 1e-3
# How fast differences grow depends on the rate and on the kernels that PyTorch chooses for the CPU.
FREE_STEPS = 10
DEFAULTS = {"layers": 4, "heads": 4, "channels": 128, "block": 64, "batch": 12, "seed": 1, "steps": 10, "rate": 1e-3, "rate_end": 1e-4,
            "warmup": 100, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "decay": 0.1, "clip": 1.0}


def run_reference(reference, text, arguments, dump):
    command = [reference, "--dump", str(dump), text, *arguments]
    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace")
    return [float(found) for found in re.findall(r"^step \d+ loss (\S+)", done.stdout, re.MULTILINE)]


def distance(name, ours, theirs):
    """Of a gradient, relative to its largest element. Key biases have none but for rounding: relative to the whole bias's."""
    largest = theirs.abs().max().item()
    apart = (ours - theirs).abs()
    if name.endswith("qkv.b"):
        keys = slice(len(theirs) // 3, 2 * len(theirs) // 3)
        largest = max(largest, 1e-12)
        return max(apart[keys].max().item(), apart.max().item()) / largest
    return apart.max().item() / largest


def check_step(gpt, text, options, step, dump, worst):
    half = (len(dump) - 1) // 2
    p = gpt.parameters(dump[:half])
    loss = gpt.loss(p, *text.batch(options["seed"], step, options["batch"], options["block"]))
    loss.backward()
    worst["loss"] = max(worst.get("loss", 0.0), abs(loss.item() - float(dump[-1])))
    for name, gradient in gpt.split(dump[half:-1]).items():
        apart = distance(name, torch.from_numpy(gradient.copy()), p[name].grad)
        kind = name.split(".", 1)[1] if "." in name and name[0].isdigit() else name
        worst[kind] = max(worst.get(kind, 0.0), apart)


def free_run(gpt, text, options, first, losses):
    p = gpt.parameters(first)
    adamw = torch_gpt.optimiser(p, options["decay"], options["beta1"], options["beta2"], options["epsilon"])
    worst = 0.0
    for step, expected in enumerate(losses[:FREE_STEPS]):
        batch = text.batch(options["seed"], step, options["batch"], options["block"])
        rate = torch_gpt.rate(step, options["steps"], options["warmup"], options["rate"], options["rate_end"])
        loss = torch_gpt.train_step(gpt, p, adamw, batch, rate, options["clip"])
        worst = max(worst, abs(loss - expected))
    return worst


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    reference, path, *words = sys.argv[1:]
    options = dict(DEFAULTS)
    options.update({key: type(DEFAULTS[key])(value) for key, value in (word.split("=") for word in words)})
    text = torch_gpt.Text(path)
    gpt = torch_gpt.Gpt(options["layers"], options["heads"], options["channels"], options["block"], text.vocabulary)
    with tempfile.TemporaryDirectory(prefix="athena-gpt-") as folder:
        dump = pathlib.Path(folder) / "dump"
        arguments = [f"{key}={value:.10f}" if isinstance(value, float) else f"{key}={value}" for key, value in options.items()]
        run_reference(reference, path, [*arguments, "every=1", "eval=0", "sample=0"], dump)
        steps = numpy.fromfile(dump, dtype=numpy.float32).reshape(options["steps"], -1)
    worst = {}
    for step, of_step in enumerate(steps):
        check_step(gpt, text, options, step, of_step, worst)
    apart = free_run(gpt, text, options, steps[0][:(steps.shape[1] - 1) // 2], [float(row[-1]) for row in steps])
    for name, value in worst.items():
        print(f"{name:10} {value:.2e}")
    print(f"free       {apart:.2e}")
    too_far = [name for name, value in worst.items() if not value < (LOSS if name == "loss" else GRADIENT)]
    if too_far or not apart < FREE_LOSS:
        sys.exit(f"too far from PyTorch: {too_far}, free {apart}")


if __name__ == "__main__":
    main()
