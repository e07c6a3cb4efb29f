#!/usr/bin/env python3
"""The transformer of `lacuna bench training`, in PyTorch: the same layers, sizes, positions, loss and optimiser.

Prints two lines a machine can read, `train MS MS ...` and `forward MS MS ...`, one time a step.

The input is one id a row, so the embedding is a table here (the same values and gradients as the product with
one-hot columns, and faster). Only the masked rows go through the head in training, as in Lacuna; in `forward`
all rows do.
"""

import argparse
import time

import torch
import torch.nn.functional as F
from torch import nn


def angles(first, second, half):
    """Cosines and sines, each [rows, half]: half of the pairs by bar, a quarter by slot, a quarter still."""
    by_first, by_second = half // 2, half // 4
    wave = lambda n: 32.0 ** (-torch.arange(n, dtype=torch.float32) / max(n, 1))
    angle = torch.zeros(len(first), half)
    angle[:, :by_first] = first[:, None] * wave(by_first)
    angle[:, by_first : by_first + by_second] = second[:, None] * wave(by_second)
    return angle.cos(), angle.sin()


class Block(nn.Module):
    def __init__(self, d, heads, wide):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, wide), nn.Linear(wide, d)

    def forward(self, x, cos, sin):
        b, l, d = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, l, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        # Queries and keys turn together.
        p, q = qkv[:2].chunk(2, -1)
        turned = torch.cat((p * cos - q * sin, p * sin + q * cos), -1)
        mixed = F.scaled_dot_product_attention(turned[0], turned[1], qkv[2])
        x = x + self.out(mixed.transpose(1, 2).reshape(b, l, d))
        return x + self.down(F.relu(self.up(self.norm2(x))).square())


class Transformer(nn.Module):
    def __init__(self, inputs, outputs, d, layers, heads, wide):
        super().__init__()
        self.embed = nn.Embedding(inputs, d)
        self.blocks = nn.ModuleList(Block(d, heads, wide) for _ in range(layers))
        self.norm = nn.LayerNorm(d)
        self.head = nn.Linear(d, outputs)

    def hidden(self, ids, cos, sin):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, cos, sin)
        return x

    def forward(self, ids, cos, sin):
        return self.head(self.norm(self.hidden(ids, cos, sin)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--optimiser", choices=("fused", "foreach"), default="fused")
    parser.add_argument("--forward-only", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)

    symbols = 130
    net = Transformer(symbols, symbols, a.width, a.layers, a.heads, 4 * a.width)
    rows = torch.arange(a.rows, dtype=torch.float32)
    cos, sin = angles(rows.div(16, rounding_mode="floor"), rows % 16, a.width // a.heads // 2)
    ids = torch.randint(0, symbols - 1, (a.batch, a.rows))
    masked = torch.rand(a.batch, a.rows) < 0.5
    given = ids.masked_fill(masked, symbols - 1)
    print(f"parameters {sum(p.numel() for p in net.parameters())}, torch {torch.__version__}, {a.threads} threads")

    def timed(step):
        for _ in range(a.warm_up):
            step()
        times = []
        for _ in range(a.steps):
            started = time.perf_counter()
            step()
            times.append((time.perf_counter() - started) * 1000)
        return " ".join(f"{t:.2f}" for t in times)

    if not a.forward_only:
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01, **{a.optimiser: True}
        )

        def train():
            optimiser.zero_grad(set_to_none=True)
            x = net.hidden(given, cos, sin)[masked]
            loss = F.cross_entropy(net.head(net.norm(x)), ids[masked])
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            return loss.item()

        print("train", timed(train))

    def evaluate():
        with torch.inference_mode():
            return net(given, cos, sin).numpy()

    print("forward", timed(evaluate))


if __name__ == "__main__":
    main()
