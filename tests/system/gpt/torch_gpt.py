# SPDX-License-Identifier: Apache-2.0
"""docs/gpt.md in PyTorch, with autograd: matrix operands rounded to BF16 where the page rounds them, or nothing rounded."""
import math

import numpy
import torch
import torch.nn.functional as functional


def bf(x):
    return x.to(torch.bfloat16).to(torch.float32)


class Product(torch.autograd.Function):
    """a @ b; operands, and the gradient that comes back, rounded."""

    @staticmethod
    def forward(ctx, a, b):
        a, b = bf(a), bf(b)
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx, d):
        a, b = ctx.saved_tensors
        d = bf(d)
        da = d @ b.transpose(-2, -1)
        db = a.transpose(-2, -1) @ d
        if b.dim() == 2 and db.dim() > 2:
            db = db.flatten(0, -3).sum(0)
        return da, db


class Softmax(torch.autograd.Function):
    """Rounded, and backward from the rounded one."""

    @staticmethod
    def forward(ctx, x, scale):
        y = bf(functional.softmax(x * scale, -1))
        ctx.save_for_backward(y)
        ctx.scale = scale
        return y

    @staticmethod
    def backward(ctx, d):
        (y,) = ctx.saved_tensors
        return (d - (y * d).sum(-1, keepdim=True)) * y * ctx.scale, None


class Gpt:
    """A step's loss and gradients from a flat array of parameters in the page's order of files."""

    def __init__(self, layers, heads, channels, block, vocabulary, rounded=True):
        self.layers, self.heads, self.channels, self.block = layers, heads, channels, block
        self.rounded = rounded
        self.product = Product.apply if rounded else torch.matmul
        self.softmax = Softmax.apply if rounded else (lambda x, scale: functional.softmax(x * scale, -1))
        c = channels
        self.shapes = [("wte", (vocabulary, c)), ("wpe", (block, c))]
        for layer in range(layers):
            self.shapes += [(f"{layer}.{name}", shape) for name, shape in (
                ("ln1.w", (c,)), ("ln1.b", (c,)), ("qkv.w", (3 * c, c)), ("qkv.b", (3 * c,)), ("proj.w", (c, c)), ("proj.b", (c,)),
                ("ln2.w", (c,)), ("ln2.b", (c,)), ("fc.w", (4 * c, c)), ("fc.b", (4 * c,)), ("out.w", (c, 4 * c)), ("out.b", (c,)))]
        self.shapes += [("lnf.w", (c,)), ("lnf.b", (c,))]
        self.mask = torch.triu(torch.ones(block, block, dtype=torch.bool), 1)

    def split(self, flat):
        """Views by name of an array of all parameters: matrices, then vectors."""
        parts, first = {}, 0
        for name, shape in sorted(self.shapes, key=lambda item: len(item[1]) == 1):
            size = math.prod(shape)
            parts[name] = flat[first:first + size].reshape(shape)
            first += size
        assert first == len(flat), "the dump is of another model"
        return {name: parts[name] for name, _ in self.shapes}

    def parameters(self, flat):
        return {name: torch.from_numpy(part.copy()).requires_grad_() for name, part in self.split(flat).items()}

    def norm(self, x, p, name):
        return functional.layer_norm(x, (self.channels,), p[name + ".w"], p[name + ".b"], 1e-5)

    def linear(self, x, p, name):
        if not self.rounded:
            return functional.linear(x, p[name + ".w"], p[name + ".b"])
        return self.product(x, p[name + ".w"].t()) + p[name + ".b"]

    def attention(self, h, p, name, sequences):
        width = self.channels // self.heads
        q, k, v = (part.view(sequences, self.block, self.heads, width).transpose(1, 2)
                   for part in self.linear(h, p, name + "qkv").split(self.channels, 1))
        scores = self.product(q, k.transpose(-2, -1)).masked_fill(self.mask, float("-inf"))
        out = self.product(self.softmax(scores, 1 / math.sqrt(width)), v)
        return out.transpose(1, 2).reshape(sequences * self.block, self.channels)

    def logits(self, p, tokens):
        sequences = len(tokens) // self.block
        x = functional.embedding(tokens, p["wte"]).view(sequences, self.block, -1) + p["wpe"]
        x = x.view(sequences * self.block, -1)
        for layer in range(self.layers):
            name = f"{layer}."
            x = x + self.linear(self.attention(self.norm(x, p, name + "ln1"), p, name, sequences), p, name + "proj")
            hidden = functional.gelu(self.linear(self.norm(x, p, name + "ln2"), p, name + "fc"), approximate="tanh")
            x = x + self.linear(hidden, p, name + "out")
        return self.product(self.norm(x, p, "lnf"), p["wte"].t())

    def loss(self, p, tokens, targets):
        return functional.cross_entropy(self.logits(p, tokens), targets)


def philox(c0, c1, c2, c3, key):
    """Philox4x32-10."""
    mask = 0xFFFFFFFF
    k0, k1 = key & mask, key >> 32
    for _ in range(10):
        left, right = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (right >> 32) ^ c1 ^ k0, right & mask, (left >> 32) ^ c3 ^ k1, left & mask
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return c0, c1, c2, c3


class Text:
    """docs/gpt.md, "Data"."""

    def __init__(self, path):
        content = numpy.fromfile(path, dtype=numpy.uint8)
        self.symbols = numpy.unique(content, return_inverse=True)[1].astype(numpy.int64)
        self.vocabulary = int(self.symbols.max()) + 1
        self.train_length = len(content) - len(content) // 10

    def rows(self, starts, block):
        tokens = numpy.concatenate([self.symbols[start:start + block] for start in starts])
        targets = numpy.concatenate([self.symbols[start + 1:start + 1 + block] for start in starts])
        return torch.from_numpy(tokens), torch.from_numpy(targets)

    def batch(self, seed, step, batch, block):
        starts = [philox(b // 4, step, 0x80000000, 0, seed)[b % 4] * (self.train_length - block) >> 32 for b in range(batch)]
        return self.rows(starts, block)


def rate(step, steps, warmup, peak, end):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return end + 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) * (peak - end)


def optimiser(p, decay, beta1, beta2, epsilon):
    matrices = [value for value in p.values() if value.dim() == 2]
    vectors = [value for value in p.values() if value.dim() == 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}],
                             betas=(beta1, beta2), eps=epsilon)


def train_step(gpt, p, adamw, batch, learning_rate, clip):
    loss = gpt.loss(p, *batch)
    adamw.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(p.values(), clip)
    for group in adamw.param_groups:
        group["lr"] = learning_rate
    adamw.step()
    return loss.item()
