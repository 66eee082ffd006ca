"""What our own namespace says in an IATI file → flows that are exactly our records (docs/importing.md).

An export of ours comes back as what it was made from. Where the transaction and our own element say
different things somebody changed one of them, and nothing is taken for right.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from tracker.domain.problems import Problem
from tracker.importing.findings import Finding, finding
from tracker.importing.flows import Flow, FlowTable, Foreign, Party
from tracker.importing.iati_transactions import Own, Transaction, plain, shortest
from tracker.importing.rows import TextRow

Records = dict[tuple[str, str], Transaction]
_TABLES: Final[dict[str, FlowTable]] = {"pledge": "pledges", "receipt": "receipts", "refund": "refunds"}
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "pledge": (
        *("currency", "amount", "pledged_on", "signed_on", "closed_on", "earmark", "psc"),
        *("covers_from", "covers_until"),
    ),
    "receipt": (
        *("pledge", "received_on", "currency", "amount", "usd_amount", "earmark", "split"),
        *("covers_from", "covers_until"),
    ),
    "refund": ("receipt", "refunded_on", "amount", "usd_amount"),
    "donor": ("code", "name", "kind", "country", "iati_ref", "anonymous"),
    "rate": ("currency", "effective_on", "rate"),
    "instalment": ("pledge", "due_on", "amount"),
}
_DAYS: Final = {"pledge": "pledged_on", "receipt": "received_on", "refund": "refunded_on"}
_OF_KIND: Final = {"13": ("pledge",), "11": ("signature",), "1": ("receipt", "refund")}


def read_own(transactions: Sequence[Transaction], own: Iterable[Own], file: str, foreign: Foreign) -> None:
    """Add what transactions with an element of ours, and ours of the activity, say."""
    donors = _read_beside(own, file, foreign)
    records = _records(transactions, file, foreign)
    for (name, reference), one in records.items():
        cells, currency = one.own[0].cells, ""
        if name == "refund":
            receipt = records.get(("receipt", cells.get("receipt", "")))
            cells = receipt.own[0].cells if receipt else {}
            currency = cells.get("currency", "")
        elif cells.get("donor", "") not in donors:
            text = cells.get("donor", "")
            foreign.problems.append(finding(file, one.row, "unknown_donor", "donor", text=text))
            continue
        foreign.problems.extend(_disagreements(one, file, currency))
        party = donors.get(cells.get("donor", ""), Party())
        foreign.flows.append(Flow(one.row, _TABLES[name], party, _cells(name, one.own[0].cells), reference))
        _add_schedule(one, reference, foreign)
    _check_signatures(transactions, records, file, foreign)


def _records(transactions: Iterable[Transaction], file: str, foreign: Foreign) -> Records:
    """The transactions of pledges, receipts and refunds by what they are and their references."""
    records: Records = {}
    for one in transactions:
        found = _record_of(one, file, foreign)
        if found is None or found.name == "signature":
            continue
        reference = found.cells.get("reference", "")
        if not reference:
            foreign.problems.append(finding(file, one.row, "missing", "reference"))
        elif (first := records.setdefault((found.name, reference), one)) is not one:
            foreign.problems.append(_twice(file, one.row, "reference", reference, first.row))
    return records


def _read_beside(own: Iterable[Own], file: str, foreign: Foreign) -> dict[str, Party]:
    """Donors, by code, and rates: rows of our tables, numbered among themselves."""
    donors: dict[str, Party] = {}
    first: dict[str, int] = {}
    rows: dict[str, list[TextRow]] = {"donor": [], "rate": []}
    for one in own:
        if one.name in rows:
            cells = _cells(one.name, one.cells)
            rows[one.name].append(TextRow(len(rows[one.name]) + 1, cells))
            if one.name == "donor":
                if (code := cells["code"]) in donors:
                    foreign.problems.append(_twice(file, len(rows["donor"]), "code", code, first[code]))
                first.setdefault(code, len(rows["donor"]))
                donors[cells["code"]] = Party(cells["name"], cells["iati_ref"], cells["kind"], cells["code"])
    foreign.extra["donors"], foreign.extra["rates"] = rows["donor"], rows["rate"]
    hidden = [row.cells["code"] for row in rows["donor"] if row.cells["anonymous"] == "yes"]
    if hidden:
        foreign.questions.append(finding(file, 0, "iati_anonymous", "donor", names=", ".join(hidden)))
    return donors


def _twice(file: str, row: int, column: str, key: str, first: int) -> Finding:
    facts = {"text": key, "file": file, "row": first}
    return Finding(file, row, Problem("twice_in_files", column, facts))


def _cells(name: str, said: dict[str, str]) -> dict[str, str]:
    """Every column, '' where it is left out; a USD of nothing cannot be stated and is worked out again."""
    cells = {column: said.get(column, "") for column in _COLUMNS[name]}
    if cells.get("usd_amount") == "0.00":
        cells["usd_amount"] = ""
    return cells


def _record_of(one: Transaction, file: str, foreign: Foreign) -> Own | None:
    """The one element of ours that a transaction of this type may have."""
    if len(one.own) == 1 and one.own[0].name in _OF_KIND[one.kind]:
        return one.own[0]
    names = ", ".join(f"mdp:{own.name}" for own in one.own)
    foreign.problems.append(finding(file, one.row, "iati_own_misplaced", "", names=names, text=one.type_name))
    return None


def _add_schedule(one: Transaction, reference: str, foreign: Foreign) -> None:
    if one.own[0].name == "pledge":
        foreign.extra.setdefault("instalments", []).extend(
            TextRow(one.row, _cells("instalment", {**part, "pledge": reference})) for part in one.own[0].parts
        )


def _disagreements(one: Transaction, file: str, refund_currency: str) -> Iterable[Finding]:
    """Where the transaction says something else than our own element."""
    own = one.own[0]
    amount = plain(own.cells.get("amount", ""))
    if own.name == "refund":
        amount = amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"
    currency = refund_currency if own.name == "refund" else own.cells.get("currency", "")
    return _differences(one, file, (amount, currency, own.cells.get(_DAYS[own.name], "")))


def _differences(one: Transaction, file: str, said: tuple[str, str, str]) -> Iterable[Finding]:
    amount, currency, day = said
    pairs = (
        ("amount", shortest(one.value), shortest(amount)),
        ("currency", one.currency, currency),
        ("transaction_date", one.day, day),
    )
    for column, there, here in pairs:
        if there != here:
            yield finding(file, one.row, "iati_own_differs", column, text=there, own=here)


def _check_signatures(
    transactions: Iterable[Transaction],
    records: Records,
    file: str,
    foreign: Foreign,
) -> None:
    """A commitment of ours is its pledge's signature, and has to say what the pledge says."""
    for one in transactions:
        if len(one.own) != 1 or one.own[0].name != "signature" or one.kind != "11":
            continue
        reference = one.own[0].cells.get("pledge", "")
        pledge = records.get(("pledge", reference))
        if pledge is None:
            foreign.problems.append(finding(file, one.row, "unknown_pledge", "pledge", text=reference))
            continue
        cells = pledge.own[0].cells
        said = plain(cells.get("amount", "")), cells.get("currency", ""), cells.get("signed_on", "")
        foreign.problems.extend(_differences(one, file, said))
