"""Exposure: what is open by currency, what moved rates would do, and what exchange did already (R5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.domain.book import book, month_text, shown
from tests.domain.oracle import half_away
from tests.domain.random_books import CURRENCIES, DIGITS, Book, books
from tests.reporting import reports
from tracker.domain.contributions import Facts, PledgeState
from tracker.domain.exchange import NoRate, Rate, Rates
from tracker.domain.exposure import (
    STEPS,
    Scenario,
    Sums,
    differences,
    moved_position,
    moved_usd,
    open_by_currency,
    scenarios,
)
from tracker.domain.money import amount_text
from tracker.domain.position import Position, position
from tracker.domain.vocabulary import LENSES

TODAY = date(2026, 6, 15)
EUR = """
    currency | from       | rate
    EUR      | 2026-01-01 | 0.9200
    EUR      | 2026-03-01 | 0.9350
    EUR      | 2026-06-01 | 0.9100
"""
FRANCE = """
    reference | donor | amount      | pledged    | signed     | earmark | until
    FR-1      | FR    | 100,000 EUR | 2026-02-01 | 2026-02-20 | O2      | 2026-12
    NL-1      | NL    | 60,000      | 2026-04-10 |            | core    |
"""
EXAMPLE_B = {
    "pledges": FRANCE,
    "instalments": """
        pledge | due        | amount
        FR-1   | 2026-03-15 | 40,000
        FR-1   | 2026-05-15 | 60,000
    """,
    "receipts": """
        reference | donor | received   | amount     | pledge
        R1        | FR    | 2026-03-20 | 40,000 EUR | FR-1
        R2        | NL    | 2026-01-10 | 50,000     |
    """,
    "rates": EUR,
}
seen_often = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def example_b() -> tuple[Facts, Position]:
    facts = book(**EXAMPLE_B)
    return facts, position(facts, TODAY)


def core(amount: str, rates: str = "1.0000", **more: str) -> Facts:
    """One signed core agreement in euros, open as of 15 January 2026."""
    return book(
        pledges=f"""
            reference | donor | amount       | pledged    | signed
            P         | FR    | {amount} EUR | 2026-01-05 | 2026-01-05
        """,
        rates=f"""
            currency | from       | rate
            EUR      | 2026-01-01 | {rates}
        """,
        **more,
    )


def cliffs(one: Scenario) -> list[str]:
    """The cliff month of each lens, '' where there is none."""
    months = [one.headlines[lens].cliff_month for lens in LENSES]
    return ["" if found is None else month_text(found) for found in months]


# By currency


def test_example_b_by_currency_at_each_step() -> None:
    facts, now = example_b()
    euro, dollar = open_by_currency(now, facts.rates)
    assert (euro.currency, shown(euro.signed_minor, "EUR"), euro.pledged_minor) == ("EUR", "60,000.00", 0)
    assert euro.rate == Rate("EUR", date(2026, 6, 1), Decimal("0.9100"))
    assert shown(euro.usd_minor) == "65,934.07"
    assert [shown(usd) for usd in euro.moved_usd_minor] == [
        "59,340.66", "62,637.36", "69,230.77", "72,527.47",
    ]  # fmt: skip
    assert [shown(usd) for usd in euro.differences_minor] == [
        "-6,593.41", "-3,296.71", "3,296.70", "6,593.40",
    ]  # fmt: skip
    assert (dollar.currency, dollar.rate, shown(dollar.pledged_minor)) == ("USD", None, "60,000.00")
    assert [shown(usd) for usd in dollar.moved_usd_minor] == ["60,000.00"] * 4


def test_every_instalment_is_rounded_by_itself() -> None:
    facts = core("0.10", instalments="pledge | due | amount\nP | 2026-02-01 | 0.05\nP | 2026-03-01 | 0.05")
    (euro,) = open_by_currency(position(facts, date(2026, 1, 15)), facts.rates)
    # 0.05 × 0.90 = 0.045, half a cent away from zero: 0.05; twice. The sum at once would be 0.09.
    assert euro.moved_usd_minor == (10, 10, 10, 12)


def test_currencies_of_other_digits_are_valued_in_cents() -> None:
    assert moved_usd(15_000_000, "JPY", Decimal("152.25"), Fraction(1, 10)) == half_away(
        Fraction(15_000_000 * 100 * 110, 100) / Fraction(15225, 100)
    )
    assert moved_usd(1_000, "KWD", Decimal("0.3075"), Fraction(-1, 20)) == 309  # 0.95 / 0.3075 = 3.0894…


def test_the_largest_stands_first_and_usd_last() -> None:
    facts = book(
        pledges="""
            reference | donor | amount      | pledged
            A         | FR    | 100         | 2026-01-05
            B         | FR    | 10 EUR      | 2026-01-05
            C         | JP    | 100,000 JPY | 2026-01-05
        """,
        rates="currency | from | rate\nEUR | 2026-01-01 | 0.9\nJPY | 2026-01-01 | 150",
    )
    assert [row.currency for row in open_by_currency(position(facts, TODAY), facts.rates)] == [
        "JPY", "EUR", "USD",
    ]  # fmt: skip


def test_without_a_rate_in_force_it_is_refused_never_guessed() -> None:
    facts, now = example_b()
    with pytest.raises(NoRate):
        open_by_currency(now, Rates())
    with pytest.raises(NoRate):
        position(replace(facts, rates=Rates()), TODAY)


# If rates moved


def test_example_b_at_each_step() -> None:
    facts, now = example_b()
    found = scenarios(now, facts, ["EUR"])
    assert [(str(one.step), shown(one.open_usd_minor), shown(one.total.ahead)) for one in found] == [
        ("-1/10", "119,340.66", "2,268,382.34"),
        ("-1/20", "122,637.36", "2,265,085.64"),
        ("0", "125,934.07", "2,261,788.93"),
        ("1/20", "129,230.77", "2,258,492.23"),
        ("1/10", "132,527.47", "2,255,195.53"),
    ]
    assert [cliffs(one) for one in found] == [["2026-06", "2026-06", "2026-07"]] * 5
    assert {one.total.lapsed for one in found} == {now.total.lapsed}
    assert {one.total.received for one in found} == {now.total.received}


def test_the_cliff_month_moves_with_the_rate() -> None:
    # Three months are 117,429.00; with 10 % less they are 105,686.10, with 40 % more 164,400.60.
    facts, day = core("117,429"), date(2026, 1, 15)
    now = position(facts, day)
    found = scenarios(now, facts, ["EUR"])
    assert [cliffs(one)[1:] for one in found] == [
        ["2026-03", "2026-03"],
        ["2026-03", "2026-03"],
        ["2026-04", "2026-04"],
        ["2026-04", "2026-04"],
        ["2026-04", "2026-04"],
    ]
    assert {cliffs(one)[0] for one in found} == {"2026-01"}, "received money never moves"
    far = moved_position(now, facts, {"EUR": Fraction(4, 10)})
    assert month_text(far.headlines["signed"].cliff_month or 0) == "2026-05"


def test_a_cliff_month_appears_where_an_agreement_covered_all() -> None:
    facts, day = core("2,583,438"), date(2026, 1, 15)
    found = scenarios(position(facts, day), facts, ["EUR"])
    # 2,583,438 × 0.9 is 59.4 months, × 0.95 is 62.7 months of the 66.
    assert [cliffs(one)[1] for one in found] == ["2030-12", "2031-03", "", "", ""]


def test_what_a_receipt_settles_keeps_the_rate_of_its_day() -> None:
    # 50,000 USD at 0.9100 settle 45,500 EUR today; at 10 % less the moved rate would settle 50,555.56.
    facts = book(
        **{
            **EXAMPLE_B,
            "receipts": """
                reference | donor | received   | amount | pledge
                R1        | FR    | 2026-06-15 | 50,000 | FR-1
            """,
        }
    )
    now = position(facts, TODAY)
    for step in STEPS:
        after = moved_position(now, facts, {"EUR": step})
        assert after.pledges["FR-1"].settled_minor == now.pledges["FR-1"].settled_minor == 4_550_000
        assert after.pledges["FR-1"].open_minor == 5_450_000
        assert after.pledges["FR-1"].open_usd_minor == moved_usd(5_450_000, "EUR", Decimal("0.91"), step)
        assert after.pledges["FR-1"].received_usd_minor == 5_000_000
        assert after.total.received == now.total.received


def test_a_pledge_signed_today_keeps_todays_rate_as_its_base() -> None:
    facts = core("1,000")
    day = date(2026, 1, 5)
    now = position(facts, day)
    after = moved_position(now, facts, {"EUR": Fraction(-1, 10)})
    assert (now.pledges["P"].unrealised_usd_minor, after.pledges["P"].unrealised_usd_minor) == (0, -10_000)


def test_usd_cannot_be_moved() -> None:
    facts, now = example_b()
    assert moved_position(now, facts, {"USD": Fraction(-1, 10)}) == now


@seen_often
@given(books())
def test_a_factor_of_one_is_exactly_todays_position(found: Book) -> None:
    now = position(found.facts, found.as_of)
    assert moved_position(now, found.facts, dict.fromkeys(CURRENCIES, Fraction(0))) == now
    assert moved_position(now, found.facts, {}) == now


@seen_often
@given(books(), st.sampled_from(STEPS))
def test_it_is_the_position_under_rates_that_were_recorded_today(found: Book, step: Fraction) -> None:
    """Where nothing else rests on today's rate, moving it is the same as recording another one for today."""
    facts, day = found.facts, found.as_of
    assume(all(r.received_on != day for r in facts.receipts))
    assume(all(day not in (p.pledged_on, p.signed_on) for p in facts.pledges))
    now = position(facts, day)
    moving = [c for c in CURRENCIES if c != "USD"]
    other = [
        Rate(c, day, Fraction(facts.rates.in_force(c, day).value) / (1 + step))  # type: ignore[arg-type]
        for c in moving
    ]
    table = Rates([*(r for r in facts.rates.all() if r.effective_on != day), *other])
    wanted = position(replace(facts, rates=table), day)
    assert moved_position(now, facts, dict.fromkeys(moving, step)) == wanted


@seen_often
@given(books(), st.sampled_from(STEPS))
def test_a_currency_moves_its_own_instalments_and_no_other(found: Book, step: Fraction) -> None:
    now = position(found.facts, found.as_of)
    for currency in CURRENCIES:
        after = moved_position(now, found.facts, {currency: step})
        for reference, state in after.pledges.items():
            if state.pledge.currency != currency or currency == "USD":
                assert state == now.pledges[reference]
        assert after.receipts == now.receipts
        assert [i for i in after.items if i.lens == "received"] == [
            i for i in now.items if i.lens == "received"
        ]


@seen_often
@given(books())
def test_the_differences_of_the_currencies_add_up_to_that_of_all(found: Book) -> None:
    now = position(found.facts, found.as_of)
    rows = open_by_currency(now, found.facts.rates)
    moving = [row.currency for row in rows if row.rate is not None]
    together = scenarios(now, found.facts, moving)
    today = next(one for one in together if not one.step)
    assert today.open_usd_minor == sum(row.usd_minor for row in rows)
    moved = [one for one in together if one.step]
    for at, one in enumerate(moved):
        wanted = sum(row.differences_minor[at] for row in rows)
        assert one.open_usd_minor - today.open_usd_minor == wanted
        alone = [scenarios(now, found.facts, [currency]) for currency in moving]
        each = [next(s for s in steps if s.step == one.step).open_usd_minor for steps in alone]
        assert sum(usd - today.open_usd_minor for usd in each) == wanted


# Exchange differences


def test_example_b_exchange_differences() -> None:
    facts, now = example_b()
    found = differences(now, facts.rates)
    (row,) = found.rows
    assert (row.state.pledge.reference, row.base_day) == ("FR-1", date(2026, 2, 20))
    assert row.base == Rate("EUR", date(2026, 1, 1), Decimal("0.9200"))
    assert row.now == Rate("EUR", date(2026, 6, 1), Decimal("0.9100"))
    # 40,000 / 0.9350 less 40,000 / 0.9200; 60,000 / 0.9100 less 60,000 / 0.9200
    assert (shown(row.came_usd_minor), shown(row.came_at_base_minor)) == ("42,780.75", "43,478.26")
    assert shown(row.open_at_base_minor) == "65,217.39"
    assert (found.realised, found.unrealised) == (Sums(0, -69_751), Sums(71_668, 0))
    assert found.both == Sums(71_668, -69_751)
    assert shown(found.both.usd_minor) == shown(row.usd_minor) == "19.17"


def test_gains_and_losses_stand_apart_and_the_largest_first() -> None:
    facts = book(
        pledges="""
            reference | donor | amount  | pledged
            small     | FR    | 100 EUR | 2026-01-05
            large     | FR    | 900 EUR | 2026-03-05
            dollars   | NL    | 900     | 2026-03-05
        """,
        rates=EUR,
    )
    found = differences(position(facts, TODAY), facts.rates)
    # 100/0.91 − 100/0.92 = 109.89 − 108.70; 900/0.91 − 900/0.935 = 989.01 − 962.57
    assert [(row.state.pledge.reference, row.usd_minor) for row in found.rows] == [
        ("large", 2644),
        ("small", 119),
    ]
    assert found.unrealised == Sums(2763, 0)
    later = replace(facts, rates=Rates([*facts.rates.all(), Rate("EUR", TODAY, Decimal("0.9250"))]))
    found = differences(position(later, TODAY), later.rates)
    # 900/0.925 = 972.97 − 962.57 = 10.40; 100/0.925 = 108.11 − 108.70 = −0.59
    assert (found.unrealised, found.both.usd_minor) == (Sums(1040, -59), 981)


def test_a_pledge_with_nothing_to_convert_needs_no_rate_and_none_is_guessed() -> None:
    facts = book(
        pledges="""
            reference | donor | amount  | pledged    | closed
            gone      | CH    | 100 CHF | 2026-01-05 | 2026-02-01
        """
    )
    found = differences(position(facts, TODAY), facts.rates)
    assert found.rows == ()
    assert [(row.state.pledge.reference, row.base, row.now) for row in found.idle] == [("gone", None, None)]


@seen_often
@given(books())
def test_differences_re_add_and_are_those_of_an_independent_reckoning(found: Book) -> None:
    now = position(found.facts, found.as_of)
    seen = differences(now, found.facts.rates)
    for row in seen.rows:
        assert row.state.realised_usd_minor == row.came_usd_minor - _at_base(now, row.state, found.facts)
        assert row.state.unrealised_usd_minor == sum(
            i.open_usd_minor - _usd(i.open_minor, row.state, found.facts) for i in row.state.instalments
        )
    known = {row.state.pledge.reference for row in (*seen.rows, *seen.idle)}
    assert known == {k for k, s in now.pledges.items() if s.pledge.currency != "USD"}
    assert seen.realised.usd_minor == sum(s.realised_usd_minor for s in now.pledges.values())
    assert seen.unrealised.usd_minor == sum(s.unrealised_usd_minor for s in now.pledges.values())
    assert seen.both.usd_minor == sum(row.usd_minor for row in seen.rows)
    assert seen.both.gains >= 0 >= seen.both.losses


def _at_base(now: Position, state: PledgeState, facts: Facts) -> int:
    """What each receipt settled, at the base rate: from plain fractions."""
    pledge, total = state.pledge, 0
    for net in now.receipts.values():
        if net.receipt.pledge != pledge.reference:
            continue
        settled = net.net_minor
        if net.receipt.currency != pledge.currency:
            usd = net.net_minor if net.receipt.currency == "USD" else net.net_usd_minor
            rate = _rate(facts, pledge.currency, net.receipt.received_on) if usd else Fraction(1)
            settled = half_away(Fraction(usd, 100) * rate * 10 ** DIGITS[pledge.currency])
        total += _usd(settled, state, facts)
    return total


def _usd(minor: int, state: PledgeState, facts: Facts) -> int:
    if not minor:
        return 0
    pledge = state.pledge
    rate = _rate(facts, pledge.currency, pledge.signed_on or pledge.pledged_on)
    return half_away(Fraction(minor, 10 ** DIGITS[pledge.currency]) / rate * 100)


def _rate(facts: Facts, currency: str, day: date) -> Fraction:
    known = [r for r in facts.rates.all() if r.currency == currency and r.effective_on <= day]
    return Fraction(max(known, key=lambda r: r.effective_on).value)


# Real data


def test_small_donors_are_all_in_usd_and_nothing_depends_on_a_rate() -> None:
    report = reports.small_donors("2028-06-30")
    rows = open_by_currency(report.position, Rates())
    assert [row.currency for row in rows] == ["USD"]
    assert rows[0].moved_usd_minor == (rows[0].usd_minor,) * 4
    found = differences(report.position, Rates())
    assert (found.rows, found.idle, found.both) == ((), (), Sums(0, 0))
    assert amount_text(found.both.usd_minor) == "0.00"
