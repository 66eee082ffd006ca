"""Anybody's table, its columns named by a map → flows (docs/importing.md).

Of a table of flows a row is one pledge, signed agreement or payment in its present state. A row of a wide
table is a pledge with its signature, what was received of it and what was written off, side by side. A row
becomes what it says and no more: nothing is netted, rounded or guessed, and no row goes uncounted.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from tracker.domain.money import CURRENCIES, MAX_UNITS, PROGRAMME_CURRENCY, amount_text, currency_digits
from tracker.domain.naming import said_ref
from tracker.domain.rows import MAX_KEY, MAX_TEXT
from tracker.importing.cells import EMPTY, Cell, Rows, header_of
from tracker.importing.donor_kinds import kind_of
from tracker.importing.findings import Finding, finding
from tracker.importing.flows import Flow, FlowTable, Foreign, LeftOut, Party, Total
from tracker.importing.mapped_cells import MappedRow, half_of_last, said_amount
from tracker.importing.table_map import AMOUNTS, KINDS, TableMap, check_map, folded

Amounts = Mapping[str, int]

_LABELS: Final = (KINDS[0], *AMOUNTS)
"""What totals are of, in their order."""


def read_mapped(rows: Rows, table_map: TableMap, *, file: str) -> Foreign:
    """What a table says, read as its map says. Never raises: what is wrong stands in `problems`."""
    problems = check_map(table_map, rows)
    if problems:
        return Foreign(problems=[Finding(file, 0, problem) for problem in problems])
    table = _Flows(rows, table_map, file) if table_map.shape == "flows" else _Wide(rows, table_map, file)
    return table.read()


class _Table(ABC):
    """One table being read, row by row."""

    def __init__(self, rows: Rows, table_map: TableMap, file: str) -> None:
        self._rows, self._map, self._file = rows, table_map, file
        header = header_of(rows, table_map.header_row)
        self._places = {name: header.index(column) for name, column in table_map.columns.items() if column}
        self._filters = [
            (header.index(one.column), one, {folded(word) for word in (*one.keep, *one.drop)})
            for one in table_map.filters
        ]
        self._donors = {folded(name): code for name, code in table_map.donors.items()}
        self._totals: dict[tuple[str, str], tuple[int, int]] = {}
        self.found = Foreign()

    def read(self) -> Foreign:
        start = self._map.header_row
        for number, row in enumerate(self._rows[start:], start=start + 1):
            why, text = self._left_out(row)
            if not why:
                said = MappedRow(
                    {name: row[at] if at < len(row) else EMPTY for name, at in self._places.items()},
                    self._map,
                )
                why, text = self._take(number, said)
                self.found.problems += [Finding(self._file, number, problem) for problem in said.problems]
            if why:
                self.found.left_out.append(LeftOut(number, why, text))
        self.found.totals = list(self._summed())
        return self.found

    @abstractmethod
    def _take(self, number: int, row: MappedRow) -> tuple[str, str]:
        """Flows of a row; or why it is left out, with the word that says so."""

    def _left_out(self, row: tuple[Cell, ...]) -> tuple[str, str]:
        if not any(cell.text for cell in row):
            return "blank", ""
        for at, one, words in self._filters:
            text = row[at].text if at < len(row) else ""
            if (folded(text) in words) != bool(one.keep):
                return "filtered", f"{one.column}: {text}"
        return "", ""

    # What all rows have

    def _party(self, row: MappedRow) -> Party:
        name = row.text("donor")
        iati_ref = said_ref(row.text("donor_ref", most=100))
        return Party(name, iati_ref, kind_of(row.said("donor_kind")), self._donors.get(folded(name), ""))

    def _terms(self, row: MappedRow, table: FlowTable) -> dict[str, str]:
        """Cells beside the money and its days: those that are given."""
        cells = {"earmark": row.text("earmark")}
        cells |= {name: row.month(name) for name in ("covers_from", "covers_until")}
        if table == "pledges":
            cells |= {"psc": row.yes("psc"), "agreement_ref": row.text("agreement_ref")}
        else:
            cells["ledger_ref"] = row.text("ledger_ref")
        return {name: text for name, text in cells.items() if text}

    def _notes(self, row: MappedRow, *stated: str) -> dict[str, str]:
        parts = [row.text("notes", most=MAX_TEXT, lines=True), _original(row), *stated]
        text = "; ".join(part for part in parts if part)
        return {"notes": text} if text else {}

    def _question(self, number: int, code: str, name: str, **facts: object) -> None:
        self.found.questions.append(finding(self._file, number, code, name, **facts))

    def _negative(self, number: int, row: MappedRow, name: str) -> tuple[str, str]:
        """Money that went back is a refund, and a person says of which receipt."""
        row.problems.clear()
        self._question(number, "negative_amount", name, text=row.said(name))
        return "negative", ""

    def _count(self, label: str, currency: str, minor: int) -> None:
        rows, total = self._totals.get((label, currency), (0, 0))
        self._totals[label, currency] = rows + 1, total + minor

    def _summed(self) -> Iterator[Total]:
        for label, currency in sorted(self._totals, key=lambda one: (_LABELS.index(one[0]), one[1])):
            rows, minor = self._totals[label, currency]
            yield Total(label, currency, rows, amount_text(minor, currency))

    def _check_usd(self, number: int, row: MappedRow, currency: str, amount: str) -> None:
        """Ask where an amount, its rate and its USD do not go together, as far as each is written."""
        rate, usd = row.number("rate"), row.number("usd_amount")
        other, other_currency = (amount, currency) if currency != PROGRAMME_CURRENCY else ("", "")
        usd = usd or (amount if not other else "")
        if not other:
            other, other_currency = row.number("original_amount"), row.said("original_currency").upper()
        if row.problems or not (usd and other and rate) or _agree(usd, other, rate):
            return
        facts = {"usd": usd, "amount": other, "currency": other_currency, "rate": rate}
        self._question(number, "usd_disagrees", "rate", **facts)


class _Flows(_Table):
    """Rows that are one pledge, signed agreement or payment each."""

    def __init__(self, rows: Rows, table_map: TableMap, file: str) -> None:
        super().__init__(rows, table_map, file)
        self._kinds = {folded(word): kind for kind, words in table_map.kinds.items() for word in words}

    def _take(self, number: int, row: MappedRow) -> tuple[str, str]:
        kind = self._kinds.get(folded(row.said("kind")), "") if row.given("kind") else row.said("kind")
        if not kind:
            return "not_a_kind", row.said("kind")
        amount = row.number("amount")
        if not row.problems and not amount.strip("-0."):
            return ("zero" if amount else "no_amount"), ""
        if amount.startswith("-"):
            return self._negative(number, row, "amount")
        currency = row.currency()
        minor = row.minor("amount", amount, currency) if currency else 0
        flow = self._flow(number, row, kind, currency, minor)
        self._check_usd(number, row, currency, amount)
        if not row.problems:
            self.found.flows.append(flow)
            self._count(kind, currency, minor)
        return "", ""

    def _flow(self, number: int, row: MappedRow, kind: str, currency: str, minor: int) -> Flow:
        table: FlowTable = "receipts" if kind == "received" else "pledges"
        party = self._party(row)
        cells = {"currency": currency, "amount": amount_text(minor, currency or PROGRAMME_CURRENCY)}
        cells |= self._days(row, kind) | self._terms(row, table) | self._notes(row)
        if table == "receipts":
            cells |= _usd(row)
            if pledge := row.text("pledge", most=MAX_KEY):
                cells["pledge"] = pledge
        identity = (kind, party.name, row.day("date"), currency, cells["amount"])
        return Flow(number, table, party, cells, row.text("reference", most=MAX_KEY), identity)

    def _days(self, row: MappedRow, kind: str) -> dict[str, str]:
        """A pledge may have its own day; nothing else can do without the row's."""
        if kind == "pledge":
            return {"pledged_on": row.first_day("pledged_on", "date", missing="date")}
        day = row.first_day("date", missing="date")
        if kind == "received":
            return {"received_on": day}
        return {"pledged_on": row.day("pledged_on") or day, "signed_on": day}


class _Wide(_Table):
    """Rows that are a pledge each, with what became of it."""

    def _take(self, number: int, row: MappedRow) -> tuple[str, str]:
        numbers = {name: row.number(name) for name in AMOUNTS}
        promised = [numbers[name] for name in ("pledged", "signed", "received")]
        for name, text in numbers.items():
            if text.startswith("-") and text.strip("-0."):
                return self._negative(number, row, name)
        if not row.problems and not any(text.strip("-0.") for text in promised):
            return ("zero" if any(numbers.values()) else "no_amount"), ""
        currency = row.currency()
        if currency:
            amounts = {name: row.minor(name, numbers[name], currency) for name in AMOUNTS}
            self._flows(number, row, currency, numbers, amounts)
        return "", ""

    def _flows(
        self, number: int, row: MappedRow, currency: str, numbers: Mapping[str, str], amounts: Amounts
    ) -> None:
        party, reference = self._party(row), row.text("reference", most=MAX_KEY)
        stated = self._stated(number, currency, amounts)
        pledge = self._pledge(row, currency, amounts, stated)
        receipt = self._receipt(row, currency, amounts, alone=not pledge)
        main = "received" if amounts["received"] else "pledged" if amounts["pledged"] else "signed"
        self._check_usd(number, row, currency, numbers[main])
        if row.problems:
            return
        flows = self.found.flows
        parent = len(flows) if pledge else None
        if pledge:
            flows.append(Flow(number, "pledges", party, pledge, reference, (party.name,)))
        if receipt:
            flows.append(Flow(number, "receipts", party, receipt, reference, (party.name,), parent))
        for name in AMOUNTS:
            if amounts[name]:
                self._count(name, currency, amounts[name])

    def _pledge(
        self, row: MappedRow, currency: str, amounts: Amounts, stated: tuple[str, ...]
    ) -> dict[str, str]:
        """Cells of the pledge, signed and closed where the row says so; none where nothing was promised."""
        amount = amounts["pledged"] or amounts["signed"]
        if not amount:
            return {}
        pledged = row.first_day("pledged_on", "date", missing="pledged_on")
        cells = {"currency": currency, "amount": amount_text(amount, currency), "pledged_on": pledged}
        if self._is_signed(row, amounts):
            cells["signed_on"] = row.day("signed_on") or row.day("date") or pledged
        if closed := self._closed(row, amounts, pledged, cells.get("signed_on", "")):
            cells["closed_on"] = closed
        return cells | self._terms(row, "pledges") | self._notes(row, *stated)

    def _is_signed(self, row: MappedRow, amounts: Amounts) -> bool:
        if self._map.columns.get("signed"):
            return amounts["signed"] > 0
        return row.given("signed_on") and bool(row.day("signed_on"))

    def _closed(self, row: MappedRow, amounts: Amounts, *known: str) -> str:
        """The day the unpaid rest was given up: where none is said, the latest day of the row."""
        if self._map.columns.get("written_off"):
            if not amounts["written_off"]:
                return ""
            received = row.day("received_on") if amounts["received"] else ""
            return row.day("closed_on") or max(row.day("date"), received, *known)
        return row.day("closed_on") if row.given("closed_on") else ""

    def _receipt(self, row: MappedRow, currency: str, amounts: Amounts, *, alone: bool) -> dict[str, str]:
        if not amounts["received"]:
            return {}
        day = row.first_day("received_on", "date", missing="received_on")
        amount = amount_text(amounts["received"], currency)
        cells = {"received_on": day, "currency": currency, "amount": amount} | _usd(row)
        if alone:
            return cells | self._terms(row, "receipts") | self._notes(row)
        ledger_ref = row.text("ledger_ref")
        return cells | ({"ledger_ref": ledger_ref} if ledger_ref else {})

    def _stated(self, number: int, currency: str, amounts: Amounts) -> tuple[str, ...]:
        """What the row states beside its pledge and differs from it, in words; each is asked about."""
        pledged, signed, received, written = (amounts[name] for name in AMOUNTS)
        promised, notes = pledged or signed, []
        if pledged and signed and signed != pledged:
            facts = {"signed": said_amount(signed, currency), "pledged": said_amount(pledged, currency)}
            self._question(number, "signed_differs", "signed", **facts)
            notes.append(f"Signed as stated: {facts['signed']}")
        unpaid = max(0, promised - received)
        if written and written != unpaid:
            facts = {"written": said_amount(written, currency), "unpaid": said_amount(unpaid, currency)}
            self._question(number, "written_off_differs", "written_off", **facts)
            notes.append(f"Written off as stated: {facts['written']}")
        return tuple(notes)


# Amounts in another currency


def _usd(row: MappedRow) -> dict[str, str]:
    """The USD of a receipt, where it is given."""
    number = row.number("usd_amount")
    if not number.strip("-0."):
        return {}
    if number.startswith("-"):
        row.wrong("not_above_zero", "usd_amount", text=number)
    return {"usd_amount": amount_text(row.minor("usd_amount", number, PROGRAMME_CURRENCY))}


def _original(row: MappedRow) -> str:
    """`SEK 8,000,000.00 at 9.649`: the amount as it was given, for the notes."""
    number, rate = row.number("original_amount"), row.number("rate")
    if not number.strip("-0.") or abs(Decimal(number)) > MAX_UNITS:
        return ""
    currency = row.said("original_currency").upper()
    digits = currency_digits(currency) if currency in CURRENCIES else 0
    digits = max(digits, len(number.partition(".")[2]))
    return " ".join(filter(None, (currency, f"{Decimal(number):,.{digits}f}", f"at {rate}" if rate else "")))


def _agree(usd: str, amount: str, rate: str) -> bool:
    """Whether USD is amount / rate, each as exact as it is written.

    >>> _agree("606796", "500000", "0.824"), _agree("606796", "500000", "0.9")
    (True, False)
    """
    value, money, units = Decimal(usd), Decimal(amount), Decimal(rate)
    half, cent = half_of_last(rate), half_of_last(usd)
    if units <= 0 or money < 0:
        return False
    if value < money / (units + half) - cent:
        return False
    return units <= half or value <= money / (units - half) + cent
