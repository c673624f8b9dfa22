"""`--shard 2/5` → which requests of a batch are this run's, as a slice: the jobs of a CI matrix share a batch."""

import re

from derivcli.errors import RequestError


def share(text: str) -> slice:
    """`2/5`: the second request of each five, round robin, so that neighbours that are as slow go to different runs."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text, re.ASCII)
    k, n = map(int, match.groups()) if match else (0, 0)
    if not 1 <= k <= n:
        raise RequestError(f"'{text}' is not a shard", hint="--shard 2/5 is the second of five: 1/5, 2/5, …, 5/5")
    return slice(k - 1, None, n)
