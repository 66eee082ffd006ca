"""XML that means harm, or is none: refused with a sentence, quickly, and nothing outside the file is read."""

import gzip
import random
import socket
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest

from tests.importing.desk import fresh
from tests.importing.iati_files import OURS, activities, activity, codes, plan_of, read, transaction
from tracker.domain.problems import Refused
from tracker.importing import iati_xml
from tracker.wording import located, problem_text

GOOD = activities(activity(transaction()))
BODY = GOOD.partition("?>")[2]
SECONDS = 30


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def refused(folder: Path, content: str | bytes) -> str:
    """The code that a file is refused with; it took no time to speak of, and has one sentence."""
    started = time.monotonic()
    with pytest.raises(Refused) as refusal:
        read(folder, content)
    assert time.monotonic() - started < SECONDS
    (problem,) = refusal.value.problems
    sentence = problem_text(problem)
    assert sentence.endswith(".")
    assert len(sentence) < 250
    return problem.code


# Entities and document types


def doctype(inside: str, text: str = "&a;") -> str:
    return f'<?xml version="1.0"?>\n<!DOCTYPE iati-activities {inside}>{BODY.replace("France", text)}'


LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))


@pytest.mark.parametrize(
    "content",
    [
        doctype(f'[<!ENTITY a "ha">{LAUGHS}]', "&k;"),
        doctype('[<!ENTITY a SYSTEM "file:///etc/passwd">]'),
        doctype('[<!ENTITY a SYSTEM "http://127.0.0.1:1/a">]'),
        doctype('[<!ENTITY % p SYSTEM "http://127.0.0.1:1/a.dtd"> %p;]'),
        doctype("[<!ENTITY % p \"<!ENTITY a 'x'>\"> %p;]"),
        doctype(f'[<!ENTITY a "{"x" * 50_000}">]', "&a;" * 50_000),
        doctype('SYSTEM "http://127.0.0.1:1/a.dtd"', "x"),
        doctype('PUBLIC "-//W3C//DTD XHTML 1.0//EN" "file:///etc/passwd"', "x"),
        doctype('[<!ATTLIST iati-activities version CDATA "2.03">]', "x"),
        doctype("", "x"),
        f"<!-- {'x' * 100_000} -->\n\n<?php y ?>\n<!DOCTYPE a>{BODY}",
        f"{' ' * 25_000}<!DOCTYPE a>{BODY}",
        f"<!doctype html><html>{BODY}</html>",
        f"\ufeff<!DOCTYPE a>{BODY}",
    ],
    ids=range(14),
)
def test_a_document_type_is_refused_whatever_it_holds(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content) == "xml_doctype"


@pytest.mark.parametrize("text", ["&unknown;", "&amp", "&#0;", "&#x110000;", "&;"])
def test_an_entity_that_nobody_declared_is_a_mistake(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, GOOD.replace("France", text)) == "xml_broken"


def test_the_entities_of_xml_itself_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("France", "A &amp; &lt;B&gt; &#233;"))
    assert found.flows[0].party.name == "A & <B> é"


def test_the_word_doctype_in_a_text_is_a_text(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("France", "<![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]>"))
    assert found.flows[0].party.name == "<!DOCTYPE a [<!ENTITY b 'c'>]>"


def test_an_xinclude_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other.xml").write_text(transaction("1", "666"))
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="other.xml" parse="xml"/>'
    donor = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    found = read(tmp_path, activities(activity(include, transaction(donor=donor))))
    assert [(flow.cells["amount"], flow.party.name) for flow in found.flows] == [("100", "")]


def test_processing_instructions_and_schema_locations_are_not_followed(tmp_path: Path) -> None:
    more = (
        'version="2.03" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://127.0.0.1:1/a.xsd"'
    )
    sheet = '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:1/a.xsl"?>'
    content = activities(activity(sheet, transaction()), more=more).replace("\n", f"\n{sheet}", 1)
    assert len(read(tmp_path, content).flows) == 1


# Size


def deep(depth: int) -> str:
    return GOOD.replace("</iati-activity>", "<a>" * depth + "</a>" * depth + "</iati-activity>")


@pytest.mark.parametrize(
    "make",
    [
        lambda: deep(100_000),
        lambda: GOOD.replace("<value", "<value " + " ".join(f'a{n}="x"' for n in range(100_000))),
        lambda: GOOD.replace("<value", "<value " + " ".join(f'a{n}="x"' for n in range(1_001))),
        lambda: GOOD.replace("<value", f'<value a="{"x" * 1_100_000}"'),
        lambda: GOOD.replace("France", "x" * 2_000_000),
        lambda: GOOD.replace("France", "<![CDATA[" + "x" * 2_000_000 + "]]>"),
        lambda: GOOD.replace("<value", f"<{'x' * 1_100_000}/><value"),
        lambda: GOOD.replace("</transaction>", "<a/>" * 200_000 + "</transaction>"),
        lambda: GOOD.replace("</iati-activity>", "<t/>" * 610_000 + "</iati-activity>"),
        lambda: GOOD.replace("</iati-activities>", "<t><a/></t>" * 305_000 + "</iati-activities>"),
        lambda: GOOD.replace("France", f"<!--{'x' * 2_000_000}-->"),
    ],
    ids=["deep", "attributes", "a-thousand", "long-attribute", "long-text", "long-cdata", "long-name",
         "wide-transaction", "wide-activity", "wide-file", "long-comment"],
)  # fmt: skip
def test_what_is_too_much_is_refused_before_it_fills_the_machine(
    tmp_path: Path, make: Callable[[], str]
) -> None:
    assert refused(tmp_path, make()) == "xml_too_much"


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iati_xml, "MAX_BYTES", 1_000)
    assert refused(tmp_path, GOOD.replace("France", "x" * 1_000)) == "xml_too_large"


def test_the_largest_file_of_many_small_transactions_takes_seconds(tmp_path: Path) -> None:
    receipts = "".join(transaction("1", "1", day=f"2026-01-{n % 28 + 1:02}") for n in range(8_000))
    refunds = "".join(transaction("1", "-2") for _ in range(8_000))
    started = time.monotonic()
    found = read(tmp_path, activities(activity(receipts, refunds)))
    assert time.monotonic() - started < SECONDS
    assert (len(found.flows), len(found.left_out)) == (8_000, 8_000)


# Not XML, or not ours


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "xml_empty"),
        (b" \r\n\t", "xml_empty"),
        (b"\xef\xbb\xbf", "xml_empty"),
        (b"reference,donor\nA,B\n", "xml_broken"),
        (b"{}", "xml_broken"),
        (b"\0" * 1000, "xml_broken"),
        (bytes(range(256)) * 10, "xml_broken"),
        (b"%PDF-1.7\n", "xml_broken"),
        (GOOD.encode()[:-20], "xml_broken"),
        (GOOD.encode() + b"<more/>", "xml_broken"),
        (GOOD.replace("France", "Fran\x00ce").encode(), "xml_broken"),
        (GOOD.replace("France", "Fran\x0bce").encode(), "xml_broken"),
        (GOOD.replace("France", "Fran\udce7ais").encode("utf-8", "surrogateescape"), "xml_broken"),
        (b"<?xml version='1.0' encoding='utf-8'?>" + b"<" * 100_000, "xml_broken"),
        (b"<!-- never closed" + b" " * 20_000, "xml_broken"),
        (GOOD.encode("utf-16"), "xml_encoding"),
        (BODY.encode("utf-16-le"), "xml_encoding"),
        (BODY.encode("utf-32"), "xml_encoding"),
        (b"<?xml version='1.0' encoding='UTF-7'?>" + BODY.encode(), "xml_encoding"),
        (b"<?xml version='1.0' encoding='IBM037'?>" + BODY.encode(), "xml_encoding"),
        (b"<?xml version='1.0' encoding='utf-16'?>" + BODY.encode(), "xml_encoding"),
        (gzip.compress(GOOD.encode()), "xml_packed"),
        (b"<html><body>Not found</body></html>", "iati_other_xml"),
        (b"<iati-organisations version='2.03'/>", "iati_organisations"),
        (b"<x:iati-activities xmlns:x='urn:x'/>", "iati_other_xml"),
        (b"<iati-activities/>", "iati_no_transactions"),
        (activities(activity(), activity()).encode(), "iati_no_transactions"),
    ],
    ids=range(27),
)
def test_what_is_no_activity_file_gets_one_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(tmp_path, content) == code


def test_a_zip_is_no_xml_whatever_it_is_called(tmp_path: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("them.xml", GOOD)
    assert refused(tmp_path, packed.getvalue()) == "xml_packed"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "UTF-8", "ascii"])
def test_other_encodings_in_which_ascii_is_ascii_are_read(tmp_path: Path, encoding: str) -> None:
    name = "Côte d'Ivoire" if encoding != "ascii" else "C&#244;te d'Ivoire"
    text = GOOD.replace("UTF-8", encoding).replace("France", name)
    found = read(tmp_path, text.encode(encoding))
    assert found.flows[0].party.name == "Côte d'Ivoire"


def test_a_mark_of_byte_order_is_read_over(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()).flows) == 1


# Texts


@pytest.mark.parametrize("name", ["\u202eecnarF", "=cmd|' /C calc'!A0", "a;b", "&lt;script&gt;", "x" * 5_000])
def test_a_name_is_only_a_text(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, activities(activity(transaction(donor=name))))
    problems = codes(plan_of(found, fresh()).problems)
    assert problems in ([], [(1, "name", "too_long")])


def test_characters_that_cannot_be_seen_do_not_reach_a_record(tmp_path: Path) -> None:
    more = "<description><narrative>a\u0085b\u009fc</narrative></description>"
    found = read(tmp_path, activities(activity(transaction(donor="Fr\u0080ance", ref="R\u0090", more=more))))
    register = fresh()
    assert not plan_of(found, register).problems
    assert register.receipts["R"].notes == "a b c"
    assert "Fr ance" in {donor.name for donor in register.donors.values()}


# What stands in our own namespace


def own(kind: str, *elements: str, beside: str = '<mdp:donor code="FRA" name="France" kind="other"/>') -> str:
    inside = transaction(kind, more="".join(elements))
    return activities(activity(beside, inside), more=OURS)


RECEIPT = (
    '<mdp:receipt reference="R" donor="FRA" received-on="2026-03-01" currency="USD" amount="100.00" '
    'usd-amount="100.00"{}/>'
)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (own("1", RECEIPT.format(' covers-from="1999-01"')), (1, "covers_from", "before_2000")),
        (own("1", RECEIPT.format(' covers-from="2035-01"')), (1, "covers_from", "outside_programme")),
        (own("1", RECEIPT.format(' earmark="O9"')), (1, "earmark", "unknown_earmark")),
        (own("1", RECEIPT.format(' split="O1:1.00"')), (1, "split", "split_does_not_add_up")),
        (own("1", RECEIPT.format(' pledge="NONE"')), (1, "pledge", "unknown_pledge")),
        (own("1", RECEIPT.format("").replace("FRA", "CHL")), (1, "donor", "unknown_donor")),
        (own("1", RECEIPT.format("").replace('"R"', '""')), (1, "reference", "missing")),
        (own("1", RECEIPT.format("").replace("100.00", "1e2")), (1, "amount", "iati_own_differs")),
        (own("1", RECEIPT.format("").replace("100.00", "100.01")), (1, "amount", "iati_own_differs")),
        (own("1", RECEIPT.format("").replace("USD", "EUR")), (1, "currency", "iati_own_differs")),
        (
            own("1", RECEIPT.format("").replace("03-01", "03-02")),
            (1, "transaction_date", "iati_own_differs"),
        ),
        (own("1", RECEIPT.format(""), RECEIPT.format("")), (1, "", "iati_own_misplaced")),
        (own("11", RECEIPT.format("")), (1, "", "iati_own_misplaced")),
        (own("1", "<mdp:rubbish/>"), (1, "", "iati_own_misplaced")),
        (own("1", '<mdp:refund reference="F" receipt="R"/>'), (1, "receipt", "unknown_receipt")),
        (own("11", '<mdp:signature pledge="P"/>'), (1, "pledge", "unknown_pledge")),
        (
            own("1", RECEIPT.format(""), beside='<mdp:donor code="FRA" name="A"/>' * 2),
            (2, "code", "twice_in_files"),
        ),
        (
            own("1", RECEIPT.format(""), beside='<mdp:donor code="FRA" name="A" kind="king"/>'),
            (1, "kind", "not_one_of"),
        ),
        (
            own(
                "1",
                RECEIPT.format(""),
                beside='<mdp:donor code="FRA" name="A"/>'
                '<mdp:rate currency="EUR" effective-on="x" rate="-1"/>',
            ),
            (1, "effective_on", "not_a_day"),
        ),
    ],
    ids=range(19),
)
def test_our_own_part_is_checked_like_any_file(
    tmp_path: Path, content: str, wrong: tuple[int, str, str]
) -> None:
    plan = plan_of(read(tmp_path, content), fresh())
    assert wrong in codes(plan.problems)


def test_a_reference_of_ours_twice_is_a_problem_and_not_numbered(tmp_path: Path) -> None:
    found = activity(
        '<mdp:donor code="FRA" name="France"/>', *(transaction(more=RECEIPT.format("")) for _ in range(2))
    )
    plan = plan_of(read(tmp_path, activities(found, more=OURS)), fresh())
    assert (2, "reference", "twice_in_files") in codes(plan.problems)


# Anything at all


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_read_or_refused_and_never_fails_otherwise(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = own("1", RECEIPT.format(' covers-from="2026-04" split="O1:60.00 PS:40.00"'))
    whole = text.replace("</iati-activity>", transaction("13", ref="P") + "</iati-activity>").encode()
    assert len(read(tmp_path, whole).flows) == 2
    refusals: list[str] = []
    for _ in range(20):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 5)] = chance.choice([b"", b"<", b'"', b"9", b"\xff", b"&#9;"])
        try:
            plan = plan_of(read(tmp_path, bytes(content)), fresh())
        except Refused as refusal:
            refusals.extend(problem_text(problem) for problem in refusal.problems)
        else:
            assert all(located(*finding) for finding in (*plan.problems, *plan.questions))
    assert refusals
    assert all(refusals)
