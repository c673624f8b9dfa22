"""Where tokens stand in the text."""

from lark import Token

from derivcli.errors import Span


def span(first: Token, last: Token | None = None) -> Span:
    """Where a token, or a run of them, stands in the text."""
    return first.start_pos or 0, (last or first).end_pos or 0
