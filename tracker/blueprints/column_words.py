"""What the columns page and the mappings call things: shapes, fields, kinds, each explained."""

from flask_babel import gettext as _

from tracker.importing.table_map import CONSTANTS, FIELDS, Shape

FIRST: dict[Shape, tuple[str, ...]] = {
    "flows": ("donor", "reference", "kind", "date", "currency", "amount"),
    "wide": (
        *("donor", "reference", "currency", "pledged", "signed", "received", "written_off"),
        *("date", "pledged_on", "signed_on", "received_on"),
    ),
}
"""Fields that most tables have; the others stand folded below them."""


def others(shape: Shape) -> tuple[str, ...]:
    """The fields that few tables have."""
    return tuple(name for name in FIELDS[shape] if name not in FIRST[shape])


def shape_words() -> dict[str, tuple[str, str]]:
    """What a row of a table is: name, and a sentence with an example."""
    return {
        "wide": (
            _("Whole contributions"),
            _(
                "One row is a contribution with all its amounts side by side. Example: Norway, "
                "pledged 500,000, signed 500,000, received 300,000, written off 0."
            ),
        ),
        "flows": (
            _("Single steps"),
            _(
                "One row is one pledge, agreement or payment, and a column says which. Example: Norway, "
                "300,000, paid, 20 March 2026."
            ),
        ),
    }


def kind_words() -> dict[str, str]:
    """What a row of single steps may be."""
    return {"pledge": _("Pledge"), "signed": _("Signed agreement"), "received": _("Payment received")}


def field_words() -> dict[str, tuple[str, str]]:
    """Every field: its name, and what it wants."""
    return _who_and_what() | _amounts() | _days() | _rest()


def _who_and_what() -> dict[str, tuple[str, str]]:
    return {
        "donor": (_("Donor"), _("Who gives, by name")),
        "reference": (
            _("Reference"),
            _("Their number for it. Without one, a lasting one is made up"),
        ),
        "kind": (_("What the row is"), _("The column that says pledge, agreement or payment")),
        "currency": (_("Currency"), _("As a code of three letters: EUR")),
        "donor_ref": (_("Donor’s IATI reference"), _("As FR-6; helps to know the donor again")),
        "donor_kind": (_("Donor’s kind"), _("Government, foundation …; for new donors")),
        "pledge": (_("Pledge it pays"), _("The reference of the pledge that a payment settles")),
    }


def _amounts() -> dict[str, tuple[str, str]]:
    return {
        "amount": (_("Amount"), _("In the row’s currency")),
        "pledged": (_("Amount pledged"), _("Announced, whether signed or not")),
        "signed": (_("Amount signed"), _("Firmly agreed")),
        "received": (_("Amount received"), _("Paid so far")),
        "written_off": (_("Amount written off"), _("Will not come any more: closes the pledge")),
        "usd_amount": (_("Amount in USD"), _("What the table says it was worth")),
        "rate": (_("Exchange rate"), _("The rate that the table used; for checking")),
        "original_amount": (_("Original amount"), _("In the currency it was given in")),
        "original_currency": (_("Original currency"), _("What it was given in")),
    }


def _days() -> dict[str, tuple[str, str]]:
    return {
        "date": (_("Day"), _("Of everything in the row that has no day of its own")),
        "pledged_on": (_("Pledged on"), _("Day it was announced")),
        "signed_on": (_("Signed on"), _("Day of the agreement")),
        "received_on": (_("Received on"), _("Value date at the bank")),
        "closed_on": (_("Closed on"), _("Day from which nothing more is expected")),
        "covers_from": (_("Covers from"), _("First month it pays for")),
        "covers_until": (_("Covers until"), _("Last month it pays for")),
    }


def _rest() -> dict[str, tuple[str, str]]:
    return {
        "earmark": (_("Earmark"), _("core, O2, O1:60 O2:40, targeted:a name, or hold")),
        "psc": (_("Programme support"), _("yes or no; empty is yes")),
        "agreement_ref": (_("Agreement reference"), _("As on the signed paper")),
        "ledger_ref": (_("Ledger reference"), _("What the ledger calls a payment")),
        "notes": (_("Notes"), _("For the Secretariat; no paper shows them")),
    }


def constant_words() -> dict[str, tuple[str, str]]:
    """Fields that may be said once for all rows."""
    words = field_words()
    return {name: words[name] for name in CONSTANTS}


def unreferenced_words(shape: Shape) -> str:
    """What rows without a reference are known by, and what that asks for."""
    if shape == "wide":
        return _(
            "Rows without a reference are known by this mapping’s name and the donor’s name: give every "
            "period a name of its own."
        )
    return _(
        "Rows without a reference are known by this mapping’s name, donor, kind, day, currency and amount: a "
        "row in which one of these has changed is another record."
    )


def record_words() -> dict[str, str]:
    """Every column of our own tables, in the words of the pages."""
    words = {name: label for name, (label, _hint) in field_words().items()}
    return words | {
        "code": _("Code"),
        "name": _("Name"),
        "country": _("Country"),
        "iati_ref": _("IATI organisation reference"),
        "email": _("E-mail of the focal point"),
        "aliases": _("Other names"),
        "anonymous": _("Anonymous"),
        "split": _("Exact split, USD"),
        "receipt": _("Receipt it is taken from"),
        "refunded_on": _("Refunded on"),
        "effective_on": _("In force from"),
        "due_on": _("Due on"),
        "instalments": _("Instalments"),
        "header_row": _("Row of the headings"),
        "kinds": _("What a row is, by the word in its column"),
        "filters": _("Which rows count"),
    }
