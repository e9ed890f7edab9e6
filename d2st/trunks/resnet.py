"""A timm ResNet, or CLIP's modified one, as a clip encoder: clips (n c t h w) -> frame features (n t d).

Every frame runs through the image model; an adapter behind a stage sees the stage's maps of a clip as tokens, one a grid
cell. A frame's feature is timm's pre-logits feature: the global average, or CLIP's attention pool without its projection.
"""

import torch
from einops import rearrange
from timm.models.byobnet import ByobNet
from timm.models.resnet import ResNet
from torch import Tensor, nn
from torch.func import functional_call

from d2st.errors import UserError
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.layout import ClipShape, Place

STAGES = 4


class ClipStage(nn.Module):
    """A stage of the trunk, then an adapter on the tokens of its maps."""

    def __init__(self, stage: nn.Module, adapter: nn.Module) -> None:
        super().__init__()
        self.stage, self.adapter = stage, adapter

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Maps ``((n t) c h w)`` of clips of ``t = frames`` to the adapted maps of the stage."""
        maps = self.stage(x)
        shape = ClipShape(frames, maps.shape[2], maps.shape[3], prefix=0)
        tokens = self.adapter(rearrange(maps, "b c h w -> b (h w) c"), shape)
        return rearrange(tokens, "b (h w) c -> b c h w", h=shape.h)


class ResNetEncoder(ClipEncoder):
    """A timm ``ResNet``, or ``ByobNet`` as timm builds CLIP's, that encodes clips frame by frame.

    BatchNorm keeps the statistics of the image weights, whatever is tuned, as in the field's code (facts 1.4): a frame's
    feature then depends on its clip alone.

    Args:
        resnet: the image model.
        frames: ``t``, the number of frames of every clip.
        image_size: pixels, height and width or both at once; by default what timm notes for the weights.

    Raises:
        UserError: another kind of model, images too small for its stages, or ``frames`` below 1.
    """

    kind = "resnet"

    def __init__(
        self, resnet: nn.Module, frames: int = 8, image_size: int | tuple[int, int] | None = None
    ) -> None:
        super().__init__(frames)
        if type(resnet) not in (ResNet, ByobNet):
            raise UserError(
                f"expected a timm ResNet, got {type(resnet).__name__}; choose a resnet* model of timm"
            )
        resnet.reset_classifier(0)
        self.resnet = resnet
        if image_size is None:
            image_size = getattr(resnet, "pretrained_cfg", {}).get("input_size", (3, 224, 224))[1:]
        self._image_size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
        self._places = self._measured()

    @property
    def trunk(self) -> nn.Module:
        """The timm model."""
        return self.resnet

    @property
    def feature_dim(self) -> int:
        """``d``, the width of a frame feature."""
        return int(self.resnet.num_features)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""
        return self._image_size

    @property
    def parts(self) -> list[nn.Module]:
        """The stages."""
        return [self.resnet.get_submodule(name) for name in self._stages]

    @property
    def places(self) -> list[Place]:
        """Behind every stage."""
        return list(self._places)

    def follow(self, index: int, adapter: nn.Module) -> None:
        """See :meth:`ClipEncoder.follow`."""
        name = self._stages[index]
        self.resnet.set_submodule(name, ClipStage(self.parts[index], adapter))

    def train(self, mode: bool = True) -> "ResNetEncoder":
        """See :meth:`ClipEncoder.train`; BatchNorm2d stays in eval mode."""
        super().train(mode)
        for module in self.resnet.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def encode(self, frames: Tensor, maps: bool = False) -> Tensor:
        """See :meth:`ClipEncoder.encode`."""
        net = self.resnet
        if isinstance(net, ByobNet):
            x = net.stem(frames)
        else:
            x = net.maxpool(net.act1(net.bn1(net.conv1(frames))))
        for stage in self.parts:
            x = stage(x, self.frames) if isinstance(stage, ClipStage) else stage(x)
        x = net.final_conv(x) if isinstance(net, ByobNet) else x
        return x if maps else net.forward_head(x, pre_logits=True)

    @property
    def _stages(self) -> list[str]:
        clip = isinstance(self.resnet, ByobNet)
        return [f"stages.{i}" if clip else f"layer{i + 1}" for i in range(STAGES)]

    def _measured(self) -> list[Place]:
        """The stages' channels and grids for this image size, found on the meta device: nothing is computed."""
        maps: list[torch.Size] = []
        hooks = [
            stage.register_forward_hook(lambda module, given, out: maps.append(out.shape))
            for stage in self.parts
        ]
        named = (*self.resnet.named_parameters(), *self.resnet.named_buffers())
        frame = torch.empty(1, 3, *self._image_size, device="meta")
        try:
            functional_call(self.resnet.eval(), {name: value.to("meta") for name, value in named}, (frame,))
        except RuntimeError as error:
            size = " x ".join(map(str, self._image_size))
            raise UserError(
                f"{type(self.resnet).__name__} cannot take images of {size} pixels ({error}); choose a larger size"
            ) from error
        finally:
            for hook in hooks:
                hook.remove()
        return [Place(i, c, ClipShape(self.frames, h, w, 0)) for i, (_, c, h, w) in enumerate(maps)]
