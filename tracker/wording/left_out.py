"""Why a row of a table or of an IATI file became no record: words for every code of `LeftOut`."""

from typing import Final

from flask import current_app, has_app_context
from flask_babel import gettext

from tracker.importing.flows import LeftOut
from tracker.wording.marks import N_

LEFT_OUT: Final[dict[str, str]] = {
    # Anybody's tables
    "blank": N_("The row is blank"),
    "filtered": N_("Filtered: %(text)s"),
    "not_a_kind": N_("“%(text)s” is none of the words that mean a pledge, an agreement or a payment"),
    "no_amount": N_("The row has no amount"),
    "zero": N_("The amount is zero"),
    "negative": N_("The amount is negative: record the refund by hand"),
    # IATI files
    "iati_type": N_("%(text)s: not incoming money"),
    "iati_zero": N_("The value is zero"),
    "iati_negative": N_("%(text)s below zero: less was promised, which is recorded on the pledge itself"),
    "iati_no_receipt": N_(
        "%(text)s below zero: money given back, and the file has no earlier receipt of this donor "
        "that it could be taken from"
    ),
}
"""By code; `%(text)s` is the fact that stands with it."""


def left_out_words(one: LeftOut) -> str:
    """Why a row was left out, in the reader's language where there is one.

    >>> left_out_words(LeftOut(3, "iati_type", "Disbursement"))
    'Disbursement: not incoming money'
    """
    sentence = LEFT_OUT[one.why]
    if has_app_context() and "babel" in current_app.extensions:
        sentence = str(gettext(sentence))
    return sentence % {"text": one.text}
