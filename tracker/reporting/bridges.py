"""Why totals under a list do not add up the naive way, in sentences. The figures come worked out."""

from flask_babel import gettext as _

from tracker.queries.directory import Bridge
from tracker.reporting.sentences import Sentence, Usd, say


def bridge_words(sums: Bridge) -> tuple[Sentence, ...]:
    """What stands between pledged money and money received or open; nothing where nothing does."""
    if not sums.difference and not any((sums.unpledged, sums.above, sums.ended, sums.deducted)):
        return ()
    return (_lead(sums), *_parts(sums))


def _lead(sums: Bridge) -> Sentence:
    if sums.difference > 0:
        pattern = _("Received and open together are *%(amount)s* more than pledged.")
    elif sums.difference < 0:
        pattern = _("Received and open together are *%(amount)s* less than pledged.")
    else:
        pattern = _("Received and open together are what was pledged, and yet:")
    return say(pattern, amount=Usd(abs(sums.difference)))


def _parts(sums: Bridge) -> tuple[Sentence, ...]:
    gained = sums.exchange > 0
    parts = (
        (sums.unpledged, _("%(amount)s came without a pledge.")),
        (sums.above, _("%(amount)s was paid above a pledge, and never fills another pledge’s open rest.")),
        (sums.ended, _("%(amount)s was withdrawn or written off when pledges were closed.")),
        (sums.deducted, _("%(amount)s was kept by banks or a levy: settled for the donor, never credited.")),
        (
            abs(sums.exchange),
            _("Exchange rates have added %(amount)s since the pledges were made or signed.")
            if gained
            else _("Exchange rates have taken %(amount)s since the pledges were made or signed."),
        ),
    )
    return tuple(say(pattern, amount=Usd(minor)) for minor, pattern in parts if minor)
