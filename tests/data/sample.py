"""The shared corpora → the sample beside this file: every n-th case, spread over the whole of each corpus.

python tests/data/sample.py ../shared/corpora
"""

import json
import sys
from pathlib import Path

SIZES = {"calculus.open": 50, "feynman.open": 40, "optimisation.open": 35, "rubi_elementary.open": 100,
         "rubi_special.open": 60, "tutorials": 27}  # fmt: skip
KEPT = ("id", "expr", "derivative", "var", "order", "points", "at", "printed", "true", "source")
RUBI = {"repo": "RuleBasedIntegration/MaximaSyntaxTestSuite", "licence": "MIT"}


def sample(folder: Path, name: str, size: int) -> str:
    """The lines of the sample of one corpus, each with its source and licence."""
    records = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    records = [r for r in records if "appellf1" not in r["expr"]]
    chosen = records[:: max(1, len(records) // size)][:size]
    for record in chosen:
        record.setdefault("source", {**RUBI, "path": record.get("file")})
    return "".join(json.dumps({key: r[key] for key in KEPT if key in r}) + "\n" for r in chosen)


if __name__ == "__main__":
    for name, size in SIZES.items():
        Path(__file__).with_name(f"{name}.jsonl").write_text(sample(Path(sys.argv[1]), name, size), encoding="utf-8")
