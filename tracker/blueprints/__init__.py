"""HTTP only: guard, form, one call, answer. A blueprint a room of the product."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind every room."""
