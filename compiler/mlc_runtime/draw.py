"""Random choices that are the same on every machine and version of Python: made by hashing, not by a generator."""

from __future__ import annotations

import hashlib

_ROUNDS = 6


def uniform(*parts: object) -> float:
    """A number in [0, 1) made from text and integers; equal parts give the equal number."""
    return (_hash(parts) >> 11) / (1 << 53)


def permuted(i: int, n: int, seed: int) -> int:
    """Where a pseudo-random permutation of `range(n)` sends `i`, in constant time and memory.

    A Feistel network over the smallest even number of bits that holds `n`, walked until it lands inside the range
    (Black and Rogaway, *Ciphers with Arbitrary Finite Domains*, 2002).
    """
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = i >> half, i & mask
        for turn in range(_ROUNDS):
            left, right = right, left ^ (_hash((seed, turn, right)) & mask)
        i = left << half | right
        if i < n:
            return i


def _hash(parts: tuple[object, ...]) -> int:
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
