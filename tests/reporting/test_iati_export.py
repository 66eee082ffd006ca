"""IATI out: valid, exact, and silent about what nobody may read."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tests.domain.book import book
from tests.importing.desk import bring, fresh
from tests.reporting.iati_files import (
    MDP,
    as_csv,
    assert_valid,
    noon,
    of_report,
    office,
    published,
    read,
    record,
    schema,
    usd,
)
from tests.reporting.iati_rules import STANDARD, broken_rules
from tests.reporting.reports import (
    HOSTILE,
    SECRET,
    SMALL_DONORS,
    as_report,
    empty,
    example_b,
    hard,
    rate_rows,
    with_rates,
)
from tracker.domain.contributions import Facts
from tracker.domain.months import parse_moment
from tracker.domain.position import Position, position
from tracker.domain.publishing import Publisher
from tracker.queries.known import known_at
from tracker.queries.report import DonorRow, Report
from tracker.reporting.iati import Publication, iati_bytes, publication, published_usd, summary, write_iati
from tracker.services.demo import add_demo

TODAY = "2026-11-22"
DAYS = ("2025-12-31", TODAY, "2028-06-30", "2031-07-31")


def at(found: Publication) -> datetime:
    """A moment at which it may be read: neither its day nor its making lies ahead."""
    return max(datetime.combine(found.position.as_of, datetime.max.time(), UTC), found.report.taken_at_utc)


# Valid on every day


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Publication]]:
    """The small-donors sample, imported once; published as of any day."""
    if not SMALL_DONORS.is_dir():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    with office(tmp_path_factory.mktemp("small"), noon(TODAY)) as (session, actor, here):
        record(session, actor, here, SMALL_DONORS)
        yield lambda day: published(session, here, noon(day))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Publication]]:
    """The demo's contributions, on record once."""
    with office(tmp_path_factory.mktemp("demo"), noon(TODAY)) as (session, actor, here):
        add_demo(session, actor=actor, programme_id=here, today=date.fromisoformat(TODAY))
        session.commit()
        yield lambda day: published(session, here, noon(day))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Publication]]:
    """The seeded programme with nothing on record."""
    with office(tmp_path_factory.mktemp("seeded"), noon("2025-12-01")) as (session, _actor, here):
        yield lambda day: published(session, here, noon(day))


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("data", ["seeded", "demo", "small"])
def test_the_file_is_valid_on_every_day(data: str, day: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(data)(day)
    assert_valid(iati_bytes(found), noon(day))


@pytest.mark.parametrize("made", [empty, example_b, hard])
def test_odd_books_are_valid_too(made: Callable[[], Report]) -> None:
    found = of_report(made(), refs={"D01": "XM-DAC-4", "D02": "not a/ref", "D03": " XM-DAC-5"})
    assert_valid(iati_bytes(found), at(found))
    assert found.left_out() in ({}, {"organisation_refs": 2, "links": 1})


def test_the_programme_has_six_budgets_of_at_most_a_year_that_add_up_to_its_requirement() -> None:
    activity = read(of_report(hard()))
    budgets = activity.findall("budget")
    assert len(budgets) == 6
    total = sum(Decimal(one.findtext("value", "")) for one in budgets)
    assert total * 100 == hard().position.total.required
    for one in budgets:
        parts = [Decimal(part.get("required", "")) for part in one.iter(f"{MDP}outcome")]
        assert sum(parts) == Decimal(one.findtext("value", ""))
    assert [(one.get("type"), one.get("status")) for one in budgets] == [
        ("1", "1"), ("2", "2"), ("2", "2"), ("2", "2"), ("2", "2"), ("2", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "status", "dates"),
    [("2025-12-31", "1", "13"), (TODAY, "2", "123"), ("2031-06-30", "2", "123"), ("2031-07-01", "4", "1234")],
)
def test_status_and_dates_follow_the_day_and_no_actual_date_lies_ahead(
    day: str, status: str, dates: str
) -> None:
    activity = read(of_report(replace(empty(), position=position(book(), date.fromisoformat(day)))))
    found = activity.find("activity-status")
    assert found is not None
    assert found.get("code") == status
    assert "".join(one.get("type", "") for one in activity.iter("activity-date")) == dates


def test_after_the_end_with_money_still_open_the_activity_is_being_finalised(
    small: Callable[[str], Publication],
) -> None:
    found = read(small("2031-07-31")).find("activity-status")
    assert found is not None
    assert found.get("code") == "3"


# Figures


@pytest.mark.parametrize(
    ("day", "received", "signed", "pledged", "gap"),
    [
        ("2026-11-30", "757457.82", "16211.70", "0.00", "1809768.48"),
        ("2028-06-30", "1377164.96", "190136.62", "182956.19", "833180.23"),
        ("2031-06-30", "1999705.59", "31785.47", "7357.53", "544589.41"),
    ],
)
def test_the_small_donors_control_totals(
    small: Callable[[str], Publication], day: str, received: str, signed: str, pledged: str, gap: str
) -> None:
    said = read(small(day)).find(f"{MDP}position")
    assert said is not None
    assert [said.get(name) for name in ("received", "signed", "pledged", "gap")] == [
        received, signed, pledged, gap,
    ]  # fmt: skip


@pytest.mark.parametrize("made", [empty, example_b, hard])
def test_what_is_published_re_adds_to_the_position(made: Callable[[], Report]) -> None:
    found = of_report(made())
    check_sums(found)


@pytest.mark.parametrize("day", DAYS)
def test_what_is_published_re_adds_on_every_day(small: Callable[[str], Publication], day: str) -> None:
    check_sums(small(day))


def test_what_the_demo_publishes_re_adds(demo: Callable[[str], Publication]) -> None:
    check_sums(demo(TODAY))
    assert published_usd(demo(TODAY)).received > 0


def check_sums(found: Publication) -> None:
    """Identity 4: transactions and open instalments are the position's money, to the cent."""
    activity, book_ = read(found), found.position
    lens = published_usd(found)
    assert usd(activity, "receipt") - usd(activity, "refund") == lens.received
    assert usd(activity, "open", lens="signed") == lens.signed
    assert usd(activity, "open", lens="pledged") == lens.pledged
    assert lens.received == sum(net.net_usd_minor for net in book_.receipts.values())
    said = activity.find(f"{MDP}position")
    assert said is not None
    total = book_.total
    assert [said.get(name) for name in ("required", "received", "signed", "pledged", "gap")] == [
        f"{minor // 100}.{minor % 100:02d}" for minor in total[:5]
    ]
    kept = {name: Decimal(said.get(name, "")) for name in said.attrib if "-" in name and name[:2] != "as"
            and name != "known-at"}  # fmt: skip
    assert kept["gap-lapsed"] + kept["gap-ahead"] == Decimal(said.get("gap", ""))
    for one in ("received", "signed", "pledged"):
        parts = Decimal(said.get(one, "")) + sum(
            kept[f"{use}-{one}"] for use in ("unused", "targeted", "held")
        )
        assert parts * 100 == getattr(lens, one)


def test_transactions_carry_what_was_sent_in_its_own_currency() -> None:
    activity = read(of_report(hard()))
    values = {
        (one.get("ref"), one.find("transaction-type").get("code")): (  # type: ignore[union-attr]
            one.findtext("value"),
            one.find("value").get("currency"),  # type: ignore[union-attr]
        )
        for one in activity.iter("transaction")
    }
    assert values["P-JPY", "13"] == ("9000001", "JPY")
    assert ("P-JPY", "11") not in values, "it is not signed"
    assert values["P-KWD", "11"] == ("12345.678", "KWD")
    assert values["R-KWD", "1"] == ("2000.125", "KWD")
    assert values["R-CLOSED", "1"] == ("12500.00", "USD"), "as sent: the deduction is in usd-amount"
    assert values["F-5", "1"] == ("-34567", "JPY")
    assert ("P-FUTURE", "13") not in values


def test_earmarks_become_iati_categories_and_money_on_hold_has_none() -> None:
    activity = read(of_report(hard()))
    found = {
        one.get("ref"): [aid.get("code") for aid in one.iter("aid-type") if aid.get("vocabulary") == "2"]
        for one in activity.iter("transaction")
    }
    assert (found["P-KWD"], found["R-EUR-1"], found["p-cross"]) == (["1"], ["2"], ["2"])
    assert (found["R-TARGET"], found["R-HOLD"], found["P*"], found["F-1"]) == (["4"], [], [], ["2"])


def test_the_page_counts_what_the_file_holds() -> None:
    found = of_report(hard())
    activity = read(found)
    lines = {line.part: line for line in summary(found)}
    kinds = [one.find("transaction-type").get("code") for one in activity.iter("transaction")]  # type: ignore[union-attr]
    assert lines["pledges"].count == kinds.count("13")
    assert lines["commitments"].count == kinds.count("11")
    assert lines["receipts"].count + lines["refunds"].count == kinds.count("1")
    assert lines["planned"].count == len(activity.findall("planned-disbursement"))
    assert lines["budgets"].count == len(activity.findall("budget"))
    funders = [one for one in activity.iter("participating-org") if one.get("role") == "1"]
    assert lines["organisations"].count == len(funders)
    assert dict(lines["refunds"].amounts)["EUR"] == -150_000


# Everything comes back


@pytest.mark.parametrize("made", [example_b, hard])
def test_our_own_elements_alone_give_the_same_position_again(
    made: Callable[[], Report], tmp_path: Path
) -> None:
    report = hard_without_what_a_file_refuses() if made is hard else made()
    again = from_csv(read(of_report(report)), report, tmp_path)
    assert (again.cells, again.total) == (report.position.cells, report.position.total)
    assert (again.unused, again.targeted, again.held) == (
        report.position.unused, report.position.targeted, report.position.held,
    )  # fmt: skip


@pytest.mark.parametrize("day", [TODAY, "2028-06-30", "2031-07-31"])
def test_the_demo_comes_back_whole(demo: Callable[[str], Publication], day: str, tmp_path: Path) -> None:
    found = demo(day)
    again = from_csv(read(found), found.report, tmp_path)
    assert (again.cells, again.total, again.held) == (
        found.position.cells, found.position.total, found.position.held,
    )  # fmt: skip


def hard_without_what_a_file_refuses() -> Report:
    """The hard book with names that may be on record."""
    report = hard()
    named = {code: replace(row, name=code.title(), kind="other") for code, row in report.donors.items()}
    return replace(report, donors=named)


def from_csv(activity: etree._Element, report: Report, folder: Path) -> Position:
    """The position of an empty programme in which our elements were imported as CSV files."""
    register = replace(fresh(), today=report.position.as_of)
    files = dict(as_csv(activity))
    plan = bring(folder / "files", register, files, update=True)  # type: ignore[arg-type]
    assert not plan.problems, plan.problems
    facts = Facts(
        report.position.programme,
        report.position.versions,
        register.rate_table,
        tuple(entry.pledge for entry in register.pledges.values()),
        tuple(entry.receipt for entry in register.receipts.values()),
        tuple(entry.refund for entry in register.refunds.values()),
    )
    return position(facts, report.position.as_of)


# What is left out


LATER_RATES = "EUR 2026-01-01 0.92\nEUR 2026-12-01 0.95"


def later_book() -> tuple[Facts, Report]:
    """Records dated after today beside some of today."""
    pledges = """
        reference | donor  | amount | pledged    | signed     | closed     | earmark | psc | from | until
        P-NOW     | FRANCE | 1,000  | 2026-02-01 | 2026-12-01 | 2027-02-01 | core |  |  |
        P-LATER   | FRANCE | 2,000  | 2027-02-01 | 2027-03-01 |            | O2   | no | 2026-04 | 2027-12
    """
    receipts = """
        reference | donor  | received   | amount  | pledge  | earmark
        R-NOW     | FRANCE | 2026-03-01 | 100 EUR | P-NOW   |
        R-EARLY   | FRANCE | 2026-03-02 | 300     | P-LATER |
        R-LATER   | FRANCE | 2027-03-01 | 500     | P-NOW   |
    """
    refunds = """
        reference | receipt | refunded   | amount
        F-LATER   | R-NOW   | 2027-04-01 | 10 EUR
    """
    facts = with_rates(LATER_RATES, pledges=pledges, receipts=receipts, refunds=refunds)
    return facts, as_report(facts, TODAY, rates=LATER_RATES)


def test_nothing_dated_after_today_is_published_and_all_of_it_is_counted() -> None:
    facts, report = later_book()
    found = of_report(report, facts=facts)
    text = iati_bytes(found).decode()
    assert found.left_out() == {
        "pledges": 1, "signatures": 1, "closings": 1, "receipts": 1, "refunds": 1, "rates": 1, "links": 1,
    }  # fmt: skip
    for hidden in ("P-LATER", "R-LATER", "F-LATER", "2026-12-01", "2027-02-01", "2027-03-01", "0.95"):
        assert hidden not in text
    assert_valid(iati_bytes(found), at(found))


def test_a_receipt_of_a_later_pledge_carries_that_pledges_terms_as_its_own(tmp_path: Path) -> None:
    facts, report = later_book()
    activity = read(of_report(report, facts=facts))
    row = next(one for one in activity.iter(f"{MDP}receipt") if one.get("reference") == "R-EARLY")
    assert row.get("pledge") is None
    assert (row.get("earmark"), row.get("covers-from"), row.get("covers-until"), row.get("split")) == (
        "O2", "2026-04", "2027-12", "O2:300.00",
    )  # fmt: skip
    assert from_csv(activity, report, tmp_path).cells == report.position.cells


# Nobody is told


def test_of_an_anonymous_donor_no_byte_is_in_the_file() -> None:
    found = of_report(hard(), refs={"QUIET": "XI-QUIET-REF-1"})
    text = iati_bytes(found).decode()
    for secret in (*SECRET, "XI-QUIET-REF"):
        if secret != "LI":
            assert secret not in text
    assert 'country="LI"' not in text
    assert "Anonymous donor 1" in text
    assert "targeted:undisclosed" in text
    for secret in ("AGR-1", "L-1", "L-F-1"):
        assert f'"{secret}"' not in text


def test_no_personal_data_and_nothing_voided_is_published(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "donors.csv").write_text(
        "code,name,kind,country,iati_ref,email,aliases,anonymous\n"
        "OPEN,Open Agency,government,FR,XM-DAC-4-1,desk@open.test,Ouvert;Abierto,no\n"
        "HIDE,Hidden Hand,foundation,LI,LI-REG-77,hand@hidden.test,Verborgen,yes\n"
    )
    (files / "pledges.csv").write_text(
        "reference,donor,currency,amount,pledged_on,signed_on,earmark,agreement_ref,notes\n"
        "P1,OPEN,USD,100,2026-01-05,2026-01-06,core,AGR-OPEN,spoke to Marie\n"
        "HIDE-P9,HIDE,USD,200,2026-01-07,,targeted:Vaduz school,AGR-HIDE,by hand\n"
    )
    (files / "receipts.csv").write_text(
        "reference,donor,pledge,received_on,currency,amount,ledger_ref,notes\n"
        "R1,OPEN,P1,2026-02-05,USD,50,LEDGER-1,cheque of Marie\n"
        "HIDE-R9,HIDE,HIDE-P9,2026-02-06,USD,20,LEDGER-9,cash\n"
    )
    with office(tmp_path / "desk", noon(TODAY)) as (session, actor, here):
        record(session, actor, here, files)
        text = iati_bytes(published(session, here, noon(TODAY))).decode()
    for shown in ("Open Agency", "XM-DAC-4-1", 'ref="P1"', "Anonymous donor 1"):
        assert shown in text
    personal = ("@", "Marie", "Ouvert", "Abierto", "AGR-", "LEDGER", "cheque", "by hand", "cash")
    hidden = ("HIDE", "Hidden", "Hand", "Verborgen", "LI-REG", '"LI"', "Vaduz")
    assert [word for word in (*personal, *hidden) if word in text] == []


# Names that mean harm


@pytest.mark.parametrize(
    "name", ["a]]>b", "<b>&amp; & \"'", "\u202eevil\u200f", "N" * 300, "\u0085\u2028é", *HOSTILE]
)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    pledges = 'reference | donor | amount | pledged\n]]>&"< | BAD | 1,000 | 2026-02-01'
    found = of_report(
        as_report(book(pledges=pledges), TODAY, donors=(DonorRow("BAD", name, "other", "", False),))
    )
    assert_valid(iati_bytes(found), at(found))
    activity = read(found)
    said = {one.text for one in activity.iterfind("transaction/provider-org/narrative")}
    assert said == {name.replace("\x07", "\ufffd").replace("\ud800", "\ufffd")}
    assert activity.find("transaction").get("ref") == ']]>&"<'  # type: ignore[union-attr]


# The same again, and fast


def test_the_same_snapshot_gives_the_same_bytes_but_for_the_moment_it_was_made() -> None:
    report = hard()
    first, second = (
        iati_bytes(of_report(one)) for one in (report, replace(report, position=hard().position))
    )
    assert first == second
    moment = report.taken_at_utc + timedelta(seconds=1)
    source = replace(of_report(report).to_publish, report=replace(report, taken_at_utc=moment))
    third = iati_bytes(publication(source, of_report(report).publisher))
    assert [line for line in first.splitlines() if line not in third.splitlines()] == [first.splitlines()[1]]


def test_the_moment_of_the_newest_entry_is_when_the_activity_was_last_updated(
    small: Callable[[str], Publication],
) -> None:
    activity = read(small("2028-06-30"))
    said = activity.find(f"{MDP}position")
    assert said is not None
    assert activity.get("last-updated-datetime") == said.get("known-at") == f"{TODAY}T12:00:00Z"
    assert said.get("sequence") == "243", "7 of the seed, 236 of the sample"


def test_known_at_in_the_file_finds_the_same_state_again(tmp_path: Path) -> None:
    moment = noon(TODAY).replace(microsecond=123456)
    with office(tmp_path, moment) as (session, _actor, here):
        said = read(published(session, here, noon("2027-01-01"))).find(f"{MDP}position")
        assert said is not None
        again = known_at(session, here, parse_moment(said.get("known-at", "")))
        assert again is not None
        assert again.anchor == f"{said.get('sequence')}:{said.get('hash')}"


def test_a_thousand_receipts_take_seconds() -> None:
    rows = "\n".join(
        f"R{n} | D{n % 40} | 2026-{1 + n % 10:02d}-{1 + n % 28:02d} | {100 + n}.{n % 100:02d} EUR"
        for n in range(1000)
    )
    rates = "EUR 2026-01-01 0.92"
    facts = with_rates(rates, receipts=f"reference | donor | received | amount\n{rows}")
    report = replace(as_report(facts, TODAY), rates=rate_rows(rates, date.fromisoformat(TODAY)))
    started = time.perf_counter()
    content = iati_bytes(of_report(report))
    took = time.perf_counter() - started
    assert content.count(b"<transaction ") == 1000
    assert took < 5, took


def test_a_file_that_cannot_be_written_leaves_the_old_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.xml"
    out.write_text("old")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space") as failed:
        write_iati(of_report(example_b()), out)
    assert failed.value.filename == str(out)
    assert [path.name for path in tmp_path.iterdir()] == ["out.xml"]
    assert out.read_text() == "old"


def test_who_publishes_is_a_setting() -> None:
    publisher = Publisher("XM-DAC-7", "Agency & Sons", "10", "XM-DAC-7-X", "15160")
    activity = read(publication(of_report(example_b()).to_publish, publisher))
    assert activity.findtext("iati-identifier") == "XM-DAC-7-X"
    assert activity.findtext("reporting-org/narrative") == "Agency & Sons"
    roles = [one.get("role") for one in activity.iter("participating-org") if one.get("ref") == "XM-DAC-7"]
    assert roles == ["2", "4"]
    assert activity.find("sector").get("code") == "15160"  # type: ignore[union-attr]


# The judges themselves


def test_the_schema_gives_iatis_own_verdicts() -> None:
    judge, seen = schema(), {"should-pass": 0, "should-fail": 0}
    for path in sorted((STANDARD / "xsd-tests").rglob("*.xml")):
        expected = path.relative_to(STANDARD / "xsd-tests").parts[0]
        seen[expected] += 1
        assert judge.validate(etree.parse(str(path))) == (expected == "should-pass"), path
    assert seen == {"should-pass": 37, "should-fail": 84}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('transaction-date iso-date="2026-03-20"', 'transaction-date iso-date="2026-12-20"', "11.2.1"),
        ('value-date="2026-03-20"', 'value-date="2027-03-20"', "11.2.2"),
        ('type="2" iso-date="2026-01-01"', 'type="2" iso-date="2030-01-01"', "11.1.4"),
        ('type="3" iso-date="2031-06-30"', 'type="3" iso-date="2025-06-30"', "11.1.2"),
        ('last-updated-datetime="2026', 'last-updated-datetime="2027', "11.1.1"),
        ('period-end iso-date="2026-12-31"', 'period-end iso-date="2027-01-02"', "7.5.3"),
        ('period-end iso-date="2026-12-31"', 'period-end iso-date="2025-12-31"', "8.6.3"),
        ('<sector vocabulary="1" code="16070"/>', "", "6.2.2"),
        (
            '<sector vocabulary="1" code="16070"/>',
            '<sector vocabulary="1" code="16070" percentage="60"/><sector vocabulary="1" code="15160" '
            'percentage="30"/>',
            "2.1.2",
        ),
        ('<sector vocabulary="1" code="16070"/>', '<sector code="16070" percentage="101"/>', "12.3.1"),
        ('code="998" vocabulary="1"', 'code="998" vocabulary="1" percentage="50"', "3.4.4"),
        ('<recipient-region code="998" vocabulary="1"/>', "", "3.7.2"),
        (">XM-DAC-41302-A87-MDP<", ">XM-DAC-41302<", "1.1.3"),
        (">XM-DAC-41302-A87-MDP<", ">A87<", "1.1.21"),
        (">XM-DAC-41302-A87-MDP<", ">XM-DAC-41302-A87/MDP<", "1.3.13"),
        (">XM-DAC-41302-A87-MDP<", "> XM-DAC-41302-A87-MDP<", "1.3.1"),
        ('default-currency="USD" ', "", ""),
        (' xml:lang="en"', "", "4.1.1"),
        ('<aid-type code="B032" vocabulary="1"/>', "", "107.2.1"),
        ("<narrative>France</narrative>", "", "6.9.1"),
    ],
)  # fmt: skip
def test_the_ruleset_bites(old: str, new: str, rule: str) -> None:
    found = of_report(replace(example_b(), taken_at_utc=noon("2026-06-15")))
    content = iati_bytes(found).decode()
    assert old in content
    broken = broken_rules(content.replace(old, new).encode(), at(found))
    assert [one for one in broken if one.startswith(f"{rule}:")] or (not rule and not broken)
