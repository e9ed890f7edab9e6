"""The few-shot recogniser: episodes of clips in, a loss or frame features out.

Training follows episodic few-shot learning with an optional base-class loss beside it, as in the official code of
D2ST-Adapter (facts 2.1): the head's losses, usually the cross-entropy of its logits on the queries, plus a linear classifier
of the base classes on what the head reads of every clip, usually its frame-mean features. That classifier belongs to
training only.
"""

from typing import Any

import torch
from einops import rearrange, repeat
from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads import build_head, by_class
from d2st.tuned_state import hold_only_tuned

CLASSIFIER = "classifier"


@MODELS.register_module()
class FewShotRecognizer(BaseRecognizer):
    """A clip encoder and a few-shot head, for MMEngine's runner.

    Its state dict holds only what is tuned; see :mod:`d2st.tuned_state`.

    Args:
        backbone: config of a ``ClipEncoder``.
        head: name or config of a head.
        protocol: ``way``, ``shot`` and ``queries`` (per class) of the training episodes.
        base_classes: classes of the training split; needed with a base-class loss.
        base_loss_weight: weight of the base-class loss; 0 leaves it and its classifier out.
        data_preprocessor: config of an ``ActionDataPreprocessor`` that yields ``(n 1 c t h w)``.

    Raises:
        UserError: a base-class loss without base classes.
    """

    training_only = f"{CLASSIFIER}."

    def __init__(
        self,
        backbone: dict[str, Any],
        head: str | dict[str, Any] = "bimhm",
        protocol: dict[str, int] | None = None,
        base_classes: int = 0,
        base_loss_weight: float = 0.0,
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        preprocessor = MODELS.build(
            data_preprocessor or {"type": "ActionDataPreprocessor"}
        )  # whatever the default scope
        super().__init__(backbone=backbone, data_preprocessor=preprocessor)
        self.head = build_head(head, dim=self.backbone.feature_dim, frames=self.backbone.frames)
        self.protocol = {"way": 5, "shot": 1, "queries": 1, **(protocol or {})}
        self.base_loss_weight = base_loss_weight
        if base_loss_weight and base_classes < 2:
            raise UserError(
                f"base_loss_weight={base_loss_weight} needs base_classes of at least 2, got {base_classes}"
            )
        self.classifier = nn.Linear(self.backbone.feature_dim, base_classes) if base_loss_weight else None
        arguments = {name: value for name, value in backbone["adaptation"].items() if name != "type"}
        identity = {"method": self.backbone.method, "trunk": backbone["trunk"], "arguments": arguments}
        hold_only_tuned(self, identity)

    @property
    def tuned_names(self) -> list[str]:
        """Names of all that a checkpoint holds."""
        own = [f"backbone.{name}" for name in self.backbone.tunable_names]
        own += [f"head.{name}" for name in self.head.state_dict()]
        if self.classifier is not None:
            own += [f"{CLASSIFIER}.{name}" for name in self.classifier.state_dict()]
        return own

    @property
    def tunes_nothing(self) -> bool:
        """Whether neither the encoder nor the head has a tunable parameter."""
        return not any(p.requires_grad for part in (self.backbone, self.head) for p in part.parameters())

    def init_weights(self) -> None:
        """Nothing: every part is initialised, or loaded, when it is built."""

    def extract_feat(self, inputs: Tensor, **_: Any) -> Tensor:
        """Normalised clips ``(n 1 c t h w)`` -> frame features ``(n t d)``, or maps ``(n t d h w)`` if the head needs them."""
        return self.backbone(rearrange(inputs, "n 1 c t h w -> n c t h w"), maps=self.head.needs_maps)

    def _forward(self, inputs: Tensor, **_: Any) -> Tensor:
        return self.extract_feat(inputs)

    def loss(self, inputs: Tensor, data_samples: list[ActionDataSample], **_: Any) -> dict[str, Tensor]:
        """Losses of ``b`` training episodes, one after the other, each ``(w k)`` support clips and then ``(w q)`` queries.

        Args:
            inputs: normalised clips ``((b s+q) 1 c t h w)``.
            data_samples: their ``episode_label`` (place of the class in the episode) and ``gt_label`` (base class).

        Returns:
            ``loss_episode`` (and what else the head adds), ``loss_base`` (weighted) if it is used, and
            ``episode_accuracy`` in percent.

        Raises:
            UserError: the clips do not make whole episodes of the protocol.
        """
        s = self.protocol["way"] * self.protocol["shot"]
        length = s + self.protocol["way"] * self.protocol["queries"]
        if len(inputs) % length:
            raise UserError(
                f"{len(inputs)} clips are no whole number of episodes of {length} clips ({self.protocol})"
            )
        features = self.extract_feat(inputs)
        labels = torch.tensor([sample.episode_label for sample in data_samples], device=features.device)
        labels = rearrange(labels, "(b n) -> b n", n=length)
        embedded = self.head.embed(features)
        episodes = embedded.unflatten(0, labels.shape)
        truth = labels[:, s:]
        losses, logits = self.head.losses(by_class(episodes[:, :s], labels[:, :s]), episodes[:, s:], truth)
        losses["episode_accuracy"] = 100 * (logits.argmax(-1) == truth).float().mean()
        if self.classifier is not None:
            base = torch.cat([sample.gt_label for sample in data_samples]).to(features.device)
            guess = self.classifier(self.head.base_features(features, embedded))
            target = repeat(base, "n -> (n r)", r=guess.shape[1])
            losses["loss_base"] = self.base_loss_weight * F.cross_entropy(guess.flatten(0, 1), target)
        return losses

    def predict(
        self, inputs: Tensor, data_samples: list[ActionDataSample], **_: Any
    ) -> list[ActionDataSample]:
        """Give every data sample the ``frame_features`` ``(t d)`` of its clip; the head scores them in the evaluation loop.

        A head that needs maps embeds them at once, and what it makes of them (much smaller) takes that place.
        """
        clips = self.extract_feat(inputs)
        for sample, features in zip(data_samples, self._kept(clips), strict=True):
            sample.frame_features = features
        return data_samples

    def kept_shape(self) -> tuple[int, ...]:
        """Shape of the ``frame_features`` that :meth:`predict` gives."""
        grid = (1, 1) if self.head.needs_maps else ()
        one = next(self.parameters()).new_zeros(1, self.backbone.frames, self.backbone.feature_dim, *grid)
        return tuple(self._kept(one).shape[1:])

    def _kept(self, clips: Tensor) -> Tensor:
        return self.head.embed(clips) if self.head.needs_maps else clips
