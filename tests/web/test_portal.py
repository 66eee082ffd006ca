"""A donor's own pages: its own figures to the cent, and of all others only what no subtraction undoes."""

import re
from collections.abc import Iterable
from datetime import date
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import text

from tests.web.cast import CAST, NOON, PASSWORD, TODAY, Person, page_of, signed_in
from tracker.domain.months import parse_month
from tracker.domain.own import beside_of
from tracker.domain.permissions import Actor
from tracker.domain.position import Position
from tracker.extensions import begin_write, db
from tracker.presentation import Writer
from tracker.queries.position import position_of
from tracker.queries.programmes import the_programme
from tracker.services import users
from tracker.services.records import Desk, record_donor, record_pledge, record_receipt, void

PAGES = ("/own", "/own/programme")
MONEY = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})*\.\d\d(?!\d)")
OTHERS = ("Netherlands", "Télévisions", "Secret Giver", "Quiet", "HUSH", "NL/2026@1", "R2", "R-FTV", "FTV")
US = Writer("en")


def words_of(page: str) -> str:
    """What a page says, without its tags, blanks made one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def figures(page: str) -> set[str]:
    """Every amount in a page, the titles of its pictures included."""
    return set(MONEY.findall(unescape(page)))


def on_record(app: Flask, *, voided: Iterable[str] = (), receipts: Iterable[dict[str, str]] = ()) -> None:
    """Void pledges, and record receipts in USD."""
    with app.app_context():
        session = db.session()
        begin_write(session)
        here = the_programme(session).id
        desk = Desk(session, Actor("officer@alliance.test", NOON, "test"), here, TODAY)
        for reference in voided:
            void(desk, "pledges", key=reference, version=1, reason="entered by mistake")
        for raw in receipts:
            record_receipt(desk, raw={"currency": "USD", "received_on": "2026-03-03", **raw}, confirmed=True)
        session.commit()


def newcomer(app: Flask, name: str = "Newcomer", **raw: str) -> Person:
    """A donor who has only just been invited, signed in."""
    with app.app_context():
        session = db.session()
        begin_write(session)
        here, actor = the_programme(session).id, Actor("officer@alliance.test", NOON, "test")
        record_donor(Desk(session, actor, here, TODAY), raw={"code": "NEW", "name": name, **raw})
        options = {"role": "donor", "donor": "NEW", "name": "N. Owe", "password": PASSWORD}
        users.add_user(session, actor=actor, programme_id=here, email="new@new.test", **options)
        session.commit()
    return signed_in(app, "new@new.test")


def position_now(app: Flask) -> Position:
    with app.app_context():
        return position_of(db.session(), the_programme(db.session()).id, TODAY)


def secrets(book: Position, donor: str) -> set[str]:
    """Every figure of the others: coverage and gaps by cell, month, outcome and in all; what was received."""
    seen = beside_of(book, donor, latest=True)
    own = {(c.outcome, c.month): sum(c.own) for c in seen.cells}
    found: set[int] = {book.total.gap, book.total.lapsed, book.total.ahead, book.total.received}
    found.add(book.total.required - book.total.gap)
    sums = [(t, [c for c in book.cells if c.month == m]) for m, t in book.by_month().items()]
    sums += [(t, [c for c in book.cells if c.outcome == o]) for o, t in book.by_outcome().items()]
    for total, cells in sums:
        mine = sum(own[c.outcome, c.month] for c in cells)
        found |= {total.gap, total.required - total.gap, total.required - total.gap - mine, total.received}
    for cell in book.cells:
        found |= {cell.gap, cell.required - cell.gap - own[cell.outcome, cell.month]}
    others = {row.donor for row in book.trace} - {donor}
    found |= {sum(r.amount for r in book.trace if r.donor == other) for other in others}
    public = {0, *(c.required for c in book.cells), *own.values()}
    public |= {t.required for t in (*book.by_month().values(), *book.by_outcome().values(), book.total)}
    public |= {sum(own[o, m] for o in book.programme.codes) for _, m in own}
    return {US.money(amount) for amount in found - public}


# Worked example B, France


def test_france_reads_its_figures_of_the_worked_example(france: Person) -> None:
    page = words_of(page_of(france.get("/own")))
    assert "You have paid USD 42,780.75" in page
    assert "Pledged and signed 108,695.65" in page
    assert "40.0 % of what you pledged is settled" in page
    assert "Still open 65,934.07" in page
    assert "Share of the requirement 1.7 % of 2,583,438.00 in 66 months" in page
    assert "USD 65,934.07 of one pledge is still open." in page
    assert "helps to cover two months of the programme, for Pathfinder country support" in page


def test_france_reads_what_it_covers_by_outcome_and_month(france: Person) -> None:
    page = words_of(page_of(france.get("/own")))
    assert re.search(r"O2 Pathfinder country support .*? 87\.0 % 37,219\.25", page)
    assert re.search(r"PS Programme support implementation cost .*? 13\.0 % 5,561\.50", page)
    assert "March 2026 to April 2026 past 42,780.75" in page
    lines = {
        "Mar 2026 Received": "– 20,064.70 – 5,088.59 25,153.29",
        "Apr 2026 Received": "– 17,154.55 – 472.91 17,627.46",
        "Jun 2026 Signed": "– 20,064.70 – 5,088.59 25,153.29",
        "Jul 2026 Signed": "– 20,064.70 – 3,482.84 23,547.54",
        "Aug 2026 Signed": "– 17,233.24 – – 17,233.24",
    }
    for start, amounts in lines.items():
        assert re.search(rf"{start} (?:(?:O2|PS) [\d,.]+ )+{amounts}", page), start
    assert "All months – 94,581.89 – 14,132.93 108,714.82" in page


def test_france_reads_its_instalments_its_receipt_and_its_exchange_differences(france: Person) -> None:
    page = words_of(page_of(france.get("/own")))
    assert re.search(r"15 Mar 2026 paid in full .*? EUR 40,000\.00 40,000\.00 – – paid in full", page)
    assert re.search(r"15 May 2026 31 days overdue .*? EUR 60,000\.00 – 60,000\.00 65,934\.07 31 days", page)
    assert re.search(r"R1 20 Mar 2026 .*? EUR 40,000\.00 0\.9350 of 1 Mar 2026 42,780\.75", page)
    assert "0.9200 signed 20 Feb 2026; rate of 1 Jan 2026 0.9100 of 1 Jun 2026" in page
    assert re.search(r"\u2212697\.51 .*?\+716\.68", page)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_coverage_is_not_expenditure(france: Person, path: str) -> None:
    page = words_of(page_of(france.get(path)))
    assert "it is not expenditure" in page
    assert "not spent" in page.lower()
    assert "you spent" not in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("asked", ["", "?as_of=2026-05-31"])
def test_no_name_reference_or_amount_of_another_is_there(france: Person, path: str, asked: str) -> None:
    page = unescape(page_of(france.get(path + asked)))
    for other in OTHERS:
        assert not re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", page), other
    assert not {"50,000.00", "777.00", "60,000.00 USD", "5,000.00"} & figures(page)


# The rule against subtraction, on the pages


def test_with_three_others_the_totals_add_up_to_the_requirement(app: Flask, france: Person) -> None:
    book = position_now(app)
    page = words_of(page_of(france.get("/own/programme")))
    others = book.total.required - book.total.gap - 10_871_482
    assert f"Others cover together {US.money(others)}" in page
    assert f"Still to raise {US.money(book.total.ahead)}" in page
    assert f"Lapsed {US.money(book.total.lapsed)}" in page
    o2 = book.by_outcome()["O2"]
    assert (
        f"1,324,270.20 required 94,581.89 {US.money(o2.required - o2.gap - 9_458_189)} {US.money(o2.gap)}"
        in page
    )
    may = book.by_month()[parse_month("2026-05")]
    assert may.gap == 3_914_300
    assert "May 2026 39,143.00 required – – 39,143.00" in page


def test_with_three_others_the_picture_draws_them_in_one_pale_ink(france: Person) -> None:
    for path in PAGES:
        page = page_of(france.get(path))
        assert 'class="c-other" d=' in page
        assert 'class="c-gap" d=' in page
        assert 'class="c-rest" d=' not in page
        assert 'class="c-received" d=' in page and "url(#p-signed)" in page


def test_the_share_of_what_was_received_waits_for_three_other_payers(app: Flask, france: Person) -> None:
    assert "of all that the programme has received" not in re.sub(
        r"Your share of .*? from it\.", "", words_of(page_of(france.get("/own")))
    )
    assert "Your share of all that the programme has received is not shown" in words_of(
        page_of(france.get("/own"))
    )
    on_record(
        app,
        voided=["HUSH-7", "NL/2026@1"],
        receipts=[
            {"reference": "H1", "donor": "HUSH", "amount": "4000.00"},
            {"reference": "X1", "donor": "XSS", "amount": "9000.00"},
        ],
    )
    received = 4_278_075 + 5_000_000 + 77_700 + 400_000 + 900_000
    assert position_now(app).total.received == received
    assert f"{US.share(4_278_075, received)} of all that".replace("\u00a0", " ") in words_of(
        page_of(france.get("/own"))
    )


def test_with_two_others_no_figure_of_them_is_anywhere(app: Flask, france: Person) -> None:
    on_record(app, voided=["HUSH-7"])
    hidden = secrets(position_now(app), "FR")
    assert len(hidden) > 30
    for path in PAGES:
        page = page_of(france.get(path))
        assert not hidden & figures(page), path
        assert "fewer than three other contributors" in words_of(page), path
        assert "what others cover is not drawn" in words_of(page), path
        for ink in ("c-other", "c-gap", "c-lapsed"):
            assert f'class="{ink}" d=' not in page, path
        assert 'class="c-rest" d=' in page


def test_with_two_others_the_pages_show_the_requirement_and_own_money_all_the_same(
    app: Flask, france: Person
) -> None:
    on_record(app, voided=["HUSH-7"])
    page = words_of(page_of(france.get("/own/programme")))
    assert "Required 2,583,438.00" in page and "You cover 108,714.82" in page
    assert "Others cover together not shown" in page
    assert "March 2026 39,143.00 required 25,153.29" in page
    assert "your contribution covers 25,153.29 of 39,143.00" in unescape(page_of(france.get("/own")))


def test_with_two_others_their_money_moves_nothing_on_the_pages(app: Flask, france: Person) -> None:
    # What comes for months after all of France's own: its own months stay, so the pages have to stay.
    on_record(app, voided=["HUSH-7"])
    before = [without_keys(page_of(france.get(path))) for path in PAGES]
    late = {"covers_from": "2029-01", "covers_until": "2029-12"}
    on_record(app, receipts=[{"reference": "N9", "donor": "NL", "amount": "123456.78", **late}])
    assert [without_keys(page_of(france.get(path))) for path in PAGES] == before


def without_keys(page: str) -> str:
    return re.sub(r'name="csrf_token"[^>]*>', "", page)


def test_one_who_stands_alone_in_its_months_leaves_only_one_total(app: Flask, france: Person) -> None:
    alone = {"covers_from": "2029-01", "covers_until": "2029-12", "earmark": "O1"}
    on_record(app, receipts=[{"reference": "X9", "donor": "XSS", "amount": "12345.67", **alone}])
    book = position_now(app)
    page = page_of(france.get("/own/programme"))
    assert US.money(book.total.gap) in figures(page)
    assert US.money(book.total.ahead) not in figures(page)
    assert "10,740.73" not in figures(page), "87 % of its receipt, in O1"
    assert "one total only" in words_of(page)
    assert 'class="c-other" d=' not in page


# Other days


def test_an_earlier_day_shows_own_money_of_that_day_and_nothing_of_the_others(
    app: Flask, france: Person
) -> None:
    with app.app_context():
        book = position_of(db.session(), the_programme(db.session()).id, date(2026, 2, 28))
    for path in PAGES:
        page = page_of(france.get(f"{path}?as_of=2026-02-28"))
        assert "28 February 2026" in page
        assert "for today only" in words_of(page)
        assert not secrets(book, "FR") & figures(page)
        assert 'class="c-other" d=' not in page
    page = words_of(page_of(france.get("/own?as_of=2026-02-28")))
    assert "You have paid USD 0.00" in page
    assert "Nothing has arrived from you yet." in page
    assert "USD 108,695.65 of one pledge is still open." in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("day", "says"),
    [("2026-06-16", "still to come"), ("2099-01-01", "still to come"), ("tomorrow", "YYYY-MM-DD")],
)
def test_a_day_to_come_or_none_is_refused_beside_the_field(
    france: Person, path: str, day: str, says: str
) -> None:
    answer = france.get(path, query_string={"as_of": day})
    page = page_of(answer)
    assert answer.status_code == 200
    assert says in page and "These are today’s figures." in page
    assert f'value="{day}"' in page
    assert "15 June 2026" in page


# Who has little, or much


def test_a_donor_who_was_just_invited_sees_what_will_stand_here(app: Flask) -> None:
    person = newcomer(app)
    page = words_of(page_of(person.get("/own")))
    for words in ("nothing has arrived yet", "Nothing pledged", "Nothing received yet", "0.0 %"):
        assert words in page
    assert "Exchange differences" not in page and "Allocation" not in page
    assert "You cover 0.00" in words_of(page_of(person.get("/own/programme")))


def test_an_anonymous_donor_with_a_long_name_reads_that_only_the_secretariat_knows_it(app: Flask) -> None:
    name = "Confederation of " + "very " * 40 + "long <b>names</b>"
    page = page_of(newcomer(app, name, anonymous="yes").get("/own"))
    assert "Only the Secretariat sees your name" in page
    assert "&lt;b&gt;names" in page and "<b>names" not in page


def test_money_that_covers_no_month_says_why_and_until_when(app: Flask, france: Person) -> None:
    on_record(
        app,
        receipts=[
            {"reference": "F2", "donor": "FR", "amount": "100.00", "earmark": "hold"},
            {"reference": "F3", "donor": "FR", "amount": "200.00", "earmark": "targeted:Chile"},
            {
                "reference": "F4",
                "donor": "FR",
                "amount": "99999.00",
                "earmark": "PS",
                "covers_until": "2026-04",
            },
        ],
    )
    page = words_of(page_of(france.get("/own")))
    assert re.search(r"F2 Received On hold: .*? June 2031", page)
    assert re.search(r"F3 Received Targeted to Chile: .*? June 2031", page)
    assert re.search(r"F4 Received Unused: .*? At risk of return\. April 2026", page)


def test_many_pledges_and_receipts_in_several_currencies_are_all_there(app: Flask) -> None:
    person = newcomer(app)
    with app.app_context():
        session = db.session()
        begin_write(session)
        here = the_programme(session).id
        desk = Desk(session, Actor("officer@alliance.test", NOON, "test"), here, TODAY)
        for n in range(12):
            pledge = {"reference": f"P-{n}", "donor": "NEW", "pledged_on": "2026-02-01", "amount": "900.00"}
            currency = ("USD", "EUR")[n % 2]
            record_pledge(desk, raw={**pledge, "currency": currency}, schedule=())
            for k in range(2 + n % 2):
                raw = {"reference": f"R-{n}-{k}", "donor": "NEW", "pledge": f"P-{n}", "currency": currency}
                raw |= {"amount": "100.00", "received_on": f"2026-03-{n + 1:02d}", "ledger_ref": f"L-{n}-{k}"}
                if currency == "USD":
                    raw["usd_amount"] = "98.50"
                record_receipt(desk, raw=raw, confirmed=True)
        session.commit()
    page = words_of(page_of(person.get("/own")))
    assert "12 pledges" in page and "30 receipts" in page
    assert all(f"ledger L-{n}-{k}" in page for n in range(12) for k in range(2 + n % 2))
    assert "1.50 deducted on the way" in page
    assert page.count("rate of 1 Jan 2026") == 6


# Where one is


def test_the_bar_names_both_pages_and_marks_the_one_that_is_open(france: Person) -> None:
    for path, other in zip(PAGES, reversed(PAGES), strict=True):
        page = page_of(france.get(path))
        assert re.search(rf'<a href="{path}" aria-current="page">', page)
        assert f'<a href="{other}">' in page


def test_months_lead_to_their_lines_in_the_table(france: Person) -> None:
    for path in PAGES:
        page = page_of(france.get(path))
        targets = set(re.findall(r'href="#(m-[^"]+)"', page))
        assert targets and targets <= set(re.findall(r'id="(m-[^"]+)"', page))
        assert "/months/" not in page


def test_an_officers_and_a_gcgs_login_have_no_such_page(app: Flask) -> None:
    for email, role, *_ in CAST:
        if role != "donor":
            person = signed_in(app, email)
            assert [person.get(path).status_code for path in PAGES] == [403, 403]


def test_a_donor_login_whose_donor_was_voided_finds_nothing(app: Flask, france: Person) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE donor SET voided_at_utc = '2026-06-15 00:00:00' WHERE code = 'FR'"))
        db.session.commit()
    assert france.get("/own").status_code in (302, 403, 404)
