"""What every clip encoder is, whatever its trunk: frames in, frame features out, and a declaration of what is tuned."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from einops import rearrange
from torch import Tensor, nn

from d2st.errors import UserError
from d2st.trunks.layout import Place


class ClipEncoder(nn.Module, ABC):
    """An image model that encodes clips ``(n c t h w)`` into frame features ``(n t d)``; what an ``Adaptation`` works on.

    Subclasses hold the image model, which they take over: its classifier is dropped, and an adaptation changes it in place.

    Args:
        frames: ``t``, the number of frames of every clip.

    Raises:
        UserError: ``frames`` below 1.
    """

    #: the kind of trunk, which adaptations name in ``Adaptation.kinds``
    kind: ClassVar[str]

    def __init__(self, frames: int) -> None:
        super().__init__()
        if frames < 1:
            raise UserError(f"a clip needs at least one frame, got frames={frames}")
        self.frames = frames
        self.method: str | None = None
        self.tunable_names: list[str] = []
        self._owned: tuple[nn.Module, ...] = ()

    @property
    @abstractmethod
    def trunk(self) -> nn.Module:
        """The image model."""

    @property
    @abstractmethod
    def feature_dim(self) -> int:
        """``d``, the width of a frame feature."""

    @property
    @abstractmethod
    def image_size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""

    @property
    @abstractmethod
    def parts(self) -> list[nn.Module]:
        """The blocks of a ViT, the stages of a ResNet, from the first to the last."""

    @property
    @abstractmethod
    def places(self) -> list[Place]:
        """Where adapters can stand: behind each block of a ViT, behind each stage of a ResNet."""

    @abstractmethod
    def follow(self, index: int, adapter: nn.Module) -> None:
        """Put ``adapter``, a function of tokens ``((n t) l d)`` and their :class:`ClipShape`, behind place ``index``."""

    @abstractmethod
    def encode(self, frames: Tensor, maps: bool = False) -> Tensor:
        """Frames ``((n t) c h w)`` -> frame features ``((n t) d)``; only blocks that were adapted look across frames.

        With ``maps`` the feature maps ``((n t) d h w)`` of the last layer instead: patch tokens, or the last stage's maps.
        """

    @property
    def tunable_count(self) -> int:
        """Number of tunable parameters (scalars)."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def declare(self, method: str, tuned: Iterable[nn.Module | nn.Parameter]) -> None:
        """Freeze all but ``tuned``; modules in it also follow ``train()``, the rest of the trunk stays in eval mode."""
        things = list(tuned)
        owned = tuple(thing for thing in things if isinstance(thing, nn.Module))
        kept = {id(thing) for thing in things if isinstance(thing, nn.Parameter)}
        kept |= {id(p) for module in owned for p in (*module.parameters(), *module.buffers())}
        for parameter in self.parameters():
            parameter.requires_grad_(id(parameter) in kept)
        persistent = set(self.state_dict())
        named = (*self.named_parameters(), *self.named_buffers())
        self.tunable_names = [name for name, value in named if id(value) in kept and name in persistent]
        self._owned, self.method = owned, method
        self.train(self.training)

    def train(self, mode: bool = True) -> "ClipEncoder":
        """Set the mode of what is tuned; frozen norms and dropouts stay in eval mode."""
        super().train(False)
        for module in self._owned:
            module.train(mode)
        self.training = mode
        return self

    def init_weights(self) -> None:
        """Nothing: weights were loaded when the trunk was built, and MMEngine must not draw them anew."""

    def forward(self, clips: Tensor, maps: bool = False) -> Tensor:
        """Clips ``(n c t h w)``, normalised -> frame features ``(n t d)``, or with ``maps`` feature maps ``(n t d h w)``.

        Raises:
            UserError: another number of frames or another image size than the encoder was built for.
        """
        wanted = (3, self.frames, *self.image_size)
        if clips.ndim != 5 or tuple(clips.shape[1:]) != wanted:
            raise UserError(
                f"expected clips of shape (n, {', '.join(map(str, wanted))}) as (n c t h w), got {tuple(clips.shape)}"
            )
        features = self.encode(rearrange(clips, "n c t h w -> (n t) c h w"), maps)
        return rearrange(features, "(n t) ... -> n t ...", t=self.frames)
