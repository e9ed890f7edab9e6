"""What a few-shot head is, and the registry of their command-line names."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from einops import rearrange, repeat
from mmaction.registry import MODELS
from torch import Tensor, nn

from d2st.errors import UserError, unknown

_BY_NAME: dict[str, type["Head"]] = {}


class Head(nn.Module):
    """Compares queries with the support of each class, all episodes of a batch at once.

    A head implements :meth:`logits` on a support that is already sorted by class. One that has parameters
    holds them as
    ordinary ``nn.Parameter``; the three of this package have none.
    """

    def forward(self, support: Tensor, support_labels: Tensor, query: Tensor) -> Tensor:
        """Logits of every query for every class of its episode.

        Args:
            support: frame features (b s t d), or (s t d) for one episode.
            support_labels: (b s) or (s); any numbers, every class equally often, in any order.
            query: frame features (b q t d), or (q t d).

        Returns:
            (b q w), or (q w); column j is the class with the j-th smallest label.

        Raises:
            UserError: classes with unequal numbers of shots.
        """
        if support.ndim == 3:
            return self(support[None], support_labels[None], query[None])[0]
        return self.logits(self._by_class(support, support_labels), query)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Support (b w k t d) and query (b q t d) to logits (b q w)."""
        raise NotImplementedError

    @staticmethod
    def _by_class(support: Tensor, labels: Tensor) -> Tensor:
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
            index = repeat(order, "b s -> b s t d", t=support.shape[2], d=support.shape[3])
            support = support.gather(1, index)
        return rearrange(support, "b (w k) t d -> b w k t d", w=way)


def register_head(name: str) -> Callable[[type[Head]], type[Head]]:
    """Class decorator: ``name`` on command lines, the class's own name in configs (MMAction2's MODELS)."""

    def register(head: type[Head]) -> type[Head]:
        _BY_NAME[name] = MODELS.register_module(module=head)
        return head

    return register


def heads() -> list[str]:
    """Command-line names of all heads."""
    return sorted(_BY_NAME)


def build_head(head: str | Mapping[str, Any]) -> Head:
    """A head from its command-line name, or from a config ``dict(type=..., **arguments)`` with either name.

    Raises:
        UserError: an unknown name (the sentence lists the known ones), or arguments that the head does not
            take.
    """
    arguments = {"type": head} if isinstance(head, str) else dict(head)
    name = arguments.pop("type", None)
    by_class_name = {known.__name__: known for known in _BY_NAME.values()}
    cls = _BY_NAME.get(str(name)) or by_class_name.get(str(name))
    if cls is None:
        raise unknown("head", str(name), heads())
    try:
        return cls(**arguments)
    except TypeError as error:
        raise UserError(f"head '{name}': {error}") from None
