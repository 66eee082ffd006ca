"""A bank's credits against receipts and open instalments: small tables in, suggestions out."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest

from tracker.domain.contributions import InstalmentState, Pledge, Receipt
from tracker.domain.earmark import Earmark
from tracker.domain.entries import DonorEntry, ReceiptEntry
from tracker.domain.matching import Booking, Line, Reconciled, reconcile, suggest

DONORS = {
    code: DonorEntry(code, name, aliases=aliases)
    for code, name, aliases in (
        ("FR", "France", ("République française",)),
        ("FTV", "France Télévisions", ()),
        ("CI", "Côte d'Ivoire", ()),
        ("PL", "Fundacja Łódź", ()),
        ("MUC", "Stadt München", ()),
        ("CL", "Chile", ()),
        ("UNIDENTIFIED", "Unidentified payer", ()),
    )
}


def day(text: str) -> date:
    """A day of 2026: `03-15`."""
    return date.fromisoformat(f"2026-{text}")


def line(number: int, on: str, money: str, payer: str = "", ref: str = "", details: str = "") -> Line:
    """`EUR 100` on a day."""
    currency, amount = money.split()
    return Line(number, day(on), currency, round(float(amount) * 100), payer, details, ref)


def receipt(key: str, donor: str, on: str, money: str, ref: str = "", usd: float = 0) -> ReceiptEntry:
    """A receipt; in USD it was credited whole unless said."""
    currency, amount = money.split()
    minor = round(float(amount) * 100)
    credited = round(usd * 100) if usd else minor
    return ReceiptEntry(Receipt(key, donor, day(on), currency, minor, credited), ledger_ref=ref)


def due(pledge: str, donor: str, on: str, money: str, left: float | None = None) -> InstalmentState:
    """An open instalment of a pledge of that amount."""
    currency, amount = money.split()
    minor = round(float(amount) * 100)
    whole = Pledge(pledge, donor, currency, minor, day("01-01"), None, None, Earmark("core"), True)
    rest = minor if left is None else round(left * 100)
    return InstalmentState(whole, 1, day(on), minor, minor - rest, rest, 0)


def said(
    lines: Sequence[Line], receipts: Sequence[ReceiptEntry] = (), dues: Sequence[InstalmentState] = ()
) -> list[str]:
    """What each line may be, in words; the same for every order of lines and records."""
    found = suggest(lines, receipts, dues, DONORS)
    for shuffled in permutations(lines):
        assert suggest(shuffled, receipts[::-1], dues[::-1], DONORS) == found
    words = []
    for number in sorted(found):
        one = found[number]
        what = one.receipt or (one.instalment.reference if one.instalment else "")
        words.append(f"{one.kind} {what}{'' if one.sure else ' ?'}".strip())
    return words


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (line(2, "03-20", "EUR 100", ref="dc 1"), "matched R1"),
        (line(2, "03-20", "EUR 101", ref="DC1"), "differs R1"),
        (line(2, "03-26", "EUR 100", ref="DC1"), "differs R1"),
        (line(2, "03-25", "EUR 100", "FRANCE"), "matched R1"),
        (line(2, "03-26", "EUR 100", "FRANCE"), "unknown"),
        (line(2, "03-20", "USD 108.70", "France"), "matched R1"),
        (line(2, "03-20", "CHF 100", "France"), "unknown"),
        (line(2, "03-20", "EUR 100", "Chile"), "unknown"),
        (line(2, "03-20", "EUR 100", "France", ref="DC2"), "unknown"),
    ],
)
def test_a_receipt_on_record_is_matched_by_its_reference_or_by_amount_day_and_name(
    one: Line, expected: str
) -> None:
    assert said([one], [receipt("R1", "FR", "03-20", "EUR 100", "DC 1", usd=108.70)]) == [expected]


@pytest.mark.parametrize(
    ("payer", "donor"),
    [
        ("FRANCE", "FR"),
        ("REPUBLIQUE FRANCAISE", "FR"),
        ("pour la République\u00a0Française", "FR"),
        ("France Televisions SA", "FTV"),
        ("COTE D IVOIRE", "CI"),
        ("FUNDACJA LODZ", "PL"),
        ("STADT MUENCHEN", "MUC"),
        ("STADT MUNCHEN", "MUC"),
        ("ORDER OF FTV", "FTV"),
    ],
)
def test_a_name_is_known_without_accents_by_alias_and_by_code(payer: str, donor: str) -> None:
    dues = [due(f"P-{code}", code, "05-15", "EUR 500") for code in DONORS]
    assert said([line(2, "05-20", "EUR 500", payer)], dues=dues) == [f"suggested P-{donor}@2026-05-15"]


@pytest.mark.parametrize("payer", ["Chilean Copper", "Francesca", "", "Unidentified payer", "cl"])
def test_a_part_of_a_word_is_no_name(payer: str) -> None:
    dues = [due(f"P-{code}", code, "05-15", "EUR 500") for code in DONORS]
    assert said([line(2, "05-20", "EUR 500", payer)], dues=dues) == ["unknown"]


@pytest.mark.parametrize(
    ("money", "left", "expected"),
    [
        ("EUR 1000", None, "suggested P@2026-05-15"),
        ("EUR 990", None, "suggested P@2026-05-15"),
        ("EUR 1010", None, "suggested P@2026-05-15"),
        ("EUR 989.99", None, "unknown"),
        ("EUR 1010.01", None, "unknown"),
        ("EUR 400", 400, "suggested P@2026-05-15"),
        ("EUR 1000", 400, "suggested P@2026-05-15"),
        ("USD 1000", None, "unknown"),
        ("EUR 1000", 0, "unknown"),
    ],
)
def test_an_instalment_is_suggested_within_one_per_cent_in_its_currency(
    money: str, left: float | None, expected: str
) -> None:
    assert said([line(2, "05-15", money, "Chile")], dues=[due("P", "CL", "05-15", "EUR 1000", left)]) == [
        expected
    ]


def test_twins_of_one_day_and_amount_take_one_record_each() -> None:
    twins = [line(n, "03-20", "EUR 100", "Chile") for n in (2, 3, 4)]
    receipts = [receipt(key, "CL", "03-20", "EUR 100") for key in ("R1", "R2")]
    assert said(twins, receipts) == ["matched R1", "matched R2", "unknown"]
    dues = [due("P", "CL", on, "EUR 100") for on in ("05-15", "06-15")]
    assert said(twins, receipts[:1], dues[:1]) == ["matched R1", "suggested P@2026-05-15", "unknown"]
    assert said(twins[:2], dues=dues) == ["suggested P@2026-05-15", "suggested P@2026-06-15"]


def test_a_reference_goes_before_a_name_and_the_nearest_day_before_others() -> None:
    receipts = [receipt("R1", "CL", "03-20", "EUR 100"), receipt("R2", "CL", "03-23", "EUR 100", "DC2")]
    lines = [line(2, "03-22", "EUR 100", "Chile"), line(3, "03-20", "EUR 100", "Chile", ref="DC2")]
    assert said(lines, receipts) == ["matched R1", "matched R2"]


def test_two_donors_named_are_not_sure_and_a_named_pledge_goes_first() -> None:
    both = line(2, "05-20", "EUR 100", "Chile", details="for France")
    dues = [due("A", "FR", "05-15", "EUR 100"), due("B", "CL", "05-15", "EUR 100")]
    assert said([both], dues=dues) == ["suggested A@2026-05-15 ?"]
    named = line(2, "05-20", "EUR 100", "Chile", details="pledge CL-2")
    dues = [due("CL-1", "CL", "01-15", "EUR 100"), due("CL-2", "CL", "05-15", "EUR 100")]
    assert said([named], dues=dues) == ["suggested CL-2@2026-05-15"]


def test_a_line_of_an_earlier_list_is_not_suggested_again() -> None:
    twins = [line(2, "05-20", "EUR 100", "Chile"), line(3, "05-20", "EUR 100", "Chile")]
    dues = [due("A", "CL", "05-15", "EUR 100")]
    found = suggest(twins, (), dues, DONORS, {twins[0].identity: 1})
    assert [found[2].kind, found[3].kind] == ["repeated", "suggested"]


# Reconciling


def booked(ref: str, on: str, money: str, row: int = 0, ledger: str = "", usd: float = 0) -> Booking:
    """An entry."""
    currency, amount = money.split()
    credited = round(usd * 100) if usd else None
    return Booking(ref, ledger, day(on), currency, round(float(amount) * 100), row, credited)


def counts(found: Reconciled) -> tuple[int, int, int, int]:
    """Matched, differing, missing here, missing there."""
    return (
        len(found.matched),
        len(found.differing),
        len(found.missing_here),
        len(found.missing_there),
    )


def test_a_surplus_never_hides_what_is_missing() -> None:
    found = reconcile([booked("X", "03-01", "USD 100", 2)], [booked("R1", "04-01", "USD 100")])
    assert counts(found) == (0, 0, 1, 1)
    assert found.unexplained_minor() == {"USD": 20000}


def test_without_a_ledger_reference_here_day_and_amount_decide() -> None:
    rows = [booked("", "03-01", "USD 100", 2, "L1"), booked("", "03-01", "USD 100", 3, "L2")]
    ours = [booked("R1", "03-01", "USD 100"), booked("R2", "03-01", "USD 100", ledger="L9")]
    assert counts(reconcile(rows, ours)) == (1, 0, 1, 1)


def test_a_date_alone_that_differs_is_not_explained_and_its_amount_nil() -> None:
    found = reconcile([booked("R1", "03-02", "USD 100", 2)], [booked("R1", "03-01", "USD 100")])
    assert (counts(found), found.explained, found.unexplained_minor()) == ((0, 1, 0, 0), False, {"USD": 0})


def test_money_that_came_and_money_that_went_back_are_never_one() -> None:
    found = reconcile([booked("R1", "03-01", "USD -100", 2)], [booked("R1", "03-01", "USD 100")])
    assert counts(found) == (0, 0, 1, 1)
