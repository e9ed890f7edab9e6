"""Pre-trains ``vit_mini`` or ``resnet_mini`` on still images of the embedded world:

    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m d2st.trunks.pretrain_mini vit_mini --steps 3000
    OMP_NUM_THREADS=1 python -m d2st.trunks.pretrain_mini resnet_mini --steps 4500 --batch 32 --rate 4e-3

The tasks are those of :mod:`d2st.trunks.still_tasks`. Stills only: the trunk never sees a video, and no class of the
datasets is a target. See ``weights/README.md`` for the shipped runs.
"""

import argparse
import os
import time
from pathlib import Path

import timm
import torch
from mmengine.dist import get_dist_info
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.distributed import init_process_group
from torch.nn.parallel import DistributedDataParallel

from d2st.trunks.mini import MINIS, weights_file
from d2st.trunks.still_tasks import Tasks
from d2st.trunks.stills import STILLS, stills


def waves(rows: int, columns: int, width: int) -> Tensor:
    """Sines and cosines of both places of every cell of a grid, ((rows columns) width), up to a quarter period a cell."""
    quarter = width // 4
    speed = 0.25 * torch.pi * 2 ** torch.linspace(-2.0, 1.0, quarter)
    angles = [torch.arange(size)[:, None] * speed for size in (rows, columns)]
    down, across = (torch.cat([a.sin(), a.cos()], dim=1) for a in angles)
    down, across = down[:, None].expand(-1, columns, -1), across[None].expand(rows, -1, -1)
    return torch.cat([down, across], dim=2).flatten(0, 1)


@torch.no_grad()
def start(trunk: nn.Module) -> None:
    """A start from which a few minutes suffice. Of a ViT, linear layers as strong as their width asks (timm's fixed 0.02
    suits a width of 768), and sines and cosines as position embedding; of a ResNet, timm's."""
    if not isinstance(trunk, VisionTransformer):
        return
    for layer in trunk.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
    rows, columns = trunk.patch_embed.grid_size
    trunk.pos_embed.zero_()
    trunk.pos_embed[0, 1:] = 0.5 * waves(rows, columns, trunk.embed_dim)
    nn.init.normal_(trunk.cls_token, std=0.3)


def pretrain(
    name: str, steps: int, batch: int, rate: float, seed: int, every: int = 100, unseen: int = 512
) -> tuple[nn.Module, dict[str, float]]:
    """The trained trunk and its probe figures on ``unseen`` other stills; ``batch`` images a process and step."""
    rank, world = get_dist_info()
    torch.manual_seed(seed)
    tasks = Tasks(timm.create_model(name, pretrained=False, num_classes=0))
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
    return tasks.trunk, tasks.probe(*stills(seed, -1, unseen // STILLS))


def main() -> None:
    """Command line; writes the weights and prints the probe figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trunk", choices=MINIS)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64, help="images a process and step, a multiple of 4")
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="default: where the package looks")
    arguments = parser.parse_args()
    if "RANK" in os.environ:  # torchrun
        init_process_group("gloo")
    output = arguments.output or weights_file(arguments.trunk)
    trunk, figures = pretrain(
        arguments.trunk, arguments.steps, arguments.batch, arguments.rate, arguments.seed
    )
    if get_dist_info()[0]:
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in trunk.state_dict().items()}, str(output))
    for name, value in figures.items():
        print(f"{name} {value:.3f}")
    print(f"wrote {output}")


if __name__ == "__main__":
    main()
