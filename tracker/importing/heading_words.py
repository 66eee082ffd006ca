"""What headings say, in English, French, German and Spanish: a pattern for each way, the likeliest first.

Patterns are searched for in a heading's words (`suggesting.heading_words`). The fields stand in the order
in which they take their columns.
"""

from collections.abc import Mapping
from typing import Final

_PLEDGED = (
    "pledged?|pledges|annonces?|annoncee?s?|promesses?|promis|zugesagt|zusagen?|prometido|promesas?|anunciado"
)
_SIGNED = (
    "signed|commitments?|committed|agreements?|engagements?|engage|signes?|verpflichtung(?:en)?|unterzeichnet"
    "|comprometido|compromisos?|firmado"
)
_RECEIVED = (
    "received|paid|contributions?|receipts?|payments?|paiements?|recus?|verses?|versements?|erhalten|bezahlt"
    "|eingang|zahlung(?:en)?|recibido|pagado|pagos?"
)
_WRITTEN = (
    "written off|write ?offs?|writeoffs?|abandonne|passe en pertes|abgeschrieben|abschreibung|condonado"
)
_DAY = "date|day|datum|tag|fecha|year|jahr|ano|annee"
_AMOUNT = "amount|amt|montant|betrag|importe|monto|value|valeur|wert|sum|total"
_CURRENCY = "currency|ccy|devise|monnaie|wahrung|moneda|divisa"


def _dated(words: str, *more: str) -> tuple[str, ...]:
    """A day of something: `signed on`, `date signed`, `PledgeDate`."""
    either = rf"(?:{words})(?: \w+)? (?:{_DAY}|on|le|am|el)$", rf"^(?:{_DAY})(?: \w+){{0,2}} (?:{words})$"
    return (*either, *more)


def _stated(words: str, glued: str) -> tuple[str, ...]:
    """An amount of something, in our own money first: `PaidAmtLocal`, `Pledged`, `donorpledge`."""
    money = rf"^(?:{words}) (?:{_AMOUNT})"
    alone = rf"^(?:{_AMOUNT}) (?:\w+ )?(?:{words})$", rf"^(?:{words})(?: [a-z]{{3}})?$"
    return rf"{money} local$", rf"{money}$", rf"{money} [a-z]{{3}}$", *alone, glued


HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "written_off": (rf"(?:{_WRITTEN})", "writeoff$"),
    "pledged": _stated(_PLEDGED, "^donor ?pledge$"),
    "signed": _stated(_SIGNED, "^donor ?commitment$"),
    "received": _stated(_RECEIVED, "^donor ?received$"),
    "pledged_on": _dated(f"{_PLEDGED}|announced", "^year$", "^annee$", "^jahr$", "^ano$"),
    "signed_on": _dated(_SIGNED),
    "received_on": _dated(f"{_RECEIVED}|credited", "^value date$", "^date valeur$", "^valuta", "latest date"),
    "closed_on": _dated(f"{_WRITTEN}|closed|cloture|geschlossen|cerrado"),
    "kind": (
        "transaction type code",
        "^status$",
        "transaction type",
        "^type$",
        "^kind$",
        "^statut$",
        "^estado$",
        "^art$",
        "flow type",
        "status",
        "type",
    ),
    "date": (
        "^date$",
        "^datum$",
        "^fecha$",
        "transaction date",
        "value date",
        r"^(?!first|created|updated|budget)\w+ date$",
        "^(?:year|annee|jahr|ano)$",
    ),
    "original_amount": ("original amount", "montant d origine", "ursprungsbetrag", "importe original"),
    "original_currency": ("original currency", "devise d origine", "ursprungswahrung", "moneda original"),
    "usd_amount": (
        "value usd$",
        "^usd amount$",
        "^usd$",
        "amount in usd",
        f"^(?:{_RECEIVED}) (?:{_AMOUNT})(?: usd)?$",
    ),
    "amount": (
        "^amount$",
        rf"^(?:{_AMOUNT})$",
        "transaction value$",
        rf"^(?:{_AMOUNT}) [a-z]{{3}}$",
        rf"(?:{_AMOUNT})",
        "usd$",
    ),
    "rate": (
        f"(?:{_RECEIVED})(?: amt)? currency exchange rate",
        "exchange ?rate",
        "^rate$",
        "taux de change",
        "wechselkurs",
        "tipo de cambio",
    ),
    "currency": (rf"^(?:{_CURRENCY})$", "value currency$", "local currency$", rf"(?:{_CURRENCY})$"),
    "donor": (
        "^donor$",
        "^donor name$",
        "^(?:contributor|donateur|bailleur|geber|donante|fund|partner|source)$",
        "provider org$",
        "provider org name",
        "^src organization$",
        "^(?:donor|contributor|donateur|bailleur|geber|donante) (?:nom|name|nombre)",
        "(?:donor|contributor|donateur|bailleur|geber|donante)",
    ),
    "donor_ref": ("provider org ref$", "iati ref", "^donor ref$", "org ref$"),
    "donor_kind": (
        "donor ?type",
        "donor kind",
        "provider org type",
        "src organization types?",
        "type de donateur",
        "organi[sz]ation type",
    ),
    "reference": (
        "^reference$",
        "^contribution (?:code|reference|ref|number|id)$",
        "transaction ref$",
        "^id$",
        "^ref code$",
        "^ref(?:erence|erenz|erencia)?$",
        "^(?:pledge|grant|receipt) (?:ref|reference|no|number|code|id)$",
        "numero|nummer",
    ),
    "pledge": ("^pledge ref", "^settles$"),
    "earmark": ("^earmark", "affectation", "zweckbindung", "^asignacion"),
    "psc": ("^psc$", "support cost"),
    "covers_from": ("^covers from$", "^from month$"),
    "covers_until": ("^covers until$", "^until month$"),
    "agreement_ref": ("^agreement (?:ref|no|number|code)", "^ref code$"),
    "ledger_ref": ("^ledger", "^voucher", "^receipt (?:no|number)"),
    "notes": (
        "^notes?$",
        "^comments?$",
        "^remarks?$",
        "description$",
        "^bemerkung",
        "^remarques?$",
        "^notas?$",
    ),
}

KIND_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "pledge": frozenset(
        """
        pledge|pledged|pledges|13|incoming pledge|announced|announcement|promesse|annonce|annoncé|zusage
        |zugesagt|promesa|anunciado|p
        """.replace("\n        ", "").split("|")
    ),
    "signed": frozenset(
        """
        commitment|commitments|committed|signed|agreement|contract|11|incoming commitment|engagement|engagé
        |signé|verpflichtung|unterzeichnet|compromiso|comprometido|firmado|c
        """.replace("\n        ", "").split("|")
    ),
    "received": frozenset(
        """
        paid|received|receipt|payment|contribution|disbursement|1|incoming funds|if|payé|versé|reçu|paiement
        |bezahlt|erhalten|zahlung|pagado|recibido|pago|r
        """.replace("\n        ", "").split("|")
    ),
}
"""Words of a kind column, folded; 13, 11 and 1 are IATI's."""
