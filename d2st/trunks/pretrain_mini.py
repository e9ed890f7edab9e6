"""Pre-trains ``vit_mini`` on still images of the embedded world, here by two processes of one thread each:

    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m d2st.trunks.pretrain_mini

Many tasks at once: what is seen, where, how large, which way up, how many, on what background - from the class token
and, for the thing in front of it, from every patch token. The task heads are linear and thrown away. Stills only: the
trunk never sees a video, and no class of the datasets is a target. See ``weights/README.md`` for the shipped run.
"""

import argparse
import os
import time
from pathlib import Path

import timm
import torch
from mmengine.dist import get_dist_info
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed import init_process_group
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from d2st.data.embedded.shapes import GROUNDS, SHAPES, TEXTURES
from d2st.trunks.mini import WEIGHTS
from d2st.trunks.stills import STILLS, stills

SCALE = torch.tensor([0.25, 0.25, 0.06, 0.4, 0.7, 0.7, 0.7, 0.7])  # of the eight numbers of ``where``
CELL_SCALE = torch.tensor([0.1, 0.1, 0.06, 0.4, 0.7, 0.7, 0.7, 0.7])


class Heads(nn.Module):
    """Linear heads on the class token (b d) and the patch tokens (b 36 d); ``losses`` gives one loss a task."""

    def __init__(self, width: int):
        super().__init__()
        out = {"count": 5, "ground": len(GROUNDS), "ground_hue": 2, "cover": 144, "hues": 216}
        for name in ("main", "next"):
            out |= {f"{name}_where": 8, f"{name}_shape": len(SHAPES), f"{name}_texture": len(TEXTURES)}
        out |= {"cell_shape": len(SHAPES), "cell_texture": len(TEXTURES), "cell_where": 8, "cell_seen": 1}
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in out.items()})

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        """Every head's output for tokens (b l d), class token first."""
        return {
            name: head(tokens[:, 1:] if name.startswith("cell") else tokens[:, 0])
            for name, head in self.heads.items()
        }

    def losses(self, tokens: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """Each about 1 for a head that knows nothing."""
        out = self(tokens)
        cross, binary = functional.cross_entropy, functional.binary_cross_entropy_with_logits
        losses = {name: cross(out[name], targets[name]) / 2 for name in ("count", "ground")}
        losses["ground_hue"] = (out["ground_hue"] - targets["ground_hue"]).square().mean()
        for name in ("cover", "hues"):
            losses[name] = 4 * binary(out[name], targets[name].flatten(1))
        for name, share in (("main", 1.0), ("next", 0.5)):
            seen = targets[f"{name}_seen"]
            error = (out[f"{name}_where"] - targets[f"{name}_where"]) / SCALE
            losses[f"{name}_where"] = 2 * functional.smooth_l1_loss(
                error[seen], torch.zeros_like(error[seen])
            )
            for kind in ("shape", "texture"):
                known = targets[f"{name}_{kind}"][seen]
                losses[f"{name}_{kind}"] = share * cross(out[f"{name}_{kind}"][seen], known)
        seen = targets["cell_seen"].flatten(1)
        losses["cell_seen"] = binary(out["cell_seen"][..., 0], seen.float())
        error = (out["cell_where"] - targets["cell_where"].flatten(1, 2))[seen] / CELL_SCALE
        losses["cell_where"] = functional.smooth_l1_loss(error, torch.zeros_like(error))
        for kind in ("cell_shape", "cell_texture"):
            losses[kind] = cross(out[kind][seen], targets[kind].flatten(1)[seen]) / 2
        return losses

    @torch.no_grad()
    def probe(self, tokens: Tensor, targets: dict[str, Tensor]) -> dict[str, float]:
        """Accuracies, and the mean distance in pixels (of 48) of the main thing's place."""
        out, seen = self(tokens), targets["main_seen"]
        right = {name: out[name].argmax(1) == targets[name] for name in ("count", "ground")}
        right |= {k: (out[k].argmax(1) == targets[k])[seen] for k in ("main_shape", "main_texture")}
        figures = {name: hit.float().mean().item() for name, hit in right.items()}
        for name in ("main", "next"):
            off = (out[f"{name}_where"] - targets[f"{name}_where"])[targets[f"{name}_seen"]]
            figures[f"{name}_place_pixels"] = 48 * off[:, :2].norm(dim=1).mean().item()
            figures[f"{name}_radius_pixels"] = 48 * off[:, 2].abs().mean().item()
        return figures


def waves(rows: int, columns: int, width: int) -> Tensor:
    """Sines and cosines of both places of every cell of a grid, ((rows columns) width), up to a quarter period a cell."""
    quarter = width // 4
    speed = 0.25 * torch.pi * 2 ** torch.linspace(-2.0, 1.0, quarter)
    angles = [torch.arange(size)[:, None] * speed for size in (rows, columns)]
    down, across = (torch.cat([a.sin(), a.cos()], dim=1) for a in angles)
    down, across = down[:, None].expand(-1, columns, -1), across[None].expand(rows, -1, -1)
    return torch.cat([down, across], dim=2).flatten(0, 1)


class Tasks(nn.Module):
    """The trunk with its task heads: images (b c h w) and targets to one loss a task."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk, self.heads = trunk, Heads(trunk.embed_dim)

    def forward(self, images: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`Heads`."""
        return self.heads.losses(self.trunk.forward_features(images), targets)


@torch.no_grad()
def start(trunk: nn.Module) -> None:
    """A start from which a few minutes suffice: linear layers as strong as their width asks (timm's fixed 0.02 suits
    a width of 768), and sines and cosines as position embedding."""
    for layer in trunk.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
    rows, columns = trunk.patch_embed.grid_size
    trunk.pos_embed.zero_()
    trunk.pos_embed[0, 1:] = 0.5 * waves(rows, columns, trunk.embed_dim)
    nn.init.normal_(trunk.cls_token, std=0.3)


def pretrain(
    steps: int, batch: int, rate: float, seed: int, every: int = 100
) -> tuple[nn.Module, dict[str, float]]:
    """The trained trunk and its probe figures on stills it has not seen; ``batch`` images a process and step."""
    rank, world = get_dist_info()
    torch.manual_seed(seed)
    tasks = Tasks(timm.create_model("vit_mini", pretrained=False, num_classes=0))
    start(tasks.trunk)
    spread = tasks if world == 1 else DistributedDataParallel(tasks)
    optimizer = torch.optim.AdamW(tasks.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    begun = time.perf_counter()
    for step in range(steps):
        images, targets = stills(seed, step * world + rank, batch // STILLS)
        losses = spread(images, targets)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(tasks.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % every == every - 1 and rank == 0:
            shown = " ".join(f"{name} {loss.item():.2f}" for name, loss in losses.items())
            print(f"{step + 1}/{steps} {time.perf_counter() - begun:.0f}s {shown}", flush=True)
    tasks.eval()
    images, targets = stills(seed, -1, 128)
    with torch.no_grad():
        return tasks.trunk, tasks.heads.probe(tasks.trunk.forward_features(images), targets)


def main() -> None:
    """Command line; writes the weights and prints the probe figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64, help="images a process and step, a multiple of 4")
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    if "RANK" in os.environ:  # torchrun
        init_process_group("gloo")
    trunk, figures = pretrain(arguments.steps, arguments.batch, arguments.rate, arguments.seed)
    if get_dist_info()[0]:
        return
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in trunk.state_dict().items()}, str(arguments.output))
    for name, value in figures.items():
        print(f"{name} {value:.3f}")
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
