"""What "a way of adapting a trunk" is: the one interface that every method implements.

A method inserts its modules into a clip encoder and hands back what it tunes, as objects. Freezing, counting, saving and
loading all follow from that declaration, never from a substring of a parameter's name.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from mmaction.registry import MODELS
from torch import Tensor, nn

from d2st.errors import UserError, unknown
from d2st.trunks.encoder import ClipEncoder

Tuned = Iterable[nn.Module | nn.Parameter]
A = TypeVar("A", bound="type[Adaptation]")


class Adaptation(ABC):
    """A way of adapting an image trunk to video; constructor arguments are the method's hyper-parameters.

    Subclasses are registered with :func:`register_method` under the name used on command lines and in results.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    #: kinds of trunk that the method knows, ``ClipEncoder.kind``
    kinds: ClassVar[tuple[str, ...]] = ("vit",)
    #: why not other kinds, as the end of a sentence
    why: ClassVar[str] = ""
    #: whether, by the method's paper, the adapted trunk equals the frozen one before the first update
    starts_frozen: ClassVar[bool] = True
    #: whether a frame's feature depends on the other frames of its clip
    mixes_frames: ClassVar[bool] = True

    @abstractmethod
    def insert(self, encoder: Any) -> Tuned:
        """Insert the method's modules into ``encoder`` and return what the method owns or tunes: modules, with all
        their parameters and buffers, and single parameters of the trunk.

        Raises:
            UserError: the method's arguments do not fit this trunk.
        """

    def __call__(self, encoder: ClipEncoder) -> ClipEncoder:
        """Adapt ``encoder`` in place: insert, freeze all that is not declared, and return it."""
        if encoder.method is not None:
            raise UserError(
                f"this trunk is already adapted with '{encoder.method}'; adapt a fresh timm model instead"
            )
        if encoder.kind not in self.kinds:
            raise UserError(no_form(self.name, encoder.kind))
        encoder.declare(self.name, self.insert(encoder))
        return encoder


def register_method(name: str, title: str) -> Any:
    """Class decorator: make an :class:`Adaptation` known as ``name`` in MMAction2's ``MODELS``; ``title`` is for tables."""

    def register(cls: A) -> A:
        cls.name, cls.title = name, title
        MODELS.register_module(name=name, module=cls)
        return cls

    return register


def _known() -> dict[str, type[Adaptation]]:
    found = MODELS.module_dict.items()
    return {name: cls for name, cls in found if isinstance(cls, type) and issubclass(cls, Adaptation)}


def methods() -> list[str]:
    """Names of the adaptation methods known so far, sorted (``import baselines`` adds the baselines)."""
    return sorted(_known())


def kinds_of(name: str) -> tuple[str, ...]:
    """The kinds of trunk that the method ``name`` knows. Raises ``UserError`` for an unknown one."""
    return _class(name).kinds


def no_form(name: str, kind: str) -> str:
    """The sentence that the method ``name`` has no form for trunks of ``kind``, and why."""
    cls = _class(name)
    reason = f": {cls.why}" if cls.why else ""
    return f"method '{name}' adapts trunks of kind {', '.join(cls.kinds)}, not {kind}{reason}"


def method_title(name: str) -> str:
    """How tables and plots write the method ``name``. Raises ``UserError`` for an unknown one."""
    return _class(name).title


def _class(name: str) -> type[Adaptation]:
    known = _known()
    if name not in known:
        raise unknown("method", name, known)
    return known[name]


def build_adaptation(name: str, **arguments: Any) -> Adaptation:
    """The method ``name`` with its ``arguments``.

    Raises:
        UserError: the method is unknown, or does not take one of the arguments.
    """
    cls = _class(name)
    try:
        return cls(**arguments)
    except TypeError as error:
        raise UserError(f"method '{name}' does not take these arguments: {error}") from error


def tunable_state_dict(model: nn.Module) -> dict[str, Tensor]:
    """Copies of what the method tunes in ``model`` (a clip encoder, or a module that holds one), by name."""
    encoder = find_encoder(model)
    state = encoder.state_dict()
    return {name: state[name].detach().clone() for name in encoder.tunable_names}


def load_tunable_state_dict(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load what :func:`tunable_state_dict` returned; nothing is changed if it does not fit.

    Raises:
        UserError: a name is missing, left over or of another shape, as for a checkpoint of another method.
    """
    encoder = find_encoder(model)
    own = encoder.state_dict()
    check_tunable_state(encoder, state)
    encoder.load_state_dict({**own, **state}, strict=True)


def check_tunable_state(encoder: ClipEncoder, state: Mapping[str, Tensor]) -> None:
    """Raise ``UserError`` with what is missing, left over or of another shape, unless ``state`` fits ``encoder``."""
    own, wanted = encoder.state_dict(), set(encoder.tunable_names)
    problems = {
        "missing": sorted(wanted - set(state)),
        "left over": sorted(set(state) - wanted),
        "of another shape": sorted(n for n in wanted & set(state) if own[n].shape != state[n].shape),
    }
    told = [
        f"{what}: {names[0]}{f' and {len(names) - 1} more' * (len(names) > 1)}"
        for what, names in problems.items()
        if names
    ]
    if told:
        raise UserError(
            f"these weights are not of method '{encoder.method}' on this trunk with these arguments ({'; '.join(told)}); "
            "build the model with the method and the arguments that the weights were saved with"
        )


def find_encoder(model: nn.Module) -> ClipEncoder:
    """``model`` itself, or the one clip encoder inside it."""
    found = [module for module in model.modules() if isinstance(module, ClipEncoder)]
    if len(found) != 1:
        raise UserError(
            f"expected one clip encoder in {type(model).__name__}, found {len(found)}; see d2st.adapt"
        )
    return found[0]
