"""What a few-shot head is, and the registry of their command-line names."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from einops import rearrange, reduce
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError, unknown

_BY_NAME: dict[str, type["Head"]] = {}


class Head(nn.Module):
    """Compares queries with the support of each class, all episodes of a batch at once.

    A head works in two steps: :meth:`embed` treats every clip by itself, whatever the episode; :meth:`logits`
    compares embedded clips. The first may be done once a video and stored. Parameters are ordinary
    ``nn.Parameter``; those of the trunk's width or frames take ``dim`` and ``frames`` as arguments, which the
    recogniser fills in.
    """

    #: whether clips are given as feature maps (n t c h w) instead of frame features (n t d)
    needs_maps: ClassVar[bool] = False

    def forward(self, support: Tensor, support_labels: Tensor, query: Tensor) -> Tensor:
        """Logits of every query for every class of its episode.

        Args:
            support: frame features (b s t d), or (s t d) for one episode; a head that needs maps takes
                (b s t c h w) or (s t c h w).
            support_labels: (b s) or (s); any numbers, every class equally often, in any order.
            query: likewise (b q t d), or (q t d).

        Returns:
            (b q w), or (q w); column j is the class with the j-th smallest label.

        Raises:
            UserError: classes with unequal numbers of shots.
        """
        if support_labels.ndim == 1:
            return self(support[None], support_labels[None], query[None])[0]
        return self.compare(self._embed_all(support), support_labels, self._embed_all(query))

    def compare(self, support: Tensor, support_labels: Tensor, query: Tensor) -> Tensor:
        """:meth:`forward` on clips that are embedded already: (b s ...), (b s), (b q ...) to (b q w)."""
        return self.logits(by_class(support, support_labels), query)

    def embed(self, clips: Tensor) -> Tensor:
        """Frame features (n t d), or maps (n t c h w), to what :meth:`logits` compares (n ...); each clip alone."""
        return clips

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Embedded support (b w k ...) and query (b q ...) to logits (b q w)."""
        raise NotImplementedError

    def losses(self, support: Tensor, query: Tensor, truth: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """The training losses, whose sum is minimised, and the logits.

        Args:
            support: embedded (b w k ...); query: embedded (b q ...); truth: (b q), columns of the true classes.
        """
        logits = self.logits(support, query)
        return {"loss_episode": F.cross_entropy(logits.flatten(0, 1), truth.flatten())}, logits

    def base_features(self, clips: Tensor, embedded: Tensor) -> Tensor:
        """What the base-class classifier of training reads of each clip: (n r d), the loss being a mean over n and r.

        Args:
            clips: what the trunk gave (n t d), or (n t c h w); embedded: :meth:`embed` of it.
        """
        return reduce(clips, "n t d ... -> n 1 d", "mean")

    def _embed_all(self, clips: Tensor) -> Tensor:
        return self.embed(clips.flatten(0, 1)).unflatten(0, clips.shape[:2])


def by_class(support: Tensor, labels: Tensor) -> Tensor:
    """Sort the support (b s ...) by its labels (b s) into (b w k ...).

    Raises:
        UserError: classes with unequal numbers of shots.
    """
    ordered, order = torch.sort(labels, dim=1, stable=True)
    way = int(torch.unique(ordered[0]).numel())
    if ordered.shape[1] % way:
        raise UserError(
            f"an episode of {ordered.shape[1]} support clips cannot hold {way} classes equally often"
        )
    grouped = rearrange(ordered, "b (w k) -> b w k", w=way)
    first = grouped[..., 0]
    if not ((grouped == first[..., None]).all() and (first[:, 1:] != first[:, :-1]).all()):
        raise UserError(
            f"every one of the {way} classes of an episode needs the same number of support clips"
        )
    if not torch.equal(ordered, labels):  # otherwise sorted already, as the episodes of a manifest are
        episode = torch.arange(len(order), device=order.device)[:, None]
        support = support[episode, order]
    return support.unflatten(1, (way, -1))


def register_head(name: str) -> Callable[[type[Head]], type[Head]]:
    """Class decorator: ``name`` on command lines, the class's own name in configs (MMAction2's MODELS)."""

    def register(head: type[Head]) -> type[Head]:
        _BY_NAME[name] = MODELS.register_module(module=head)
        return head

    return register


def heads() -> list[str]:
    """Command-line names of all heads."""
    return sorted(_BY_NAME)


def build_head(head: str | Mapping[str, Any], **trunk: int) -> Head:
    """A head from its command-line name, or from a config ``dict(type=..., **arguments)`` with either name.

    Args:
        head: name or config.
        trunk: ``dim`` (width of a frame feature) and ``frames`` (of a clip), for heads that take them and whose
            config does not say them.

    Raises:
        UserError: an unknown name (the sentence lists the known ones), arguments that the head does not
            take, or missing ones.
    """
    arguments = {"type": head} if isinstance(head, str) else dict(head)
    name = arguments.pop("type", None)
    by_class_name = {known.__name__: known for known in _BY_NAME.values()}
    cls = _BY_NAME.get(str(name)) or by_class_name.get(str(name))
    if cls is None:
        raise unknown("head", str(name), heads())
    takes = inspect.signature(cls).parameters
    try:
        return cls(**{key: value for key, value in trunk.items() if key in takes} | arguments)
    except TypeError as error:
        raise UserError(f"head '{name}': {error}") from None
