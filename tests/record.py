"""Write the outputs of the README's console blocks and of the transcripts anew: `python -m tests.record [FILE…]`.

Read the difference before you commit it: what is recorded is what the tests demand from then on.
"""

import sys
from pathlib import Path

import pytest

from tests.transcript import BLOCK, session

ROOT = Path(__file__).parent.parent


def main() -> None:
    given = [Path(argument) for argument in sys.argv[1:]]
    paths = given or [ROOT / "README.md", *sorted((ROOT / "tests" / "transcripts").rglob("*.txt"))]
    with pytest.MonkeyPatch.context() as monkeypatch:
        for path in paths:
            text = path.read_text(encoding="utf-8")
            blocks = [text] if path.suffix == ".txt" else [b for b in BLOCK.findall(text) if b.startswith("$ ")]
            for block in blocks:
                text = text.replace(block, session(block, monkeypatch))
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
