"""The whole of it, on this repository: minutes, and a network for what the packages need."""

from pathlib import Path

import pytest

from tools import isolated
from tools.release.__main__ import main
from tools.release.notes import sha256
from tools.workspace import in_order, members

from .repository import copy


@pytest.mark.slow
def test_a_dry_run_passes_and_publishes_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("twine", reason="uv run --group release brings it")
    main(["--dry-run"], dist=tmp_path)
    printed = capfd.readouterr().out
    assert printed.endswith("-- a dry run: all checks passed, nothing was published\n")
    among = in_order(members())
    (told,) = tmp_path.glob("release-notes-*.md")
    text = told.read_text(encoding="utf-8")
    for member in among:
        for suffix in ("-py3-none-any.whl", ".tar.gz"):
            file = tmp_path / f"{member.module}-{member.version}{suffix}"
            assert f"| {file.name} | {file.stat().st_size:,} | `{sha256(file)}` |" in text
    again = isolated.build(among[0], tmp_path / "again")
    assert [sha256(file) for file in again] == [sha256(tmp_path / file.name) for file in again], (
        "a build is the same, byte for byte, when it is done again"
    )


@pytest.mark.slow
def test_after_a_step_uv_finds_its_lock_as_it_would_write_it(tmp_path: Path) -> None:
    copy(tmp_path / "copy", "packages", "apps", "pyproject.toml", "uv.lock")
    main(["--bump", "minor"], tmp_path / "copy")
    isolated.run(isolated.UV, "lock", "--check", cwd=tmp_path / "copy")
