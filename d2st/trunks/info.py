"""What a trunk and its weights expect of images, known without building it: size and normalisation."""

from typing import NamedTuple

from timm.data import resolve_data_config

from d2st.trunks.names import kind_of, known
from d2st.trunks.weight_files import expected_pixels

Pixel = tuple[float, float, float]


class TrunkInfo(NamedTuple):
    """Image size in pixels; mean and standard deviation of the pixels on the 0..1 scale; ``vit`` or ``resnet``; and, for
    people, what the weights are."""

    name: str
    image_size: int
    mean: Pixel
    std: Pixel
    kind: str
    weights: str


def trunk_info(name: str, weights: str = "pretrained") -> TrunkInfo:
    """What timm model ``name`` with ``weights`` (see :func:`d2st.trunks.build_encoder`) expects of images.

    The normalisation is that of the weights: a file of OpenAI's own CLIP, or one with timm's ``config.json`` beside it,
    says it itself; for any other the trunk's name tells, tag included.

    Raises:
        UserError: timm has no such model, or it is no ViT or ResNet, or ``weights`` are not to be found.
    """
    cfg = known(name)
    resolved = resolve_data_config(pretrained_cfg=cfg.to_dict())
    pixels = expected_pixels(name, weights)
    mean, std = (pixels.mean, pixels.std) if pixels else (tuple(resolved["mean"]), tuple(resolved["std"]))
    said = weights if pixels is None else f"{weights} ({pixels.said})"
    return TrunkInfo(name, int(resolved["input_size"][-1]), mean, std, kind_of(name), said)
