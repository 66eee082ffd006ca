"""Secrets that are handed out once: only their hash is stored."""

import secrets
from hashlib import sha256


def new_token() -> str:
    """A secret of 256 bits, as it may stand in an address or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a secret token."""
    return sha256(token.encode()).hexdigest()
