"""Public tables that nobody here wrote, read by maps: control totals exact, nothing lost or netted.

Their figures stand in ../shared/data/README.md. Skipped where that folder is not beside the checkout.
"""

import csv
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.domain.book import book
from tests.importing import real_maps as maps
from tests.importing.desk import fresh
from tracker.domain.contributions import Facts, net_receipts, pledge_states
from tracker.domain.entries import Entry, PledgeEntry, RateEntry, ReceiptEntry
from tracker.domain.exchange import Rate, Rates
from tracker.domain.money import amount_text
from tracker.domain.months import parse_day
from tracker.domain.register import Register
from tracker.importing.cells import Cell, Rows
from tracker.importing.flows import Foreign, bring
from tracker.importing.mapped import read_mapped
from tracker.importing.mapping import TableMap, check_map, parse_map, prefix_of, suggest
from tracker.importing.plan import Plan, make_plan

CERF = maps.PLEDGES / "cerf-contributions-2006-2020.csv"
FUND_2017 = maps.PLEDGES / "global-fund-2017-2019.csv"
FUND_2020 = maps.PLEDGES / "global-fund-2020-2022.csv"
UNHCR = maps.PLEDGES / "unhcr-2016-transactions.xlsx"
CBPF = maps.PLEDGES / "cbpf-contributions-fixture.csv"
USG = maps.PLEDGES / "usg-funding-summary.xlsx"

REAL = [
    pytest.param(CERF, maps.CERF, id="cerf"),
    pytest.param(FUND_2017, maps.GLOBAL_FUND.format(years="2017-2019", day="2017-01-01"), id="fund-2017"),
    pytest.param(FUND_2020, maps.GLOBAL_FUND.format(years="2020-2022", day="2020-01-01"), id="fund-2020"),
    pytest.param(maps.FTS_FILE, maps.FTS, id="fts"),
    pytest.param(UNHCR, maps.UNHCR, id="unhcr"),
    pytest.param(CBPF, maps.CBPF, id="cbpf"),
    pytest.param(USG, maps.USG, id="usg"),
]


def table_of(path: Path, text: str) -> tuple[Rows, TableMap]:
    table_map = parse_map(text)
    rows = maps.sheet_of(path, table_map.sheet)
    assert check_map(table_map, rows) == ()
    return rows, table_map


def read(path: Path, text: str) -> Foreign:
    """What a real file says; every row of it is counted once."""
    rows, table_map = table_of(path, text)
    foreign = read_mapped(rows, table_map, file=path.name)
    assert foreign.problems == []
    counted = Counter({f.row for f in foreign.flows}) + Counter(one.row for one in foreign.left_out)
    assert counted == Counter(range(table_map.header_row + 1, len(rows) + 1))
    return foreign


def with_rates() -> Register:
    """An empty programme with the UN's rates of the months in which they were used."""
    register, path = fresh(), maps.DATA / "rates" / "unhcr-implied-monthly.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data beside the checkout")
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            day, units = parse_day(row["month"] + "-01"), Decimal(row["units_per_usd_median"])
            register.put("rates", RateEntry(Rate(row["currency"], day, units)))
    return register


def plan_of(foreign: Foreign, text: str, register: Register, *, update: bool = False) -> Plan:
    brought = bring(foreign, register, file="real", prefix=prefix_of(parse_map(text)))
    return make_plan(brought.tables, register, update=update)


def totals(foreign: Foreign) -> dict[tuple[str, str], tuple[int, str]]:
    return {(one.label, one.currency): (one.rows, one.amount) for one in foreign.totals}


def added(entries: list[Entry]) -> str:
    """The sum of new records in USD, as a decimal."""
    minor = 0
    for entry in entries:
        assert isinstance(entry, PledgeEntry | ReceiptEntry)
        money = entry.pledge if isinstance(entry, PledgeEntry) else entry.receipt
        assert money.currency == "USD"
        minor += money.amount_minor
    return amount_text(minor)


def test_cerf_is_read_to_the_cent() -> None:
    foreign = read(CERF, maps.CERF)
    assert totals(foreign) == {
        ("pledged", "USD"): (1053, "5325982587.52"),
        ("signed", "USD"): (1036, "5157862831.28"),
        ("received", "USD"): (1029, "5145481489.14"),
        ("written_off", "USD"): (2, "18087447.20"),
    }
    assert foreign.left_out == []
    plan = plan_of(foreign, maps.CERF, fresh())
    assert plan.problems == []
    assert added(plan.new["pledges"]) == "5325982587.52"
    assert added(plan.new["receipts"]) == "5145481489.14"
    closed = [p for p in plan.new["pledges"] if isinstance(p, PledgeEntry) and p.pledge.closed_on]
    assert len(closed) == 2


def test_what_is_open_of_a_cerf_pledge_is_never_negative_and_never_netted() -> None:
    foreign, register = read(CERF, maps.CERF), fresh()
    assert not plan_of(foreign, maps.CERF, register).problems
    facts = replace(
        book(),
        rates=Rates([]),
        pledges=tuple(entry.pledge for entry in register.pledges.values()),
        receipts=tuple(entry.receipt for entry in register.receipts.values()),
    )
    assert isinstance(facts, Facts)
    states = pledge_states(facts, register.today, net_receipts(facts))
    assert len(states) == 1053
    for row in (dict(f.cells) | {"key": f.reference} for f in foreign.flows if f.table == "pledges"):
        state = states[row["key"]]
        received = sum(r.amount_minor for r in facts.receipts if r.pledge == row["key"])
        rest = max(0, state.pledge.amount_minor - received)
        assert (state.open_minor, state.unpaid_minor) == ((0, rest) if "closed_on" in row else (rest, 0))
    netted = sum(s.pledge.amount_minor - s.settled_minor for s in states.values())
    assert sum(s.open_minor + s.unpaid_minor for s in states.values()) > netted


def test_what_cerf_states_beside_a_pledge_is_asked_about_and_kept() -> None:
    foreign = read(CERF, maps.CERF)
    asked = Counter(one.problem.code for one in foreign.questions)
    assert asked == {"signed_differs": 91, "written_off_differs": 1}
    written = [f.cells["notes"] for f in foreign.flows if "Written off" in f.cells.get("notes", "")]
    assert len(written) == 1
    assert "as stated: USD " in written[0]


@pytest.mark.parametrize(
    ("path", "years", "day", "pledged", "received"),
    [
        (FUND_2017, "2017-2019", "2017-01-01", (63, "12242861295.84"), (62, "11451587326.06")),
        (FUND_2020, "2020-2022", "2020-01-01", (80, "18630932818.69"), (65, "17137122006.82")),
    ],
)
def test_global_fund_is_read_to_the_cent(
    path: Path, years: str, day: str, pledged: tuple[int, str], received: tuple[int, str]
) -> None:
    text = maps.GLOBAL_FUND.format(years=years, day=day)
    foreign = read(path, text)
    assert totals(foreign) == {("pledged", "USD"): pledged, ("received", "USD"): received}
    assert {one.why for one in foreign.left_out} <= {"zero"}
    plan = plan_of(foreign, text, fresh())
    assert plan.problems == []
    assert (added(plan.new["pledges"]), added(plan.new["receipts"])) == (pledged[1], received[1])


def test_both_global_fund_tables_stand_in_one_book() -> None:
    register = fresh()
    for path, years, day in ((FUND_2017, "2017-2019", "2017-01-01"), (FUND_2020, "2020-2022", "2020-01-01")):
        text = maps.GLOBAL_FUND.format(years=years, day=day)
        assert plan_of(read(path, text), text, register).problems == []
    assert (len(register.pledges), len(register.receipts)) == (143, 127)


def test_fts_is_read_to_the_dollar_and_what_disagrees_is_asked_about() -> None:
    foreign = read(maps.FTS_FILE, maps.FTS)
    assert totals(foreign) == {
        ("signed", "USD"): (131, "300496707.00"),
        ("received", "USD"): (179, "453620904.00"),
    }
    assert Counter(one.why for one in foreign.left_out) == {"zero": 18}  # 183 + 145 = 131 + 179 + 18
    (question,) = foreign.questions
    (flow,) = (one for one in foreign.flows if one.row == question.row)
    assert (flow.reference, question.problem.code) == ("206445", "usd_disagrees")
    assert dict(question.problem.facts) == {
        **{"usd": "829876", "amount": "8000000", "currency": "SEK", "rate": "9.649"}
    }
    assert flow.cells["notes"] == "SEK 8,000,000.00 at 9.649"
    assert plan_of(foreign, maps.FTS, fresh()).problems == []


def test_unhcr_where_every_cell_is_text_is_read_by_type() -> None:
    foreign = read(UNHCR, maps.UNHCR)
    assert Counter((one.why, one.text) for one in foreign.left_out) == {
        ("not_a_kind", "3"): 430,
        ("not_a_kind", "4"): 200,
    }
    assert sum(one.rows for one in foreign.totals) == 2910
    assert len(foreign.totals) == 15
    expected = expected_totals(UNHCR, "transaction_value_currency", "transaction_value", "11")
    assert {one.currency: Decimal(one.amount) for one in foreign.totals} == expected
    needing = {p.problem.code for p in plan_of(foreign, maps.UNHCR, fresh()).problems}
    assert needing == {"no_rate"}
    plan = plan_of(foreign, maps.UNHCR, with_rates())
    assert plan.problems == []
    assert len(plan.new["pledges"]) == 2910


def expected_totals(path: Path, currency: str, amount: str, kind: str) -> dict[str, Decimal]:
    """Sums by currency, added up without any of what is tested."""
    rows = maps.sheet_of(path, "Sheet1")
    header = [cell.text for cell in rows[0]]
    found: dict[str, Decimal] = {}
    for row in rows[1:]:
        said = dict(zip(header, (cell.text for cell in row), strict=False))
        if said["transaction_type_code"] == kind:
            found[said[currency]] = found.get(said[currency], Decimal(0)) + Decimal(said[amount])
    return found


def test_cbpf_with_its_odd_blanks_and_days_is_read() -> None:
    foreign = read(CBPF, maps.CBPF)
    pledge, receipt = foreign.flows
    assert dict(pledge.cells) == {"currency": "AUD", "amount": "399981.00", "pledged_on": "2014-06-03"}
    assert dict(receipt.cells) == {
        **{"received_on": "2014-06-10", "currency": "AUD", "amount": "399981.00", "usd_amount": "371040.00"}
    }
    assert foreign.questions == []
    assert plan_of(foreign, maps.CBPF, with_rates()).problems == []


def test_a_summary_sheet_without_days_is_read() -> None:
    foreign = read(USG, maps.USG)
    assert totals(foreign) == {
        ("pledged", "USD"): (19, "2400000000.00"),
        ("received", "USD"): (19, "2000000000.00"),
    }
    assert Counter(one.why for one in foreign.left_out) == {"zero": 3}


@pytest.mark.parametrize(("path", "text"), REAL)
def test_a_real_table_again_changes_nothing_in_whatever_order_its_rows_come(path: Path, text: str) -> None:
    register, foreign = with_rates(), read(path, text)
    first = plan_of(foreign, text, register)
    assert (first.problems, first.writes > 0) == ([], True)
    again = plan_of(read(path, text), text, register)
    assert (again.problems, again.writes) == ([], 0)
    rows, table_map = table_of(path, text)
    body = list(rows[table_map.header_row :])
    random.Random(87).shuffle(body)
    shuffled = read_mapped((*rows[: table_map.header_row], *body), table_map, file=path.name)
    other = plan_of(shuffled, text, register)
    assert (other.problems, other.writes) == ([], 0)


def test_a_row_of_a_real_table_that_changed_is_shown_old_and_new() -> None:
    register = fresh()
    assert not plan_of(read(CERF, maps.CERF), maps.CERF, register).problems
    rows, table_map = table_of(CERF, maps.CERF)
    at = [cell.text for cell in rows[0]].index("donorreceived")
    changed = (*rows[1][:at], Cell("25000"), *rows[1][at + 1 :])
    later = read_mapped((rows[0], changed, *rows[2:]), table_map, file=CERF.name)
    found = [one.problem for one in plan_of(later, maps.CERF, register).problems]
    assert {(p.code, p.column, p.facts["old"], p.facts["new"]) for p in found} == {
        ("differs_from_record", "amount", "25440.00", "25000.00"),
        ("differs_from_record", "usd_amount", "25440.00", "25000.00"),
    }
    plan = plan_of(later, maps.CERF, register, update=True)
    assert (plan.problems, plan.writes, len(plan.changed["receipts"])) == ([], 1, 1)


def test_twins_of_a_real_table_are_kept_and_pointed_out() -> None:
    foreign = read(maps.FTS_FILE, maps.FTS)
    brought = bring(foreign, fresh(), file="fts", prefix="FTS")
    twins = [q for q in brought.questions if q.problem.code == "twin_in_file"]
    assert len(twins) == 6
    assert len(make_plan(brought.tables, fresh()).new["receipts"]) == 179


@pytest.mark.parametrize(("path", "text"), REAL)
def test_most_of_a_real_map_is_suggested(path: Path, text: str) -> None:
    rows, table_map = table_of(path, text)
    found = suggest(rows, table_map.sheet)
    assert (found.shape, found.header_row) == (table_map.shape, table_map.header_row)
    assert found.number_format == table_map.number_format
    wanted = {name: column for name, column in table_map.columns.items() if name != "closed_on"}
    same = {name for name, column in wanted.items() if found.columns.get(name) == column}
    assert len(same) >= 0.8 * len(wanted), wanted.items() - found.columns.items()
    assert all(
        found.format_of(n) == table_map.format_of(n) for n in same & {"pledged_on", "received_on", "date"}
    )
    assert found.kinds == table_map.kinds
