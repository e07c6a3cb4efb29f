#!/usr/bin/env python3
"""Writes, and checks, what tests/parity.rs compares our networks with.

Run by hand when a network changes:

    pip install torch safetensors
    python3 scripts/parity/parity.py                # writes tests/fixtures/parity/*.safetensors
    LACUNA_PARITY=parity-out cargo test --test parity
    python3 scripts/parity/parity.py --check parity-out/*.safetensors

Each fixture holds, of a small network of networks.py in double precision: its configuration (metadata),
inputs (`in.*`), targets (`target.*`), weights (`w.*`), outputs (`out.*`), `loss`, gradients (`g.*`), and the
weights after one step of Adam at 5e-4 (`a.*`). The second command makes the test write the weights that it
loaded into our networks, in PyTorch's layout; the third loads them with strict=True and compares weights and
outputs.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn import functional as F

from networks import Rotary, RollUnet, SchmuConv, SchmuTx

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "parity"
SIZES = [5, 7, 3]
BODY = dict(width=24, layers=2, heads=3, feed_forward=2, length=12)
ROLL = dict(base=4, multipliers=[1, 2, 2], pitches=12, time=8)
PUBLISHED = dict(time=False, mask_padding=False)
MENDED = dict(time=True, mask_padding=True)

# name: (class, its arguments, steps of the roll or rows of the windows)
CASES = {
    "transformer": (
        Rotary,
        dict(inputs=6, outputs=7, width=32, layers=2, heads=2, feed_forward=2),
        [9, 5],
    ),
    "schmu_tx": (SchmuTx, dict(sizes=SIZES, **BODY, **MENDED), [10, 6]),
    "schmu_tx_reference": (SchmuTx, dict(sizes=SIZES, **BODY, **PUBLISHED), [10, 6]),
    "schmu_conv": (SchmuConv, dict(sizes=SIZES, field=8, **BODY, **MENDED), [10, 6]),
    "schmu_conv_reference": (SchmuConv, dict(sizes=SIZES, field=8, **BODY, **PUBLISHED), [12, 6]),
    "roll_unet": (RollUnet, dict(**ROLL, inputs=5, outputs=2, reference=False), [13]),
    "roll_unet_reference": (RollUnet, dict(**ROLL, inputs=1, outputs=1, reference=True), [16]),
}


def network(name):
    kind, arguments, rows = CASES[name]
    net = kind(**arguments).double()
    for key, value in net.named_parameters():
        # Tables of positions start as zeros and norms as ones, which would hide a mistake.
        if "norm" in key or key.split(".")[-1] in ("position", "within"):
            with torch.no_grad():
                value += 0.3 * torch.randn_like(value)
    return net, arguments, rows


def examples(arguments, kind, rows):
    """Inputs by name and targets (ids or cells, and the mask of those that count)."""
    if kind is RollUnet:
        shape = (2, arguments["outputs"], rows[0], arguments["pitches"])
        roll = torch.rand(2, arguments["inputs"], *shape[2:]).round().double()
        inputs = {"roll": roll, "times": torch.tensor([0.2, 0.7], dtype=torch.float32).double()}
        return inputs, torch.rand(shape).round().double(), torch.rand(shape).round().double()
    longest = max(rows)
    real = torch.arange(longest)[None, :] < torch.tensor(rows)[:, None]
    if kind is Rotary:
        features = (torch.rand(2, longest, arguments["inputs"]) < 0.4).double()
        inputs = {
            "features": features * real[..., None],
            "first": torch.arange(longest).div(4, rounding_mode="floor").double().repeat(2, 1) * real,
            "second": torch.arange(longest).remainder(4).double().repeat(2, 1) * real,
        }
        target = torch.randint(arguments["outputs"], (2, longest))
        mask = (torch.rand(2, longest) < 0.6) & real
    else:
        sizes = torch.tensor(arguments["sizes"])
        ids = (torch.rand(2, longest, len(sizes)) * (sizes + 1)).long() * real[..., None]
        times = torch.tensor([0.25, 0.8], dtype=torch.float32).double()
        inputs = {"ids": ids, "times": times}
        target = (torch.rand(2, longest, len(sizes)) * sizes).long()
        mask = (torch.rand(2, longest, len(sizes)) < 0.6) & real[..., None]
    inputs["lengths"] = rows
    return inputs, target, mask.double()


def loss_of(outputs, target, mask):
    """Mean cross-entropy of the masked values; of cells, the binary one."""
    if outputs[0].dim() == 4:
        each = F.binary_cross_entropy_with_logits(outputs[0], target, reduction="none")
        return (each * mask).sum() / mask.sum()
    if target.dim() == 2:
        target, mask = target[..., None], mask[..., None]
    total = 0
    for f, logits in enumerate(outputs):
        each = F.cross_entropy(logits.transpose(1, 2), target[..., f], reduction="none")
        total = total + (each * mask[..., f]).sum()
    return total / mask.sum()


def answer(net, inputs):
    out = net(**inputs)
    return out if isinstance(out, list) else [out]


def stored(tensor):
    tensor = tensor.detach().contiguous().clone()
    return tensor.float() if tensor.is_floating_point() else tensor.int()


def write(name):
    torch.manual_seed(list(CASES).index(name))
    net, arguments, rows = network(name)
    # What is stored has single precision; go on from there.
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(value.float().double())
    inputs, target, mask = examples(arguments, type(net), rows)
    tensors = {"target.values": stored(target), "target.mask": stored(mask)}
    for key, value in inputs.items():
        tensors[f"in.{key}"] = stored(torch.as_tensor(value))
    tensors |= {f"w.{k}": stored(v) for k, v in net.named_parameters()}
    outputs = answer(net, inputs)
    tensors |= {f"out.{i}": stored(o) for i, o in enumerate(outputs)}
    loss = loss_of(outputs, target, mask)
    loss.backward()
    tensors["loss"] = stored(loss.reshape(1))
    for key, value in net.named_parameters():
        grad = torch.zeros_like(value) if value.grad is None else value.grad
        tensors[f"g.{key}"] = stored(grad)
    torch.optim.Adam(net.parameters(), lr=5e-4).step()
    tensors |= {f"a.{k}": stored(v) for k, v in net.named_parameters()}
    FIXTURES.mkdir(parents=True, exist_ok=True)
    path = FIXTURES / f"{name}.safetensors"
    save_file(tensors, path, metadata={"arguments": json.dumps(arguments)})
    count = sum(p.numel() for p in net.parameters())
    print(f"{path.name}: {count} parameters, loss {loss.item():.6f}, {path.stat().st_size} bytes")


def read(path):
    with safe_open(path, "pt") as file:
        return {k: file.get_tensor(k) for k in file.keys()}


def check(path):
    """Loads weights written by us and compares them, and what they compute, with the fixture."""
    name = path.stem
    fixture = read(FIXTURES / f"{name}.safetensors")
    net, _, _ = network(name)
    net.load_state_dict({k: v.double() for k, v in read(path).items()}, strict=True)
    for key, value in net.named_parameters():
        if not torch.equal(stored(value), fixture[f"w.{key}"]):
            sys.exit(f"{path}: {key} differs from the fixture")
    inputs = {k[3:]: v for k, v in fixture.items() if k.startswith("in.")}
    inputs = {k: v.double() if v.is_floating_point() else v.long() for k, v in inputs.items()}
    if "lengths" in inputs:
        inputs["lengths"] = inputs["lengths"].tolist()
    most = max(
        (o - fixture[f"out.{i}"]).abs().max().item() for i, o in enumerate(answer(net, inputs))
    )
    if most > 1e-5:
        sys.exit(f"{path}: outputs differ by {most}")
    print(f"{path.name}: all keys matched, weights equal, outputs within {most:.1e}")


def main():
    parser = argparse.ArgumentParser(description="fixtures for tests/parity.rs")
    parser.add_argument("--check", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    for path in arguments.check or []:
        check(path)
    if not arguments.check:
        for name in CASES:
            write(name)


if __name__ == "__main__":
    main()
