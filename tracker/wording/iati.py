"""What an IATI file leaves out, in words: how many, of what, and why."""

from typing import Final

from flask import current_app, has_app_context
from flask_babel import ngettext

from tracker.wording.marks import N_

LEFT_OUT: Final[dict[str, tuple[str, str]]] = {
    "pledges": (N_("one pledge announced later"), N_("%(num)d pledges announced later")),
    "signatures": (N_("one signature dated later"), N_("%(num)d signatures dated later")),
    "closings": (N_("one closing dated later"), N_("%(num)d closings dated later")),
    "receipts": (N_("one receipt dated later"), N_("%(num)d receipts dated later")),
    "refunds": (N_("one refund dated later"), N_("%(num)d refunds dated later")),
    "rates": (N_("one rate in force later"), N_("%(num)d rates in force later")),
    "links": (
        N_("one receipt’s link to a pledge announced later"),
        N_("%(num)d receipts’ links to pledges announced later"),
    ),
    "organisation_refs": (
        N_("one organisation reference that is not of IATI’s form"),
        N_("%(num)d organisation references that are not of IATI’s form"),
    ),
}
"""By kind (`reporting.iati.LeftOut`): of one, and of several."""


def left_out_words(kind: str, count: int) -> str:
    """How many of a kind are left out, in the reader's language where there is one.

    >>> left_out_words("receipts", 2), left_out_words("closings", 1)
    ('2 receipts dated later', 'one closing dated later')
    """
    one, several = LEFT_OUT[kind]
    if has_app_context() and "babel" in current_app.extensions:
        return str(ngettext(one, several, count))
    return one if count == 1 else several % {"num": count}
