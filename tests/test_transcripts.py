"""What stands in tests/transcripts and in the README is what the command prints."""

from pathlib import Path

import pytest

from tests.transcript import blocks, session, settled

ROOT = Path(__file__).parent.parent
TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").rglob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of a transcript prints what was recorded."""
    text = path.read_text(encoding="utf-8")
    assert settled(session(text, monkeypatch)) == settled(text)


@pytest.mark.parametrize("block", list(blocks(ROOT / "README.md")), ids=lambda block: block.partition("\n")[0][:60])
def test_readme(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every console block of the README is true."""
    assert settled(session(block, monkeypatch)) == settled(block)


def test_every_kind_of_bad_input_has_a_transcript() -> None:
    """The errors that users meet are pinned, each with status 2 or 3 and no traceback."""
    errors = [path for path in TRANSCRIPTS if path.parent.name == "errors"]
    assert len(errors) >= 20
    for path in errors:
        text = path.read_text(encoding="utf-8")
        assert "[exit 2]" in text or "[exit 3]" in text, path.name
        assert "Traceback" not in text, path.name
