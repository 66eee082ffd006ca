"""A report's figures in the order of the workbook's sheets: what its formulas have to give.

Nothing is decided here: figures are the position's own, sorted, looked up and put into words. Amounts are
minor units (USD cents where nothing else is said). Places of months count from 1, as MATCH does; 0 is none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from tracker.domain.contributions import InstalmentState, NetReceipt, PledgeState
from tracker.domain.exchange import Rate, Rates, usd_at
from tracker.domain.items import Item
from tracker.domain.money import PROGRAMME_CURRENCY, round_half_away
from tracker.domain.months import Month, month_text
from tracker.domain.position import Cell, Position, Total
from tracker.domain.vocabulary import LENSES, STATUSES, Lens
from tracker.queries.report import DonorRow, RefundRow, Report, Since
from tracker.reporting.workbook.formats import month_name

ENDED = "ended"
AGES = ("not yet due", "1–30", "31–60", "61–90", "91–180", "181–365", "more than 365")
AGE_LIMITS = (0, 30, 60, 90, 180, 365)
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Governments", ("government",)),
    ("International", ("un",)),
    ("Social partners", ("employers", "workers")),
    ("Foundations", ("foundation",)),
    ("Private sector", ("private",)),
    ("Civil society", ("cso",)),
    ("Other", ("academic", "media", "other")),
)


def fixed(minor: int, decimals: int = 2) -> str:
    """What Excel's FIXED shows of USD cents: `1,234.50`, or whole dollars with 0 decimals."""
    if decimals == 0:
        return f"{round_half_away(Fraction(minor, 100)):,}"
    return f"{Decimal(minor).scaleb(-2):,.2f}"


def age(days_late: int) -> str:
    """The ageing class of an open instalment."""
    return next((name for name, limit in zip(AGES, AGE_LIMITS, strict=False) if days_late <= limit), AGES[-1])


@dataclass(frozen=True)
class Figures:
    """One report, ready for the sheets."""

    report: Report

    @property
    def position(self) -> Position:
        return self.report.position

    @property
    def earlier(self) -> Since:
        """The earlier state that the report is held against. It has one."""
        assert self.report.since is not None
        return self.report.since

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.report.rates)

    @cached_property
    def sorted_rates(self) -> list[Rate]:
        return sorted(self.report.rates, key=lambda r: (r.currency, r.effective_on))

    @cached_property
    def receipts(self) -> list[NetReceipt]:
        nets = self.position.receipts.values()
        return sorted(nets, key=lambda n: (n.receipt.received_on, n.receipt.reference))

    @cached_property
    def pledges(self) -> list[PledgeState]:
        states = self.position.pledges.values()
        return sorted(states, key=lambda s: (s.pledge.pledged_on, s.pledge.reference))

    @cached_property
    def instalments(self) -> list[InstalmentState]:
        return [instalment for state in self.pledges for instalment in state.instalments]

    @cached_property
    def refunds(self) -> list[RefundRow]:
        return sorted(self.report.refunds, key=lambda r: (r.refunded_on, r.reference))

    @cached_property
    def donors(self) -> list[DonorRow]:
        """Every donor the report names, and any that only its records name."""
        named = dict(self.report.donors)
        for code in (*(n.receipt.donor for n in self.receipts), *(s.pledge.donor for s in self.pledges)):
            named.setdefault(code, DonorRow(code, code, "other", "", False))
        return sorted(named.values(), key=lambda row: (len(row.code) if row.anonymous else 0, row.code))

    def donor_name(self, code: str) -> str:
        row = self.report.donors.get(code)
        return row.name if row else code

    @cached_property
    def items(self) -> dict[tuple[Lens, str], Item]:
        return {(item.lens, item.reference): item for item in self.position.items}

    @cached_property
    def traced(self) -> dict[tuple[Lens, str], int]:
        """USD cents traced by item, what no month uses included."""
        sums: dict[tuple[Lens, str], int] = {}
        for row in self.position.trace:
            sums[row.lens, row.reference] = sums.get((row.lens, row.reference), 0) + row.amount
        return sums

    @cached_property
    def beside(self) -> dict[tuple[Lens, str], int]:
        """USD cents by lens and place: `months`, `unused`, `targeted`, `held`."""
        sums: dict[tuple[Lens, str], int] = {}
        for row in self.position.trace:
            place = "months" if row.month is not None else row.outcome
            key = row.lens, place if place in ("months", "targeted", "held") else "unused"
            sums[key] = sums.get(key, 0) + row.amount
        return sums

    def of_donor(self, code: str) -> tuple[int, int, int]:
        """A donor's USD cents: received less refunds, signed and open, pledged and open."""
        return self._by_donor.get(code, (0, 0, 0))

    @cached_property
    def _by_donor(self) -> dict[str, tuple[int, int, int]]:
        sums: dict[str, list[int]] = {}
        for net in self.receipts:
            sums.setdefault(net.receipt.donor, [0, 0, 0])[0] += net.net_usd_minor
        for i in self.instalments:
            sums.setdefault(i.pledge.donor, [0, 0, 0])[LENSES.index(i.pledge.lens)] += i.open_usd_minor
        return {code: (a, b, c) for code, (a, b, c) in sums.items()}

    @cached_property
    def covering(self) -> dict[str, int]:
        """USD cents by donor that cover months."""
        sums: dict[str, int] = {}
        for row in self.position.trace:
            if row.month is not None:
                sums[row.donor] = sums.get(row.donor, 0) + row.amount
        return sums

    def days_late(self, instalment: InstalmentState) -> int:
        """Days since the due date of an instalment that is open; none is late on its day."""
        late = (self.position.as_of - instalment.due_on).days
        return max(0, late) if instalment.open_usd_minor else 0

    def age_of(self, instalment: InstalmentState) -> str:
        """Its ageing class, or why it has none."""
        if instalment.pledge.closed_on is not None:
            return "closed"
        return age(self.days_late(instalment)) if instalment.open_usd_minor else "settled"

    @cached_property
    def by_size(self) -> list[InstalmentState]:
        """Open instalments, the largest first; equals as they stand on their sheet."""
        return sorted((i for i in self.instalments if i.open_usd_minor), key=lambda i: -i.open_usd_minor)

    def as_of_rate(self, currency: str) -> float | None:
        """The rate in force on the as-of date, as a spreadsheet number."""
        rate = self.rates.find(currency, self.position.as_of)
        return None if rate is None else float(rate.value)

    def base_rate(self, state: PledgeState) -> Decimal | None:
        """The rate on the day of signature, else of the pledge (R5)."""
        day = state.pledge.signed_on or state.pledge.pledged_on
        rate = self.rates.find(state.pledge.currency, day)
        return rate.value if rate else None

    def at_base(self, amount_minor: int, state: PledgeState) -> int:
        """USD cents of an amount in the pledge's currency, at its base rate."""
        base = self.base_rate(state)
        if state.pledge.currency == PROGRAMME_CURRENCY or base is None:
            return amount_minor
        return usd_at(amount_minor, state.pledge.currency, base)

    # Months and headlines

    @property
    def short_minor(self) -> int:
        """From how many USD cents on a cell is short (R9)."""
        return max(self.position.programme.tolerance_minor, 1)

    @cached_property
    def months(self) -> list[Month]:
        return [Month(month) for month in self.position.programme.months]

    @cached_property
    def by_month(self) -> dict[Month, Total]:
        return self.position.by_month()

    @cached_property
    def by_outcome(self) -> dict[str, Total]:
        return self.position.by_outcome()

    @cached_property
    def cells(self) -> dict[tuple[str, Month], Cell]:
        return {(cell.outcome, cell.month): cell for cell in self.position.cells}

    @cached_property
    def start(self) -> int:
        """The place of the first month ahead; one beyond the last where the programme has ended."""
        return sum(month < self.position.as_of_month for month in self.months) + 1

    @property
    def ended(self) -> bool:
        return self.start > len(self.months)

    def covered(self, at: int, codes: Collection[str], lens: Lens) -> bool:
        """Whether a month is past, or the lens and harder ones cover these outcomes in it."""
        month, covering = self.months[at - 1], STATUSES[: LENSES.index(lens) + 1]
        return at < self.start or all(self.cells[code, month].status in covering for code in codes)

    def first_short(self, codes: Collection[str], lens: Lens) -> int:
        """The place of the first month ahead that is not covered, or 0."""
        places = range(1, len(self.months) + 1)
        return next((at for at in places if not self.covered(at, codes, lens)), 0)

    def through_words(self, short: int) -> str:
        """`July 2029`, `not covered`, or that the programme has ended."""
        if self.ended:
            return ENDED
        if short == self.start:
            return "not covered"
        return month_name(self.months[(short or len(self.months) + 1) - 2])

    def cliff_words(self, short: int) -> str:
        """`August 2029`, `none`, or that the programme has ended."""
        if self.ended:
            return ENDED
        return month_name(self.months[short - 1]) if short else "none"

    @cached_property
    def moneyless(self) -> list[Month]:
        """Months ahead that no money of any kind reaches."""
        ahead = (m for m in self.months if m >= self.position.as_of_month)
        return [m for m in ahead if self.by_month[m].gap >= self.by_month[m].required > 0]

    def in_force(self, number: int) -> tuple[str, int]:
        """The last month a budget version is in force (`YYYY-MM`), and in how many months it is."""
        versions = self.position.versions
        own = next(v for v in versions if v.number == number)
        later = [v.effective_month for v in versions if v.number > number]
        last = min([Month(m - 1) for m in later] + [self.months[-1]])
        return month_text(last), sum(own.effective_month <= m <= last for m in self.months)

    def kind_sums(self, kinds: Sequence[str]) -> tuple[int, int, int]:
        """Of some kinds of donors: how many have given, USD cents received, USD cents open."""
        sums = [self.of_donor(row.code) for row in self.donors if row.kind in kinds]
        given = sum(received > 0 for received, _, _ in sums)
        return given, sum(r for r, _, _ in sums), sum(s + p for _, s, p in sums)

    def age_sum(self, name: str, lens: Lens) -> int:
        """USD cents open in one ageing class of one lens."""
        return sum(i.open_usd_minor for i in self.by_size if i.pledge.lens == lens and self.age_of(i) == name)
