"""The GCG's edition of a report: nothing in it tells who an anonymous donor is.

Codes, names, countries, references, agreement and ledger references, and the names of what targeted
money is for are replaced; every figure, date and order of the trace stays.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from tracker.domain.changes import RecordMove
from tracker.domain.contributions import InstalmentState, NetReceipt, PledgeState, Receipt
from tracker.domain.earmark import Earmark
from tracker.domain.items import Item
from tracker.domain.position import Position, TraceRow
from tracker.queries.report import DonorRow, RefundRow, Report, Since

UNDISCLOSED = "undisclosed"
Record = tuple[str, str]


def gcg_edition(report: Report) -> Report:
    """The report without anything that tells an anonymous donor. Masking twice changes nothing more.

    Donors are numbered by their earliest record, so that a later donor does not renumber them.
    """
    names = _names(report)
    if not names.donors:
        return report
    return replace(
        report,
        position=_position(report.position, names),
        donors={names.donor(code): _donor(row, names) for code, row in report.donors.items()},
        refunds=tuple(_refund(row, names) for row in report.refunds),
        agreement_refs=_shown(report.agreement_refs, report.position.pledges, names.pledges),
        ledger_refs=_shown(report.ledger_refs, report.position.receipts, names.receipts),
        stated_usd=frozenset(
            names.receipt(key) for key in report.stated_usd if key in report.position.receipts
        ),
        since=None if report.since is None else _since(report.since, names),
    )


def _shown(refs: Mapping[str, str], known: Container[str], hidden: Container[str]) -> dict[str, str]:
    """What the report's own records are called elsewhere; nothing of later ones, whose donor is unknown."""
    return {key: value for key, value in refs.items() if key in known and key not in hidden}


@dataclass(frozen=True, slots=True)
class _Names:
    """Old name to neutral name, for what belongs to anonymous donors only."""

    donors: dict[str, str]
    pledges: dict[str, str]
    receipts: dict[str, str]
    refunds: dict[str, str]
    gone: dict[Record, str]

    def donor(self, code: str) -> str:
        return self.donors.get(code, code)

    def pledge(self, reference: str) -> str:
        return self.pledges.get(reference, reference)

    def receipt(self, reference: str) -> str:
        return self.receipts.get(reference, reference)


def _natural(text: str) -> tuple[int, str]:
    """`ANON-2` before `ANON-10`."""
    return len(text), text


def _names(report: Report) -> _Names:
    pledges, receipts = _records(report.position)
    hidden = {code for code, row in _named(report).items() if row.anonymous}
    first: dict[str, date] = dict.fromkeys(hidden, date.max)
    for donor, day, _ in (*pledges, *receipts):
        if donor in hidden:
            first[donor] = min(first[donor], day)
    taken = _taken(report, hidden)
    numbers = (n for n in count(1) if not any(f"ANON-{n}" == t or t.startswith(f"ANON-{n}-") for t in taken))
    order = sorted(hidden, key=lambda code: (first[code], _natural(code)))
    donors = {code: f"ANON-{number}" for code, number in zip(order, numbers, strict=False)}
    nets = report.position.receipts.values()
    refunds = [(n.receipt.donor, r.refunded_on, r.reference) for n in nets for r, _ in n.refunds]
    kept = {
        "pledge": _numbered("P", pledges, donors),
        "receipt": _numbered("R", receipts, donors),
        "refund": _numbered("F", refunds, donors),
    }
    gone = _gone(report.since, donors, kept)
    return _Names(donors, kept["pledge"], kept["receipt"], kept["refund"], gone)


def _named(report: Report) -> dict[str, DonorRow]:
    """Donors of the report and of the earlier state that it is held against."""
    return {**report.donors, **(report.since.donors if report.since else {})}


def _gone(
    since: Since | None, donors: dict[str, str], kept: Mapping[str, dict[str, str]]
) -> dict[Record, str]:
    """Names for what changed since and stands in the position no more: `ANON-1-G1` … by date, then record."""
    moves = [move for line in since.changes.lines for move in line.records] if since else []
    found: dict[Record, tuple[date, str]] = {}
    for move in moves:
        record = _record(move)
        if move.donor in donors and record[1] not in kept.get(record[0], {}):
            found.setdefault(record, (move.dated_on or date.max, move.donor))
    names: dict[Record, str] = {}
    numbers: dict[str, int] = {}
    for record in sorted(found, key=lambda r: (found[r][0], r[0], _natural(r[1]))):
        donor = donors[found[record][1]]
        numbers[donor] = numbers.get(donor, 0) + 1
        names[record] = f"{donor}-G{numbers[donor]}"
    return names


def _record(move: RecordMove) -> Record:
    """Table and reference; an instalment belongs to its pledge."""
    if move.entity == "instalment":
        return "pledge", move.reference.rpartition("@")[0]
    return move.entity, move.reference


def _records(position: Position) -> tuple[list[tuple[str, date, str]], list[tuple[str, date, str]]]:
    """(donor, day, reference) of every pledge and receipt, once each.

    A receipt may name a pledge announced after the as-of date, which the position does not hold.
    """
    receipts = [
        (n.receipt.donor, n.receipt.received_on, n.receipt.reference) for n in position.receipts.values()
    ]
    pledges = {
        n.receipt.pledge: (n.receipt.donor, date.max, n.receipt.pledge)
        for n in position.receipts.values()
        if n.receipt.pledge is not None
    }
    for state in position.pledges.values():
        pledge = state.pledge
        pledges[pledge.reference] = (pledge.donor, pledge.pledged_on, pledge.reference)
    return list(pledges.values()), receipts


def _taken(report: Report, hidden: set[str]) -> set[str]:
    """Names in the open that look like a neutral one."""
    pledges, receipts = _records(report.position)
    shown = {reference for donor, _, reference in (*pledges, *receipts) if donor not in hidden}
    codes = {code for code in _named(report) if code not in hidden}
    return {name for name in shown | codes if name.startswith("ANON-")}


def _numbered(
    letter: str, records: Iterable[tuple[str, date, str]], donors: dict[str, str]
) -> dict[str, str]:
    """`ANON-1-P1`, `ANON-1-P2` … by date, then reference."""
    names: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for donor, _, reference in sorted(records, key=lambda r: (r[1], _natural(r[2]))):
        if donor in donors:
            numbers[donor] = numbers.get(donor, 0) + 1
            names[reference] = f"{donors[donor]}-{letter}{numbers[donor]}"
    return names


def _donor(row: DonorRow, names: _Names) -> DonorRow:
    code = names.donors.get(row.code)
    if code is None:
        return row
    return replace(
        row, code=code, name=f"Anonymous donor {code.removeprefix('ANON-')}", country="", anonymous=True
    )


def _refund(row: RefundRow, names: _Names) -> RefundRow:
    if row.receipt not in names.receipts:
        return row
    return replace(
        row, reference=names.refunds[row.reference], receipt=names.receipts[row.receipt], ledger_ref=""
    )


def _since(since: Since, names: _Names) -> Since:
    lines = tuple(
        line._replace(records=tuple(_move(move, names) for move in line.records))
        for line in since.changes.lines
    )
    return replace(
        since,
        donors={names.donor(code): _donor(row, names) for code, row in since.donors.items()},
        changes=replace(since.changes, lines=lines),
    )


def _move(move: RecordMove, names: _Names) -> RecordMove:
    if move.donor not in names.donors:
        return move
    record = _record(move)
    kept = {"pledge": names.pledges, "receipt": names.receipts, "refund": names.refunds}
    reference = kept.get(record[0], {}).get(record[1]) or names.gone[record]
    if move.entity == "instalment":
        reference = f"{reference}@{move.reference.rpartition('@')[2]}"
    return move._replace(reference=reference, donor=names.donors[move.donor])


def _position(position: Position, names: _Names) -> Position:
    return replace(
        position,
        trace=tuple(_trace(row, names) for row in position.trace),
        items=tuple(_item(item, names) for item in position.items),
        receipts={names.receipt(key): _net(net, names) for key, net in position.receipts.items()},
        pledges={names.pledge(key): _state(state, names) for key, state in position.pledges.items()},
    )


def _reference(lens: str, reference: str, names: _Names) -> str:
    """A receipt's, or an open instalment's `PLEDGE@DUE_ON`; the date is what follows the last `@`."""
    if lens == "received":
        return names.receipt(reference)
    pledge, _, due_on = reference.rpartition("@")
    return f"{names.pledge(pledge)}@{due_on}"


def _trace(row: TraceRow, names: _Names) -> TraceRow:
    if row.donor not in names.donors:
        return row
    return row._replace(reference=_reference(row.lens, row.reference, names), donor=names.donors[row.donor])


def _earmark(earmark: Earmark) -> Earmark:
    return replace(earmark, target=UNDISCLOSED) if earmark.target else earmark


def _item(item: Item, names: _Names) -> Item:
    if item.donor not in names.donors:
        return item
    return replace(
        item,
        reference=_reference(item.lens, item.reference, names),
        donor=names.donors[item.donor],
        earmark=_earmark(item.earmark),
        pledge=None if item.pledge is None else names.pledge(item.pledge),
    )


def _net(net: NetReceipt, names: _Names) -> NetReceipt:
    if net.receipt.donor not in names.donors:
        return net
    receipt = _receipt(net.receipt, names)
    refunds = tuple(
        (replace(refund, reference=names.refunds[refund.reference], receipt=receipt.reference), usd)
        for refund, usd in net.refunds
    )
    return net._replace(receipt=receipt, refunds=refunds)


def _receipt(receipt: Receipt, names: _Names) -> Receipt:
    return replace(
        receipt,
        reference=names.receipts[receipt.reference],
        donor=names.donors[receipt.donor],
        pledge=None if receipt.pledge is None else names.pledge(receipt.pledge),
        earmark=None if receipt.earmark is None else _earmark(receipt.earmark),
    )


def _state(state: PledgeState, names: _Names) -> PledgeState:
    if state.pledge.donor not in names.donors:
        return state
    pledge = replace(
        state.pledge,
        reference=names.pledges[state.pledge.reference],
        donor=names.donors[state.pledge.donor],
        earmark=_earmark(state.pledge.earmark),
    )
    instalments: tuple[InstalmentState, ...] = tuple(replace(i, pledge=pledge) for i in state.instalments)
    return replace(state, pledge=pledge, instalments=instalments)
