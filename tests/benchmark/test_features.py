"""The command that shows and clears what kept features take."""

from pathlib import Path

import pytest

from benchmark import features


def test_size_is_shown_and_cleared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "features").mkdir()
    kept = tmp_path / "features" / f"{'a' * 64}.safetensors"
    kept.write_bytes(b"x" * 2_500_000)
    assert features.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'features'}: 1 encodings, 2.5 MB\n"
    assert features.main([str(tmp_path), "--clear"]) == 0
    assert "2.5 MB, deleted" in capsys.readouterr().out
    assert not kept.exists()
    assert features.main([str(tmp_path)]) == 0
    assert "0 encodings, 0.0 MB\n" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        features.main([str(tmp_path / "none")])
    assert stop.value.code == 2
    assert "no output folder" in capsys.readouterr().err
