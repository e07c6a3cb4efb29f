"""The networks of src/network/ rebuilt in PyTorch from their description, to compare with.

Parameter names are those burn gives, so that files are exchanged without renaming.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


def heads_apart(x, heads):
    b, l, d = x.shape
    return x.view(b, l, heads, d // heads).transpose(1, 2)


def attend(q, k, v, bias):
    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    if bias is not None:
        scores = scores + bias
    b, h, l, d = q.shape
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, l, h * d)


def padding_bias(lengths, rows, dtype):
    hidden = torch.arange(rows)[None, :] >= torch.tensor(lengths)[:, None]
    return hidden.to(dtype)[:, None, None, :] * -1e9


class Rotary(nn.Module):
    """`Transformer`: many-hot rows, rotary positions in two coordinates, squared ReLU."""

    class Block(nn.Module):
        def __init__(self, d, heads, wide):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
            self.qkv = nn.Linear(d, 3 * d, bias=False)
            self.out = nn.Linear(d, d, bias=False)
            self.up, self.down = nn.Linear(d, wide), nn.Linear(wide, d)

        def forward(self, x, turn, bias):
            q, k, v = (heads_apart(p, self.heads) for p in self.qkv(self.norm1(x)).chunk(3, 2))
            x = x + self.out(attend(turn(q), turn(k), v, bias))
            return x + self.down(F.relu(self.up(self.norm2(x))) ** 2)

    def __init__(self, inputs, outputs, width, layers, heads, feed_forward):
        super().__init__()
        self.embed = nn.Linear(inputs, width, bias=False)
        self.blocks = nn.ModuleList(
            self.Block(width, heads, width * feed_forward) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)
        self.half = width // heads // 2

    def forward(self, features, first, second, lengths):
        # Half of the pairs turn with the first coordinate, a quarter with the second, the rest stand.
        by_first, by_second = self.half // 2, self.half // 4
        angle = torch.zeros(*first.shape, self.half, dtype=features.dtype)
        for pair in range(self.half):
            if pair < by_first:
                angle[..., pair] = first * 32 ** (-pair / by_first)
            elif pair < by_first + by_second:
                angle[..., pair] = second * 32 ** (-(pair - by_first) / by_second)
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]

        def turn(x):
            a, b = x[..., : self.half], x[..., self.half :]
            return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

        bias = padding_bias(lengths, features.shape[1], features.dtype)
        x = self.embed(features)
        for block in self.blocks:
            x = block(x, turn, bias)
        return self.head(self.norm(x))


class TimeEmbedding(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.half = width // 2
        self.first = nn.Linear(2 * self.half, width)
        self.second = nn.Linear(width, width)

    def forward(self, times):
        frequency = 10000.0 ** (-torch.arange(self.half, dtype=times.dtype) / self.half)
        angle = 1000 * times[:, None] * frequency
        waves = torch.cat([angle.sin(), angle.cos()], 1)
        return self.second(F.silu(self.first(waves)))


class Encoder(nn.Module):
    class Block(nn.Module):
        def __init__(self, d, heads, wide):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
            self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
            self.up, self.down = nn.Linear(d, wide), nn.Linear(wide, d)

        def forward(self, x, bias):
            q, k, v = (heads_apart(p, self.heads) for p in self.qkv(self.norm1(x)).chunk(3, 2))
            x = x + self.out(attend(q, k, v, bias))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    def __init__(self, width, layers, heads, feed_forward, positions, time, mask_padding):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(width))
        self.position = nn.Parameter(torch.zeros(positions, width))
        if time:
            self.time = TimeEmbedding(width)
        self.sees_time, self.mask_padding = time, mask_padding
        self.blocks = nn.ModuleList(
            self.Block(width, heads, width * feed_forward) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x, lengths, times):
        x = x + self.position[: x.shape[1]]
        if self.sees_time:
            x = x + self.time(times)[:, None]
        bias = padding_bias(lengths, x.shape[1], x.dtype) if self.mask_padding else None
        for block in self.blocks:
            x = block(x, bias)
        return self.norm(x)


class SchmuTx(nn.Module):
    def __init__(self, sizes, width, length, **rest):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(k + 1, width) for k in sizes)
        self.join = nn.Linear(len(sizes) * width, width)
        self.encoder = Encoder(width=width, positions=length, **rest)
        self.heads = nn.ModuleList(nn.Linear(width, k, bias=False) for k in sizes)

    def forward(self, ids, lengths, times):
        x = torch.cat([e(ids[..., f]) for f, e in enumerate(self.embeddings)], -1)
        x = self.encoder(F.relu(self.join(x)), lengths, times)
        return [head(x) for head in self.heads]


class SchmuConv(nn.Module):
    def __init__(self, sizes, width, field, length, mask_padding, **rest):
        super().__init__()
        self.mask_padding = mask_padding
        self.embeddings = nn.ModuleList(nn.Embedding(k + 1, field) for k in sizes)
        self.within = nn.Parameter(torch.zeros(4, field))
        self.down = nn.ModuleList(nn.Conv1d(field, width, 4, stride=4) for _ in sizes)
        self.join = nn.Linear(len(sizes) * width, width)
        self.encoder = Encoder(
            width=width, positions=length // 4, mask_padding=mask_padding, **rest
        )
        self.up = nn.ModuleList(nn.ConvTranspose1d(width, field, 4, stride=4) for _ in sizes)
        self.heads = nn.ModuleList(nn.Linear(field, k, bias=False) for k in sizes)

    def forward(self, ids, lengths, times):
        asked = ids.shape[1]
        ids = F.pad(ids, (0, 0, 0, -asked % 4))
        rows = ids.shape[1]
        real = torch.arange(rows)[None, :] < torch.tensor(lengths)[:, None]
        fields = []
        for f, (table, down) in enumerate(zip(self.embeddings, self.down)):
            x = table(ids[..., f]) + self.within.repeat(rows // 4, 1)
            if self.mask_padding:
                x = x * real[..., None]
            fields.append(F.relu(down(x.transpose(1, 2))).transpose(1, 2))
        x = F.relu(self.join(torch.cat(fields, -1)))
        x = self.encoder(x, [-(-l // 4) for l in lengths], times).transpose(1, 2)
        return [
            head(F.relu(up(x)).transpose(1, 2)[:, :asked]) for up, head in zip(self.up, self.heads)
        ]


class RollUnet(nn.Module):
    class Block(nn.Module):
        def __init__(self, source, between, to, time):
            super().__init__()
            self.first = nn.Conv2d(source, between, 3, padding=1)
            self.second = nn.Conv2d(between, to, 3, padding=1)
            self.mended = time is not None
            if self.mended:
                self.time = nn.Linear(time, between)
                if source != to:
                    self.pass_by = nn.Conv2d(source, to, 1)

        def forward(self, x, time):
            h = self.first(x)
            if not self.mended:
                return F.relu(self.second(F.relu(h)))
            h = F.relu(h + self.time(time)[:, :, None, None])
            read = self.pass_by(x) if hasattr(self, "pass_by") else x
            return F.relu(self.second(h) + read)

    class Unseen(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.first, self.second = nn.Linear(1, width), nn.Linear(width, width)

    def __init__(self, base, multipliers, inputs, outputs, pitches, time, reference):
        super().__init__()
        widths = [base * m for m in multipliers]
        seen = None if reference else time
        self.down = nn.ModuleList(
            self.Block(a, b, b, seen) for a, b in zip([inputs] + widths, widths)
        )
        self.low = self.Block(widths[-1], widths[-1], widths[-1], seen)
        self.up = nn.ModuleList(
            self.Block(2 * a, a, b, seen) for a, b in zip(widths[::-1], widths[-2::-1] + widths[:1])
        )
        self.last = nn.Conv2d(base * multipliers[0], outputs, 1)
        if reference:
            self.unseen = self.Unseen(time)
        else:
            self.time = TimeEmbedding(time)
            self.mix = nn.Linear(pitches, pitches)
        self.reference = reference

    def forward(self, roll, times):
        steps = roll.shape[2]
        time = None if self.reference else F.relu(self.time(times))
        x = F.pad(roll, (0, 0, 0, -steps % 2 ** len(self.down)))
        passed = []
        for block in self.down:
            x = block(x, time)
            passed.append(x)
            x = F.avg_pool2d(x, (2, 1))
        x = self.low(x, time)
        if not self.reference:
            x = x + self.mix(x)
        for block in self.up:
            x = F.interpolate(x, scale_factor=(2, 1), mode="nearest")
            x = block(torch.cat([x, passed.pop()], 1), time)
        return self.last(x)[:, :, :steps]
