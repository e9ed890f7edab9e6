"""What a miniature trunk is taught of still images: many linear heads at once, all thrown away afterwards.

What is seen, where, how large, which way up, how many, how two lie to each other, on what background - from the feature of
the whole image and, for the thing in front of it, from the feature of every cell of a 6x6 grid.
"""

import torch
from einops import rearrange
from timm.models.resnet import ResNet
from torch import Tensor, nn
from torch.nn import functional

from d2st.data.embedded.look import GROUNDS
from d2st.data.embedded.shapes import SHAPES, TEXTURES
from d2st.trunks.stills import RELATIONS

SCALE = torch.tensor([0.25, 0.25, 0.06, 0.4, 0.7, 0.7, 0.7, 0.7])  # of the eight numbers of ``where``
CELL_SCALE = torch.tensor([0.1, 0.1, 0.06, 0.4, 0.7, 0.7, 0.7, 0.7])
STAGE = 3  # of timm's five stages of a ResNet that whose maps are the 6x6 cells

Views = tuple[Tensor, Tensor]


def views(trunk: nn.Module, images: Tensor) -> Views:
    """The features of whole images ``(b d)`` and of their cells ``(b 36 e)`` for images ``(b c h w)``: class token and
    patch tokens of a ViT; of a ResNet the mean of its last maps, and the maps of its third stage."""
    if isinstance(trunk, ResNet):
        last, (cells,) = trunk.forward_intermediates(images, indices=[STAGE])
        return trunk.forward_head(last, pre_logits=True), rearrange(cells, "b e h w -> b (h w) e")
    tokens = trunk.forward_features(images)
    return tokens[:, 0], tokens[:, 1:]


def widths(trunk: nn.Module) -> tuple[int, int]:
    """``d`` and ``e`` of :func:`views`."""
    d = int(trunk.num_features)
    return d, int(trunk.feature_info[STAGE]["num_chs"]) if isinstance(trunk, ResNet) else d


class Heads(nn.Module):
    """Linear heads on the :func:`views` of images, of widths ``d`` and ``e``; ``losses`` gives one loss a task."""

    def __init__(self, whole: int, cell: int) -> None:
        super().__init__()
        out = {"count": 5, "ground": len(GROUNDS), "ground_hue": 2, "cover": 144, "hues": 216}
        out |= {"relation": len(RELATIONS), "direction": 2}
        for name in ("main", "next"):
            out |= {f"{name}_where": 8, f"{name}_shape": len(SHAPES), f"{name}_texture": len(TEXTURES)}
        out |= {"cell_shape": len(SHAPES), "cell_texture": len(TEXTURES), "cell_where": 8, "cell_seen": 1}
        self.heads = nn.ModuleDict(
            {name: nn.Linear(cell if name.startswith("cell") else whole, size) for name, size in out.items()}
        )

    def forward(self, seen: Views) -> dict[str, Tensor]:
        """Every head's output."""
        whole, cells = seen
        return {name: head(cells if name.startswith("cell") else whole) for name, head in self.heads.items()}

    def losses(self, views: Views, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """Each about 1 for a head that knows nothing."""
        out = self(views)
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
        both = targets["main_seen"] & targets["next_seen"]
        pairs = both.sum().clamp(min=1)  # of few images none may show two
        losses["relation"] = cross(out["relation"][both], targets["relation"][both], reduction="sum") / pairs
        losses["direction"] = (out["direction"] - targets["direction"])[both].square().sum() / pairs
        seen = targets["cell_seen"].flatten(1)
        losses["cell_seen"] = binary(out["cell_seen"][..., 0], seen.float())
        error = (out["cell_where"] - targets["cell_where"].flatten(1, 2))[seen] / CELL_SCALE
        losses["cell_where"] = functional.smooth_l1_loss(error, torch.zeros_like(error))
        for kind in ("cell_shape", "cell_texture"):
            losses[kind] = cross(out[kind][seen], targets[kind].flatten(1)[seen]) / 2
        return losses

    @torch.no_grad()
    def probe(self, views: Views, targets: dict[str, Tensor]) -> dict[str, float]:
        """Accuracies, and the mean distance in pixels (of 48) of the main thing's place."""
        out, seen = self(views), targets["main_seen"]
        right = {name: out[name].argmax(1) == targets[name] for name in ("count", "ground")}
        right |= {k: (out[k].argmax(1) == targets[k])[seen] for k in ("main_shape", "main_texture")}
        both = seen & targets["next_seen"]
        right["relation"] = (out["relation"].argmax(1) == targets["relation"])[both]
        figures = {name: hit.float().mean().item() for name, hit in right.items()}
        for name in ("main", "next"):
            off = (out[f"{name}_where"] - targets[f"{name}_where"])[targets[f"{name}_seen"]]
            figures[f"{name}_place_pixels"] = 48 * off[:, :2].norm(dim=1).mean().item()
            figures[f"{name}_radius_pixels"] = 48 * off[:, 2].abs().mean().item()
        return figures


class Tasks(nn.Module):
    """The trunk with its task heads: images (b c h w) and targets to one loss a task."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk, self.heads = trunk, Heads(*widths(trunk))

    def forward(self, images: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`Heads`."""
        return self.heads.losses(views(self.trunk, images), targets)

    def probe(self, images: Tensor, targets: dict[str, Tensor]) -> dict[str, float]:
        """See :meth:`Heads.probe`."""
        with torch.no_grad():
            return self.heads.probe(views(self.trunk, images), targets)
