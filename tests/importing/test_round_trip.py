"""What is exported imports again as the same records: random registers, through CSV and a workbook."""

import string
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.desk import PROGRAMME, fresh
from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund
from tracker.domain.earmark import Earmark
from tracker.domain.entries import DonorEntry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import split
from tracker.domain.months import Month
from tracker.domain.register import KINDS, Register
from tracker.importing.plan import make_plan
from tracker.importing.tables import read_paths
from tracker.reporting.export import write_folder, write_workbook

STARTS = st.sampled_from(
    ["", "", "", "=", "+", "-", "@", "'", "'=", "''+", "＝", "－", '"', ",", ";", "#N/A ", "TRUE"]
)
LETTERS = string.ascii_letters + string.digits + " .,;:'\"=+-@/\\_&<>%()éôßñ日本ا\u202e\u00a0_x000D_"
TEXT = st.builds(lambda start, rest: start + rest, STARTS, st.text(LETTERS, max_size=12)).map(
    lambda text: normalize("NFC", text)
)
KEY = TEXT.map(str.strip).filter(bool)
NAME = TEXT.filter(lambda text: bool(text.strip()))
NOTES = st.builds(
    lambda text, more: text + more, TEXT, st.sampled_from(["", "\n", "\r\nmore", "\ttab", "a\rb", "  "])
)
CURRENCIES = ("USD", "EUR", "JPY", "KWD", "CLF")
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}
DAYS = st.dates(date(2026, 1, 1), date(2031, 6, 30))
EARMARKS = st.sampled_from(
    [
        Earmark("core"),
        Earmark("support"),
        Earmark("outcomes", ("O2",)),
        Earmark("outcomes", ("O1", "O3")),
        Earmark("outcomes", ("O1", "O2"), (Decimal("33.3"), Decimal("66.7"))),
        Earmark("targeted", target="Côte d'Ivoire; =1"),
        Earmark("hold"),
    ]
)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Month | None, Month | None]:
    months = st.none() | st.integers(PROGRAMME.first_month, PROGRAMME.last_month).map(Month)
    first, until = draw(months), draw(months)
    return (until, first) if first is not None and until is not None and until < first else (first, until)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    register = fresh()
    for code in draw(st.lists(KEY, min_size=1, max_size=3, unique=True)):
        aliases = st.lists(TEXT.map(lambda t: t.replace(";", "").strip()).filter(bool), max_size=2).map(tuple)
        register.put(
            "donors",
            DonorEntry(
                code,
                draw(NAME),
                draw(st.sampled_from(["government", "un", "other"])),
                draw(st.sampled_from(["", "CH", "CL"])),
                draw(TEXT),
                draw(st.sampled_from(["", "desk@example.org"])),
                draw(aliases),
                draw(st.booleans()),
            ),
        )
    for currency in CURRENCIES[1:]:
        for day in (date(2025, 12, 1), draw(DAYS)):
            value = draw(st.decimals("0.0001", "9999999", places=draw(st.integers(0, 12))).filter(bool))
            register.put("rates", RateEntry(Rate(currency, day, value)))
    donors = st.sampled_from(sorted(register.donors))
    for reference in draw(st.lists(KEY, max_size=3, unique=True)):
        register.put("pledges", draw(pledges(reference, donors)))
    for reference in draw(st.lists(KEY, max_size=3, unique=True)):
        register.put("receipts", draw(receipts(reference, donors, register)))
    for reference in draw(st.lists(KEY, max_size=3, unique=True)):
        if register.receipts and (refund := draw(refunds(reference, register))) is not None:
            register.put("refunds", refund)
    return register


def amounts(currency: str) -> st.SearchStrategy[int]:
    most = 10 ** (12 + DIGITS[currency])
    return st.integers(1, 10**6) | st.integers(1, most) | st.just(most)


@st.composite
def pledges(draw: st.DrawFn, reference: str, donors: st.SearchStrategy[str]) -> PledgeEntry:
    currency = draw(st.sampled_from(CURRENCIES))
    amount, on = draw(amounts(currency)), draw(DAYS)
    later = st.none() | st.integers(0, 900).map(lambda days: on + timedelta(days))
    parts = [part for part in split(amount, draw(st.lists(st.integers(1, 9), max_size=3)) or [1]) if part]
    days = sorted(draw(st.lists(DAYS, min_size=len(parts), max_size=len(parts), unique=True)))
    scheduled = draw(st.booleans())
    instalments = tuple(Instalment(d, p) for d, p in zip(days, parts, strict=True)) if scheduled else ()
    first, until = draw(windows())
    pledge = Pledge(
        reference,
        draw(donors),
        currency,
        amount,
        on,
        draw(later),
        draw(later),
        draw(EARMARKS),
        draw(st.booleans()),
        first,
        until,
        instalments,
    )
    return PledgeEntry(pledge, draw(TEXT), draw(NOTES))


@st.composite
def receipts(
    draw: st.DrawFn, reference: str, donors: st.SearchStrategy[str], register: Register
) -> ReceiptEntry:
    pledge = draw(st.sampled_from([None, *sorted(register.pledges)]))
    donor = register.pledges[pledge].pledge.donor if pledge else draw(donors)
    currency, day = draw(st.sampled_from(CURRENCIES)), draw(DAYS)
    amount = draw(amounts(currency))
    usd, stated = register.rate_table.to_usd(amount, currency, day), False
    if usd == 0 or usd > 10**14 or draw(st.booleans()):
        usd, stated = draw(st.integers(1, amount if currency == "USD" else 10**14)), True
    earmark = draw(st.none() | EARMARKS)
    whole = earmark or (register.pledges[pledge].pledge.earmark if pledge else Earmark("core"))
    exact = None
    if whole.kind not in ("targeted", "hold") and draw(st.booleans()):
        exact = split(usd, draw(st.sampled_from([(1, 0, 0, 1), (0, 3, 0, 0), (1, 2, 3, 4)])))
    first, until = draw(windows())
    receipt = Receipt(reference, donor, day, currency, amount, usd, pledge, earmark, exact, first, until)
    return ReceiptEntry(receipt, stated, draw(TEXT), draw(NOTES))


@st.composite
def refunds(draw: st.DrawFn, reference: str, register: Register) -> RefundEntry | None:
    receipt = register.receipts[draw(st.sampled_from(sorted(register.receipts)))].receipt
    others = list(register.refunds_of(receipt.reference))
    left = receipt.amount_minor - sum(other.amount_minor for other in others)
    left_usd = receipt.usd_minor - sum(other.usd_minor or 0 for other in others)
    if left < 1:
        return None
    day = receipt.received_on + timedelta(draw(st.integers(0, 400)))
    usd = draw(st.none() | st.integers(1, left_usd)) if left_usd > 0 else None
    return RefundEntry(
        Refund(reference, receipt.reference, day, draw(st.integers(1, left)), usd), draw(TEXT), draw(NOTES)
    )


def folder(register: Register, path: Path) -> Path:
    write_folder(register, path)
    return path


def book(register: Register, path: Path) -> Path:
    write_workbook(register, path / "book.xlsx")
    return path / "book.xlsx"


@pytest.mark.parametrize("write", [folder, book])
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(register=registers())
def test_everything_comes_back_as_it_went(
    write: Callable[[Register, Path], Path], register: Register
) -> None:
    with tempfile.TemporaryDirectory() as place:
        tables = read_paths([write(register, Path(place))])
        back = fresh()
        plan = make_plan(tables, back)
        assert not plan.problems
        for kind in KINDS:
            assert getattr(back, kind) == getattr(register, kind)
        again = make_plan(tables, back)
        assert (again.problems, again.writes) == ([], 0)


def test_a_usd_that_the_rate_now_gives_otherwise_is_written_and_others_are_not(tmp_path: Path) -> None:
    register = fresh()
    register.put("rates", RateEntry(Rate("EUR", date(2026, 1, 1), Decimal("0.92"))))
    register.put("receipts", ReceiptEntry(Receipt("A", "UNIDENTIFIED", date(2026, 2, 1), "EUR", 9200, 10000)))
    register.put("receipts", ReceiptEntry(Receipt("B", "UNIDENTIFIED", date(2026, 2, 1), "EUR", 9200, 10001)))
    write_folder(register, tmp_path)
    lines = (tmp_path / "receipts.csv").read_text().splitlines()
    assert [line.split(",")[6] for line in lines] == ["usd_amount", "", "100.01"]


def test_no_text_of_an_export_is_a_formula(tmp_path: Path) -> None:
    register = fresh()
    register.put("donors", DonorEntry("=cmd|' /C calc'!A0", "@SUM(1)", aliases=("+1", "-1")))
    write_folder(register, tmp_path)
    row = (tmp_path / "donors.csv").read_text().splitlines()[1]
    assert row == "'=cmd|' /C calc'!A0,'@SUM(1),other,,,,'+1;-1,no"


def test_an_export_that_fails_leaves_the_old_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(fresh(), tmp_path)
    before = (tmp_path / "donors.csv").read_bytes()

    def break_off(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tracker.reporting.export.table_rows", break_off)
    with pytest.raises(OSError, match="No space"):
        write_folder(fresh(), tmp_path)
    assert (tmp_path / "donors.csv").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 6
