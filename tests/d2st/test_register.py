"""What a config's ``custom_imports`` gives: registered names, and one sentence for bad input."""

import io
import subprocess
import sys

import pytest
from mmaction.registry import DATASETS, LOOPS, MODELS, TRANSFORMS
from mmengine.registry import FUNCTIONS

import d2st.register
from d2st.errors import UserError

CHILD = """
import d2st.register
from d2st.errors import UserError
def work():
    raise UserError('no such thing: give another')
work()
"""


@pytest.mark.slow  # imports everything anew
def test_user_errors_are_one_sentence_and_exit_code_2():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=200)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == "error: no such thing: give another"
    assert "Traceback" not in done.stderr


def test_the_hook_leaves_other_errors_alone(monkeypatch, capsys):
    hook = d2st.register._say_user_errors  # torch wraps the installed one when a process group begins
    passed = []
    monkeypatch.setattr(d2st.register, "_previous_hook", lambda *args: passed.append(args))
    error = RuntimeError("a bug")
    hook(RuntimeError, error, None)
    assert passed == [(RuntimeError, error, None)]
    with pytest.raises(SystemExit) as left:
        hook(UserError, UserError("mend this"), None)
    assert left.value.code == 2 and capsys.readouterr().err == "error: mend this\n"


NAMES = [
    *((MODELS, name) for name in ("d2st", "BiMHM", "OTAM", "ProtoNet", "ClipEncoder", "FewShotRecognizer")),
    *((DATASETS, name) for name in ("EpisodeDataset", "ClipDataset")),
    *((TRANSFORMS, name) for name in ("ClipColorJitter", "FrameFolderInit", "FrameFolderDecode")),
    *((LOOPS, name) for name in ("EpisodeTrainLoop", "FewShotLoop")),
    (FUNCTIONS, "episode_collate"),
]


@pytest.mark.parametrize(("registry", "name"), NAMES, ids=lambda value: str(getattr(value, "name", value)))
def test_registered(registry, name):
    assert registry.get(name) is not None


def test_the_sentence_is_not_lost_in_a_process_group(monkeypatch):
    """torch's own hook calls ours with stderr captured, and prints what was captured only if it returns."""
    real = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", real)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(SystemExit):
        d2st.register._say_user_errors(UserError, UserError("mend this"), None)
    assert real.getvalue() == "error: mend this\n"
