"""The seeded programme's book, from small tables a finance officer can read, and back into such tables.

A table has one row per line, its columns between `|`, the names of the columns in the first row. Amounts
are USD unless they say so (`40,000 EUR`); an empty field means "not given", and in a result "nothing".

pledges      reference | donor | amount | pledged | signed | closed | earmark | psc | from | until
instalments  pledge | due | amount (in the pledge's currency)
receipts     reference | donor | received | amount | credited | pledge | earmark | split | from | until
refunds      reference | receipt | refunded | amount | usd
rates        currency | from | rate
budget       number | effective | adopted | total | basis | shares | amounts        (added to version 1)
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tracker.domain.budget import BudgetVersion, Outcome, Programme
from tracker.domain.contributions import Facts, Instalment, Pledge, Receipt, Refund, refunds_usd
from tracker.domain.earmark import parse_earmark
from tracker.domain.exchange import Rate, Rates
from tracker.domain.months import Month
from tracker.domain.position import Position, Total, TraceRow, position

CODES = ("O1", "O2", "O3", "PS")
OUTCOMES = (
    Outcome("O1", "High-level advocacy", "Advocacy"),
    Outcome("O2", "Pathfinder country support", "Pathfinders"),
    Outcome("O3", "Governance, communication and resource mobilisation", "Governance"),
    Outcome("PS", "Programme support implementation cost", "Support"),
)
DIGITS = {"USD": 2, "EUR": 2, "CHF": 2, "JPY": 0, "KWD": 3}


# Reading a table


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a table, by column name."""
    lines = [
        [field.strip() for field in line.split("|")] for line in text.strip().splitlines() if line.strip()
    ]
    if not lines:
        return []
    header, *body = lines
    for line in body:
        assert len(line) <= len(header), f"more fields than columns: {line}"
    return [dict(zip(header, line + [""] * (len(header) - len(line)), strict=True)) for line in body]


def day(text: str) -> date:
    return date.fromisoformat(text)


def month(text: str) -> Month:
    year, number = text.split("-")
    return Month(int(year) * 12 + int(number) - 1)


def month_text(value: int) -> str:
    return f"{value // 12}-{value % 12 + 1:02d}"


def money(text: str) -> tuple[int, str]:
    """`40,000 EUR` is 4000000 minor units of EUR; without a currency it is USD."""
    number, _, currency = text.partition(" ")
    currency = currency or "USD"
    minor = Decimal(number.replace(",", "")) * 10 ** DIGITS[currency]
    assert minor == int(minor), text
    return int(minor), currency


def usd(text: str) -> int:
    minor, currency = money(text)
    assert currency == "USD", text
    return minor


def shown(minor: int, currency: str = "USD") -> str:
    """`1,234.56`, and nothing for zero."""
    digits = DIGITS[currency]
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}" if minor else ""


# Making the book


def book(
    *,
    pledges: str = "",
    instalments: str = "",
    receipts: str = "",
    refunds: str = "",
    rates: str = "",
    budget: str = "",
    tolerance: str = "1.00",
    basis: str = "shares",
) -> Facts:
    """The seeded programme (A87, USD, 2026-01 to 2031-06) with these contributions."""
    programme = Programme(
        code="A87",
        name="Alliance 8.7 Multi-Donor Programme",
        currency="USD",
        first_month=month("2026-01"),
        last_month=month("2031-06"),
        tolerance_minor=usd(tolerance),
        outcomes=OUTCOMES,
    )
    seeded = f"""
        number | effective | adopted | total     | basis   | shares                  | amounts
        1      | 2026-01   |         | 39,143.00 | {basis} | 16.58 51.26 19.16 13.00 | 6490 20054 7502 5097
    """
    known_rates = [Rate(r["currency"], day(r["from"]), Decimal(r["rate"])) for r in rows(rates)]
    return Facts(
        programme=programme,
        versions=tuple(_version(row) for row in rows(seeded) + rows(budget)),
        rates=Rates(known_rates),
        pledges=tuple(_pledge(row, rows(instalments)) for row in rows(pledges)),
        receipts=tuple(_receipt(row, known_rates) for row in rows(receipts)),
        refunds=tuple(_refund(row) for row in rows(refunds)),
    )


def report(as_of: str, **tables: str) -> Position:
    """The position of such a book as of a day."""
    return position(book(**tables), day(as_of))


def _version(row: dict[str, str]) -> BudgetVersion:
    return BudgetVersion(
        number=int(row["number"]),
        effective_month=month(row["effective"]),
        adopted_on=day(row["adopted"]) if row["adopted"] else None,
        monthly_total_minor=usd(row["total"]),
        basis=row["basis"],  # type: ignore[arg-type]
        share_units=tuple(int(Decimal(share) * 10_000) for share in row["shares"].split()),
        amounts_minor=tuple(usd(amount) for amount in row["amounts"].split()),
    )


def _pledge(row: dict[str, str], instalments: list[dict[str, str]]) -> Pledge:
    amount, currency = money(row["amount"])
    schedule = tuple(
        Instalment(day(part["due"]), money(f"{part['amount']} {currency}")[0])
        for part in instalments
        if part["pledge"] == row["reference"]
    )
    assert not schedule or sum(i.amount_minor for i in schedule) == amount, row
    return Pledge(
        reference=row["reference"],
        donor=row["donor"],
        currency=currency,
        amount_minor=amount,
        pledged_on=day(row["pledged"]),
        signed_on=_given(row, "signed", day),
        closed_on=_given(row, "closed", day),
        earmark=parse_earmark(row.get("earmark") or "core", CODES),
        support_cost=row.get("psc") != "no",
        covers_from=_given(row, "from", month),
        covers_until=_given(row, "until", month),
        instalments=schedule,
    )


def _receipt(row: dict[str, str], rates: list[Rate]) -> Receipt:
    amount, currency = money(row["amount"])
    received_on = day(row["received"])
    stated = _given(row, "credited", usd)
    split = _given(row, "split", lambda text: dict(part.split(":") for part in text.split()))
    return Receipt(
        reference=row["reference"],
        donor=row["donor"],
        received_on=received_on,
        currency=currency,
        amount_minor=amount,
        usd_minor=_credited(amount, currency, received_on, rates) if stated is None else stated,
        pledge=row.get("pledge") or None,
        earmark=_given(row, "earmark", lambda text: parse_earmark(text, CODES)),
        split=split and tuple(usd(split.get(code, "0")) for code in CODES),
        covers_from=_given(row, "from", month),
        covers_until=_given(row, "until", month),
    )


def _credited(amount: int, currency: str, received_on: date, rates: list[Rate]) -> int:
    """Amount / rate in force that day, as the bank would have it: the receipt's USD is a fact of the book."""
    if currency == "USD":
        return amount
    rate = max((r for r in rates if r.currency == currency and r.effective_on <= received_on), key=_effective)
    exact = Decimal(amount).scaleb(2 - DIGITS[currency]) / rate.value
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _effective(rate: Rate) -> date:
    return rate.effective_on


def _refund(row: dict[str, str]) -> Refund:
    return Refund(
        reference=row["reference"],
        receipt=row["receipt"],
        refunded_on=day(row["refunded"]),
        amount_minor=money(row["amount"])[0],
        usd_minor=_given(row, "usd", usd),
    )


def _given(row: dict[str, str], column: str, read: Any) -> Any:
    return read(row[column]) if row.get(column) else None


# Comparing figures with a table. Only the columns that the table names are compared.


def assert_cells(seen: Position, outcome: str, text: str) -> None:
    """Cells of one outcome, in the months the table names (`2026-06` or `2026-06 to 2026-07`)."""
    wanted = []
    for row in rows(text):
        first, _, last = row["month"].partition(" to ")
        wanted += [row | {"month": month_text(m)} for m in range(month(first), month(last or first) + 1)]
    found = []
    for row in wanted:
        cell = seen.cell(outcome, month(row["month"]))
        amounts = {
            name: shown(getattr(cell, name)) for name in ("required", "received", "signed", "pledged", "gap")
        }
        found.append({"month": row["month"], "status": cell.status, **amounts})
    _assert_same(found, wanted)


def assert_trace(seen: Position, text: str, **only: str) -> None:
    """The whole trace, or its rows of one lens, reference or outcome; in order."""
    _assert_same([_trace_row(row) for row in seen.trace if _chosen(row, only)], rows(text))


def _chosen(row: TraceRow, only: dict[str, str]) -> bool:
    return all(getattr(row, name) == value for name, value in only.items())


def _trace_row(row: TraceRow) -> dict[str, str]:
    when = month_text(row.month) if row.month is not None else ""
    return {**row._asdict(), "month": when, "amount": shown(row.amount)}


def assert_total(seen: Position | Total, text: str) -> None:
    """The programme's totals."""
    total = seen.total if isinstance(seen, Position) else seen
    _assert_same([{name: shown(value) for name, value in total._asdict().items()}], rows(text))


def assert_beside(seen: Position, text: str) -> None:
    """Money that covers nothing, by lens."""
    found = [
        {
            "lens": lens,
            "unused": shown(getattr(seen.unused, lens)),
            "targeted": shown(getattr(seen.targeted, lens)),
            "held": shown(getattr(seen.held, lens)),
        }
        for lens in (row["lens"] for row in rows(text))
    ]
    _assert_same(found, rows(text))


def assert_headlines(seen: Position, text: str) -> None:
    """Funded through and cliff month, of the lenses the table names."""
    found = []
    for row in rows(text):
        line = seen.headlines[row["lens"]]  # type: ignore[index]
        months = {"funded through": line.funded_through, "cliff": line.cliff_month}
        texts = {name: "" if value is None else month_text(value) for name, value in months.items()}
        found.append({"lens": row["lens"], **texts})
    _assert_same(found, rows(text))


def assert_items(seen: Position, text: str) -> None:
    """How receipts and open instalments are split, and which months they may pay for."""
    wanted = rows(text)
    items = {item.reference: item for item in seen.items}
    found = []
    for row in wanted:
        item = items[row["reference"]]
        parts = (
            dict(zip(CODES, (shown(part) for part in item.parts_minor), strict=True))
            if item.parts_minor
            else {}
        )
        found.append(
            {
                **dict.fromkeys(CODES, ""),
                **parts,
                "reference": item.reference,
                "lens": item.lens,
                "use": item.use,
                "usd": shown(item.usd_minor),
                "from": month_text(item.covers_from),
                "until": month_text(item.covers_until),
                "retroactive": "yes" if item.retroactive else "",
            }
        )
    _assert_same(found, wanted)


def assert_pledges(seen: Position, text: str) -> None:
    """Where pledges stand; `settled`, `open`, `unpaid` and `overpaid` are in the pledge's currency."""
    found = []
    for row in rows(text):
        state = seen.pledges[row["pledge"]]
        currency = state.pledge.currency
        found.append(
            {
                "pledge": row["pledge"],
                "lens": state.pledge.lens,
                "settled": shown(state.settled_minor, currency),
                "open": shown(state.open_minor, currency),
                "unpaid": shown(state.unpaid_minor, currency),
                "overpaid": shown(state.overpaid_minor, currency),
                "received usd": shown(state.received_usd_minor),
                "deductions": shown(state.deductions_usd_minor),
                "open usd": shown(state.open_usd_minor),
                "realised": shown(state.realised_usd_minor),
                "unrealised": shown(state.unrealised_usd_minor),
            }
        )
    _assert_same(found, rows(text))


def assert_instalments(seen: Position, pledge: str, text: str) -> None:
    """One pledge's instalments; all but `open usd` in its currency."""
    state = seen.pledges[pledge]
    currency = state.pledge.currency
    found = [
        {
            "due": i.due_on.isoformat(),
            "amount": shown(i.amount_minor, currency),
            "settled": shown(i.settled_minor, currency),
            "open": shown(i.open_minor, currency),
            "open usd": shown(i.open_usd_minor),
        }
        for i in state.instalments
    ]
    _assert_same(found, rows(text))


def assert_refunds(facts: Facts, receipt: str, text: str) -> None:
    """What each refund of a receipt is worth, in order."""
    one = next(r for r in facts.receipts if r.reference == receipt)
    valued = refunds_usd(one, [r for r in facts.refunds if r.receipt == receipt])
    _assert_same([{"refund": refund.reference, "usd": shown(value)} for refund, value in valued], rows(text))


def _assert_same(found: list[dict[str, str]], wanted: list[dict[str, str]]) -> None:
    assert wanted, "a table without rows compares nothing"
    columns = list(wanted[0])
    assert _aligned(found, columns) == _aligned(wanted, columns)


def _aligned(table: list[dict[str, str]], columns: list[str]) -> str:
    """A table as text, so that a failing test shows both tables line by line."""
    return "\n".join(
        " | ".join(line) for line in [columns, *([row[name] for name in columns] for row in table)]
    )
