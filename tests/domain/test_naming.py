"""Donors' names as real files write them: which donor on record is meant, and which may be."""

import csv
import time

import pytest

from tests.reporting.reports import SMALL_DONORS
from tracker.domain.entries import DonorEntry
from tracker.domain.merging import names_gained, names_given_back
from tracker.domain.naming import ALIKE, NOT_SURE, SURE, DonorNames, as_alias, likely_pairs

ON_RECORD = [
    DonorEntry("NOR", "Norway", iati_ref="NO-BRC-971277882"),
    DonorEntry("USA", "United States"),
    DonorEntry("DEU", "Germany", iati_ref="XM-DAC-5", aliases=("BMZ",)),
    DonorEntry("GER-X", "German Red Cross", iati_ref="XM-DAC-5"),
    DonorEntry("SWE", "Sweden"),
    DonorEntry("NLD", "Netherlands"),
    DonorEntry("CIV", "Côte d’Ivoire"),
    DonorEntry("FRA", "France"),
    DonorEntry("FTV", "France Télévisions"),
    DonorEntry("UNIDENTIFIED", "Unidentified payer"),
]
NAMES = DonorNames(ON_RECORD)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("NORWAY", "NOR"),
        (" norway. ", "NOR"),
        ("Cote d'Ivoire", "CIV"),
        ("CÔTE D`IVOIRE", "CIV"),
        ("France Televisions", "FTV"),
        ("bmz", "DEU"),
        ("SWE", "SWE"),
    ],
)
def test_accents_case_and_punctuation_do_not_make_another_donor(said: str, code: str) -> None:
    found = NAMES.find(said)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("said", ["", " ", "---", "Norway, Government of", "Swede", "Unidentified payer"])
def test_what_is_not_said_in_so_many_words_is_nobody(said: str) -> None:
    assert NAMES.find(said) is None


def test_a_reference_finds_its_donor_unless_two_have_it() -> None:
    found = NAMES.find("Utenriksdepartementet", "no-brc-971277882")
    assert found is not None
    assert found.code == "NOR"
    assert NAMES.find("Bundesministerium", "XM-DAC-5") is None
    alike = NAMES.alike("Bundesministerium", "XM-DAC-5")
    assert [(one.code, one.score, one.why) for one in alike] == [("DEU", 85, "ref"), ("GER-X", 85, "ref")]


@pytest.mark.parametrize("nothing", ["", " ", "-", "—", "..."])
def test_no_reference_leads_to_nobody(nothing: str) -> None:
    names = DonorNames([DonorEntry("DASH", "Somebody", iati_ref="-"), DonorEntry("NONE", "Anybody")])
    for said in ("Japan", "Norway, Government of"):
        assert names.alike(said, nothing) == ()
        assert names.find(said, nothing) is None
    twins = [DonorEntry("A", "Japan", iati_ref=nothing), DonorEntry("B", "Norway", iati_ref=nothing)]
    assert likely_pairs(twins) == ()


CONGOS = [
    DonorEntry("COG", "Republic of Congo"),
    DonorEntry("COD", "Congo (Democratic Republic)"),
    DonorEntry("KOR", "Republic of Korea"),
    DonorEntry("PRK", "North Korea"),
    DonorEntry("FORD", "Ford Foundation"),
]


@pytest.mark.parametrize("said", ["Congo", "Congo, Government of", "Korea", "Ford Company Ltd"])
def test_what_two_donors_may_be_called_is_never_sure(said: str) -> None:
    alike = DonorNames(CONGOS).alike(said)
    assert alike
    assert max(one.score for one in alike) <= NOT_SURE < SURE


@pytest.mark.parametrize(
    ("said", "code"),
    [("Congo, Republic of", "COG"), ("Democratic Republic of Congo", "COD"), ("The Ford Foundation", "FORD")],
)
def test_what_tells_two_donors_apart_makes_one_of_them_sure(said: str, code: str) -> None:
    likeliest = DonorNames(CONGOS).alike(said)[0]
    assert (likeliest.code, likeliest.score) == (code, SURE)


def test_a_name_that_two_donors_share_is_sure_to_be_neither() -> None:
    two = [DonorEntry("A", "Norway"), DonorEntry("B", "Government of Norway"), DonorEntry("C", "Norwey")]
    alike = DonorNames(two).alike("Ministry, Norway")
    assert [(one.code, one.score) for one in alike[:2]] == [("A", 85), ("B", 85)]
    assert alike[2].score < 85
    assert likely_pairs(two)[0] == ("A", "B", 95, "words")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Norway, Government of", "NOR"),
        ("Norwegian Agency for Development Cooperation", "NOR"),
        ("Royal Norwegian Ministry of Foreign Affairs", "NOR"),
        ("United States of America", "USA"),
        ("United States of America, Government of", "USA"),
        ("Germany - Federal Foreign Office", "DEU"),
        ("German Federal Foreign Office", "DEU"),
        ("Swedish International Development Cooperation Agency", "SWE"),
        ("The Netherlands; Ministry of Foreign Affairs", "NLD"),
        ("Netherlnds", "NLD"),
        ("Cote dIvoire", "CIV"),
        ("France – Ministère de l’Europe et des Affaires étrangères", "FRA"),
    ],
)
def test_how_files_name_a_donor_leads_to_it_first(said: str, code: str) -> None:
    alike = NAMES.alike(said)
    assert alike
    assert alike[0].code == code
    assert ALIKE <= alike[0].score < 100


@pytest.mark.parametrize("said", ["", "Government", "Norwegian Refugee Council", "Japan", "UNICEF", "---"])
def test_common_words_and_strangers_suggest_nobody(said: str) -> None:
    assert NAMES.alike(said) == ()


def test_two_donors_with_the_same_head_are_not_one_for_that() -> None:
    swaps = [
        DonorEntry("A", "Debt2Health - Spain-Cameroon"),
        DonorEntry("B", "Debt2Health - Germany-Indonesia"),
        DonorEntry("C", "Debt2Health"),
    ]
    pairs = {(pair.code, pair.other): pair.score for pair in likely_pairs(swaps)}
    assert pairs["A", "C"] == pairs["B", "C"] == 80
    assert pairs.get(("A", "B"), 0) < 80


def test_pairs_on_record_come_likeliest_first_and_once() -> None:
    record = [
        *ON_RECORD,
        DonorEntry("US", "United States of America"),
        DonorEntry("N", "Government of Norway"),
    ]
    pairs = likely_pairs(record)
    assert [(pair.code, pair.other, pair.why) for pair in pairs[:2]] == [
        ("DEU", "GER-X", "ref"),
        ("N", "NOR", "words"),
    ]
    assert ("US", "USA") in [(pair.code, pair.other) for pair in pairs]
    assert not [pair for pair in pairs if "UNIDENTIFIED" in pair[:2]]
    assert likely_pairs(reversed(record)) == pairs


def test_a_name_with_semicolons_is_kept_as_one_and_found_again() -> None:
    alias = as_alias("Norway; Royal Ministry of; Foreign Affairs")
    assert ";" not in alias
    found = DonorNames([DonorEntry("NOR", "Norway", aliases=(alias,))]).find(
        "Norway; Royal Ministry of; Foreign Affairs"
    )
    assert found is not None


def test_a_merged_donor_gives_its_names_and_takes_them_back() -> None:
    into = DonorEntry("NOR", "Norway", aliases=("Norge",))
    gone = DonorEntry("NO-2", "NORWAY", aliases=("Norge", "Norvège; MAE", "Noreg"))
    gained = names_gained(gone, into)
    assert gained == ("Norvège, MAE", "Noreg", "NO-2")
    after = DonorEntry("NOR", "Norway", aliases=("Norge", *gained, "Kingdom of Norway"))
    assert names_given_back(after, gained) == ("Norge", "Kingdom of Norway")


# Real names


def real_names() -> list[str]:
    samples = SMALL_DONORS.parent
    files = (
        ("pledges/cerf-contributions-2006-2020.csv", "donor"),
        ("pledges/global-fund-2017-2019.csv", "Donor"),
        ("pledges/global-fund-2020-2022.csv", "Donor"),
        ("fts/fts-incoming-funding-afg-2020.csv", "srcOrganization"),
    )
    names: set[str] = set()
    for path, column in files:
        file = samples / path
        if not file.exists():
            pytest.skip(f"{path} is not beside this checkout")
        with file.open(encoding="utf-8-sig", newline="") as text:
            names |= {row[column].strip() for row in csv.DictReader(text) if row[column].strip()}
    return sorted(names)


def test_every_government_of_the_real_tables_leads_to_its_country() -> None:
    names = real_names()
    countries = {name for name in names if f"{name}, Government of" in names}
    record = DonorNames(DonorEntry(name, name) for name in sorted(countries))
    assert len(countries) >= 20
    for country in countries:
        likeliest = record.alike(f"{country}, Government of")[0]
        assert (likeliest.code, likeliest.score) == (country, 95)


def test_a_thousand_names_against_a_thousand_donors_take_seconds_at_most() -> None:
    real = real_names()
    names = [f"{real[at % len(real)]} {at // len(real) or ''}".strip() for at in range(1000)]
    record = DonorNames(DonorEntry(str(at), name) for at, name in enumerate(names))
    started = time.process_time()
    assert all(record.alike(name) for name in real[:50])
    for name in names:
        record.alike(name)
    assert time.process_time() - started < 10
