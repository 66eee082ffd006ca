"""The funding rules R2 to R9 and R11 once more, from DOMAIN.md alone and as naively as they are written.

Exact fractions, nested loops, every candidate sorted again in every month. It takes the same `Facts` as the
tracker and uses none of its functions; what it finds is compared with the position figure by figure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tracker.domain.budget import BudgetVersion
from tracker.domain.contributions import Facts, Pledge, Receipt
from tracker.domain.earmark import Earmark
from tracker.domain.exchange import Rate, Rates
from tracker.domain.months import Month

LENSES = ("received", "signed", "pledged")
STATUS_OF = {"received": "funded", "signed": "committed", "pledged": "pledged"}
MINOR_UNITS = {"USD": 100, "EUR": 100, "CHF": 100, "JPY": 1, "KWD": 1000}


class NoRateInTheBook(Exception):
    """R5: refuse, never guess."""


class ListedRates(Rates):
    """The tracker's table of rates, which also keeps the plain list for the oracle."""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self.listed = tuple(rates)
        super().__init__(self.listed)


@dataclass
class Money:
    """A receipt less its refunds, or an open instalment: something that R8 can spend."""

    lens: str
    reference: str
    donor: str
    day: date
    first_month: int
    last_month: int
    usd: int
    parts: dict[str, int]
    beside: str = ""  # "targeted" or "held": never covers the core
    retroactive: bool = False

    @property
    def turn(self) -> tuple[int, int, date, str]:
        return (self.last_month, self.first_month, self.day, self.reference)


@dataclass
class Answer:
    """Everything the oracle finds, in plain values."""

    cells: list[tuple[Any, ...]] = field(default_factory=list)
    trace: list[tuple[Any, ...]] = field(default_factory=list)
    headlines: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    stable: bool = False
    pledges: dict[str, dict[str, int]] = field(default_factory=dict)
    instalments: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    items: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    gap: int = 0
    lapsed: int = 0


# R1, R2


def half_away(exact: Fraction) -> int:
    whole = int(abs(exact))
    if abs(exact) - whole >= Fraction(1, 2):
        whole += 1
    return whole if exact >= 0 else -whole


def shared_out(amount: int, weights: dict[str, Fraction]) -> dict[str, int]:
    """R2, by looking again for the largest fraction for each missing cent."""
    if amount < 0:
        return {code: -part for code, part in shared_out(-amount, weights).items()}
    whole = sum(weights.values())
    exact = {code: amount * weight / whole for code, weight in weights.items()}
    parts = {code: int(value) for code, value in exact.items()}
    fractions = {code: exact[code] - parts[code] for code in exact}
    while sum(parts.values()) < amount:
        largest = max(fractions.values())
        code = next(code for code in fractions if fractions[code] == largest)
        parts[code] += 1
        fractions[code] = Fraction(-1)
    return parts


# Section 2, R3


def version_for(facts: Facts, month: int, as_of: date) -> BudgetVersion:
    chosen = None
    for version in facts.versions:
        adopted = version.adopted_on is None or version.adopted_on <= as_of
        if (
            adopted
            and version.effective_month <= month
            and (chosen is None or version.number > chosen.number)
        ):
            chosen = version
    assert chosen is not None, "no budget version"
    return chosen


def shares_of(facts: Facts, version: BudgetVersion) -> dict[str, Fraction]:
    """Each outcome's share of one dollar; under basis `amounts`, its amount over the total."""
    stated = version.share_units if version.basis == "shares" else version.amounts_minor
    codes = [outcome.code for outcome in facts.programme.outcomes]
    return {code: Fraction(value, sum(stated)) for code, value in zip(codes, stated, strict=True)}


def requirement(facts: Facts, version: BudgetVersion) -> dict[str, int]:
    if version.basis == "amounts":
        codes = [outcome.code for outcome in facts.programme.outcomes]
        return dict(zip(codes, version.amounts_minor, strict=True))
    return shared_out(version.monthly_total_minor, shares_of(facts, version))


# R4


def weights_of(
    earmark: Earmark, bears_support: bool, shares: dict[str, Fraction]
) -> dict[str, Fraction] | None:
    if earmark.kind in ("targeted", "hold"):
        return None
    if earmark.kind == "core":
        return shares
    if earmark.kind == "support":
        return {code: Fraction(code == "PS") for code in shares}
    support = shares["PS"] if bears_support else Fraction(0)
    weights = dict.fromkeys(shares, Fraction(0))
    weights["PS"] = support
    for at, code in enumerate(earmark.outcomes):
        if earmark.percentages:
            portion = Fraction(earmark.percentages[at]) / 100
        else:
            portion = shares[code] / sum(shares[named] for named in earmark.outcomes)
        weights[code] = (1 - support) * portion
    return weights


# R5


def rate_on(facts: Facts, currency: str, day: date) -> Fraction:
    """The latest with `effective_on` <= the day, by trying every rate of the book."""
    if currency == "USD":
        return Fraction(1)
    chosen = None
    assert isinstance(facts.rates, ListedRates)
    for rate in facts.rates.listed:
        in_force = rate.currency == currency and rate.effective_on <= day
        if in_force and (chosen is None or rate.effective_on > chosen.effective_on):
            chosen = rate
    if chosen is None:
        raise NoRateInTheBook(currency, day)
    return Fraction(chosen.value)


def in_dollars(amount: int, currency: str, rate: Fraction) -> int:
    return half_away(Fraction(amount, MINOR_UNITS[currency]) / rate * 100)


def refunded(facts: Facts, receipt: Receipt, as_of: date) -> tuple[int, int]:
    """What was given back by the day: in the receipt's currency, and in USD."""
    back, back_usd = 0, 0
    refunds = [r for r in facts.refunds if r.receipt == receipt.reference and r.refunded_on <= as_of]
    for refund in sorted(refunds, key=lambda r: (r.refunded_on, r.reference)):
        left_usd = receipt.usd_minor - back_usd
        if refund.usd_minor is not None:
            worth = refund.usd_minor
        elif back + refund.amount_minor == receipt.amount_minor:
            worth = left_usd
        else:
            worth = half_away(Fraction(refund.amount_minor, receipt.amount_minor) * receipt.usd_minor)
        back += refund.amount_minor
        back_usd += min(worth, left_usd)
    return back, back_usd


# R6, R7


def month_of(day: date) -> Month:
    return Month(day.year * 12 + day.month - 1)


def settles(facts: Facts, receipt: Receipt, pledge: Pledge, net: int, net_usd: int) -> int:
    if receipt.currency == pledge.currency:
        return net
    value = net if receipt.currency == "USD" else net_usd
    if value == 0:
        return 0
    rate = rate_on(facts, pledge.currency, receipt.received_on)
    return half_away(Fraction(value, 100) * rate * MINOR_UNITS[pledge.currency])


def schedule(pledge: Pledge) -> list[tuple[date, int]]:
    if pledge.instalments:
        return sorted((i.due_on, i.amount_minor) for i in pledge.instalments)
    due = pledge.pledged_on
    if pledge.covers_from is not None:
        due = max(due, date(pledge.covers_from // 12, pledge.covers_from % 12 + 1, 1))
    return [(due, pledge.amount_minor)]


def received_money(facts: Facts, as_of: date) -> list[Money]:
    programme = facts.programme
    found = []
    for receipt in facts.receipts:
        if receipt.received_on > as_of:
            continue
        usd = receipt.usd_minor - refunded(facts, receipt, as_of)[1]
        if usd == 0:
            continue
        pledge = next((p for p in facts.pledges if p.reference == receipt.pledge), None)
        if receipt.covers_from is not None:
            start = receipt.covers_from
        elif pledge and pledge.covers_from is not None:
            start = Month(max(month_of(receipt.received_on), pledge.covers_from))
        else:
            start = month_of(receipt.received_on)
        start = Month(max(start, programme.first_month))
        if receipt.covers_until is not None:
            end = receipt.covers_until
        elif pledge and pledge.covers_until is not None:
            end = pledge.covers_until
        else:
            end = programme.last_month
        earmark = receipt.earmark or (pledge.earmark if pledge else Earmark("core"))
        shares = shares_of(facts, version_for(facts, start, as_of))
        weights = weights_of(earmark, pledge.support_cost if pledge else True, shares)
        if weights is not None and receipt.split is not None:
            weights = {code: Fraction(part) for code, part in zip(shares, receipt.split, strict=True)}
        found.append(
            Money(
                "received",
                receipt.reference,
                receipt.donor,
                receipt.received_on,
                start,
                end,
                usd,
                shared_out(usd, weights) if weights is not None else {},
                {"targeted": "targeted", "hold": "held"}.get(earmark.kind, ""),
                receipt.covers_from is not None and receipt.covers_from < month_of(receipt.received_on),
            )
        )
    return found


def open_money(facts: Facts, as_of: date, answer: Answer) -> list[Money]:
    """R7: what is open of each pledge, by instalment; notes in the answer where each pledge stands."""
    found = []
    for pledge in facts.pledges:
        if pledge.pledged_on > as_of:
            continue
        signed = pledge.signed_on is not None and pledge.signed_on <= as_of
        closed = pledge.closed_on is not None and pledge.closed_on <= as_of
        base_day = pledge.signed_on if signed else pledge.pledged_on
        assert base_day is not None
        base = rate_on(facts, pledge.currency, base_day)
        settled, usd, deductions, realised = 0, 0, 0, 0
        for receipt in facts.receipts:
            if receipt.pledge != pledge.reference or receipt.received_on > as_of:
                continue
            back, back_usd = refunded(facts, receipt, as_of)
            net, net_usd = receipt.amount_minor - back, receipt.usd_minor - back_usd
            part = settles(facts, receipt, pledge, net, net_usd)
            deduction = net - net_usd if receipt.currency == "USD" else 0
            settled += part
            usd += net_usd
            deductions += deduction
            realised += net_usd + deduction - in_dollars(part, pledge.currency, base)
        open_total, open_usd, unrealised, left = 0, 0, 0, settled
        for due, amount in schedule(pledge):
            paid = min(left, amount)
            left -= paid
            rest = 0 if closed else amount - paid
            worth = in_dollars(rest, pledge.currency, rate_on(facts, pledge.currency, as_of)) if rest else 0
            open_total += rest
            open_usd += worth
            unrealised += worth - in_dollars(rest, pledge.currency, base)
            reference = f"{pledge.reference}@{due:%Y-%m-%d}"
            answer.instalments[reference] = (paid, rest, worth)
            if worth:
                found.append(
                    _open_instalment(facts, as_of, pledge, "signed" if signed else "pledged", due, worth)
                )
        answer.pledges[pledge.reference] = {
            "settled": settled,
            "received_usd": usd,
            "deductions": deductions,
            "open": open_total,
            "open_usd": open_usd,
            "unpaid": max(0, pledge.amount_minor - settled) if closed else 0,
            "realised": realised,
            "unrealised": unrealised,
        }
    return found


def _open_instalment(facts: Facts, as_of: date, pledge: Pledge, lens: str, due: date, usd: int) -> Money:
    programme = facts.programme
    start = max(month_of(due), month_of(as_of), programme.first_month)
    if pledge.covers_from is not None:
        start = max(start, pledge.covers_from)
    end = pledge.covers_until if pledge.covers_until is not None else programme.last_month
    weights = weights_of(
        pledge.earmark, pledge.support_cost, shares_of(facts, version_for(facts, start, as_of))
    )
    return Money(
        lens,
        f"{pledge.reference}@{due:%Y-%m-%d}",
        pledge.donor,
        due,
        start,
        end,
        usd,
        shared_out(usd, weights) if weights is not None else {},
        {"targeted": "targeted", "hold": "held"}.get(pledge.earmark.kind, ""),
    )


# R8, R9, R11


def answer(facts: Facts, as_of: date) -> Answer:
    """Everything there is to say as of a day."""
    found = Answer()
    programme = facts.programme
    codes = [outcome.code for outcome in programme.outcomes]
    months = list(range(programme.first_month, programme.last_month + 1))
    money = received_money(facts, as_of) + open_money(facts, as_of, found)
    for one in money:
        parts = tuple(one.parts.get(code, 0) for code in codes)
        found.items[one.lens, one.reference] = (
            one.usd,
            parts,
            one.first_month,
            one.last_month,
            one.beside,
            one.retroactive,
        )
    needs = {month: requirement(facts, version_for(facts, month, as_of)) for month in months}
    used: dict[tuple[str, str, int], int] = {}
    for lens in LENSES:
        for code in codes:
            _one_pass(lens, code, needs, [one for one in money if one.lens == lens], used, found)
        for beside in ("targeted", "held"):
            for one in sorted((m for m in money if m.lens == lens), key=lambda m: m.turn):
                if one.beside == beside:
                    found.trace.append((lens, one.reference, one.donor, beside, None, one.usd))
    covered_through: dict[tuple[str, int], int] = {}
    for code in codes:
        for month in months:
            required = needs[month][code]
            covered = [used.get((lens, code, month), 0) for lens in LENSES]
            gap = required - sum(covered)
            softest = _softest_needed(required, covered, programme.tolerance_minor)
            covered_through[code, month] = softest
            status = STATUS_OF[LENSES[softest]] if softest < 3 else "gap"
            found.cells.append((code, month, required, *covered, gap, status))
            found.gap += gap
            found.lapsed += gap if month < month_of(as_of) else 0
    ahead = [month for month in months if month >= month_of(as_of)]
    for at, lens in enumerate(LENSES):
        run: list[int] = []
        cliff = None
        for month in ahead:
            if any(covered_through[code, month] > at for code in codes):
                cliff = month
                break
            run.append(month)
        found.headlines[lens] = (run[-1] if run else None, cliff)
    next_months = ahead[:12]
    found.stable = bool(next_months) and all(
        covered_through[code, month] <= 1 for code in codes for month in next_months
    )
    return found


def _one_pass(
    lens: str,
    code: str,
    needs: dict[int, dict[str, int]],
    money: list[Money],
    used: dict[tuple[str, str, int], int],
    found: Answer,
) -> None:
    """One lens of one outcome: walk the months; in each, spend from the items whose window holds it."""
    left = {one.reference: one.parts.get(code, 0) for one in money}
    for month, required in needs.items():
        needed = required[code] - sum(used.get((harder, code, month), 0) for harder in LENSES)
        holds = [one for one in money if one.first_month <= month <= one.last_month]
        for one in sorted(holds, key=lambda m: m.turn):
            taken = min(needed, left[one.reference])
            if taken:
                needed -= taken
                left[one.reference] -= taken
                used[lens, code, month] = used.get((lens, code, month), 0) + taken
                found.trace.append((lens, one.reference, one.donor, code, month, taken))
    for one in sorted(money, key=lambda m: m.turn):
        if left[one.reference]:
            found.trace.append((lens, one.reference, one.donor, code, None, left[one.reference]))


def _softest_needed(required: int, parts: list[int], tolerance: int) -> int:
    """0, 1, 2: covered by received, with signed, with pledged money; 3: a gap."""
    for at in range(3):
        short = required - sum(parts[: at + 1])
        if short == 0 or short < tolerance:
            return at
    return 3
