"""What the pages of the second factor show: a secret as a picture and as letters."""

import segno

from tracker.services.second_factor import address_of


def picture(secret: str, email: str) -> str:
    """The square that an app reads, as an address of an image: black on white whatever the page's colours."""
    code = segno.make(address_of(secret, email), error="m", micro=False)
    return str(code.svg_data_uri(scale=5, border=3, dark="#000", light="#fff"))


def spelled(secret: str) -> str:
    """The same for typing: groups of four.

    >>> spelled("ABCDEFGHIJ")
    'ABCD EFGH IJ'
    """
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
