"""Write the outputs of the README's console blocks and of the transcripts anew: `python -m tests.record`.

Read the difference before you commit it: what is recorded is what the tests demand from then on.
"""

from pathlib import Path

import pytest

from tests.transcript import BLOCK, session

ROOT = Path(__file__).parent.parent


def main() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        page = ROOT / "README.md"
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.findall(text):
            if block.startswith("$ "):
                text = text.replace(block, session(block, monkeypatch))
        page.write_text(text, encoding="utf-8")
        for path in sorted((ROOT / "tests" / "transcripts").rglob("*.txt")):
            path.write_text(session(path.read_text(encoding="utf-8"), monkeypatch), encoding="utf-8")


if __name__ == "__main__":
    main()
