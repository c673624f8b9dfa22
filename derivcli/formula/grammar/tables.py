"""The grammar → Lark's parser of it, from tables that were made before.

`formula.lark` is the grammar, `tables.json` what Lark makes of it: `python -m derivcli.formula.grammar.tables` writes
that anew.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from derivcli.formula.grammar.builder import Builder

GRAMMAR, TABLES = (Path(__file__).parent / name for name in ("formula.lark", "tables.json"))


@cache
def load_parser() -> Lark:
    """From the tables, or by another version of Lark from the grammar: 30 ms, which half the commands would feel.

    Lark's own cache is a pickle in the temporary folder, where others could leave one for us to run.
    """
    known = json.loads(TABLES.read_text(encoding="utf-8"), object_hook=_restore_numbers)
    if known["lark"] != lark.__version__:
        return _parser_of_grammar(transformer=Builder())
    return Lark._load_from_dict(known["data"], known["memo"], transformer=Builder())


def _parser_of_grammar(**options: Any) -> Lark:
    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="basic", **options)


def tables() -> dict[str, Any]:
    """What `tables.json` holds: the versions of Lark and of the grammar, and Lark's tables."""
    data, memo = _parser_of_grammar().memo_serialize([TerminalDef, Rule])
    return {"lark": lark.__version__, "grammar": GRAMMAR.read_text(encoding="utf-8"), "data": data, "memo": memo}


def _restore_numbers(record: dict[str, Any]) -> dict[str | int, Any]:
    """With the keys that are numbers in Lark's tables, and texts in JSON, as numbers again."""
    return {int(key) if key.isdecimal() else key: value for key, value in record.items()}


if __name__ == "__main__":
    TABLES.write_text(json.dumps(tables(), separators=(",", ":")) + "\n", encoding="utf-8")
