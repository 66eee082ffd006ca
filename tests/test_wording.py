"""Every problem has its sentence, and every sentence the facts that it names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.domain.problems import Problem
from tracker.wording import SENTENCES, located, plain_number, problem_text, shown

PACKAGE = Path(__file__).resolve().parents[1] / "tracker"
MAKERS = {"Problem", "of", "wrong", "question", "refuse", "finding"}
PLACE = {"refuse": 2, "finding": 2}
"""Where the code stands among the arguments; first where nothing else is said."""
OWN = {"right"}
"""Facts that the wording works out itself."""


def made() -> Iterator[tuple[str, set[str] | None, str]]:
    """Every code in the source with its facts (None where they are not written at that place)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
            dicts = [n for n in ast.walk(function) if isinstance(n, ast.Dict)]
            known = {k.value for d in dicts for k in d.keys if isinstance(k, ast.Constant)}
            for call in [n for n in ast.walk(function) if isinstance(n, ast.Call)]:
                yield from _code_of(call, {str(name) for name in known}, path)


def _code_of(call: ast.Call, dicts: set[str], path: Path) -> Iterator[tuple[str, set[str] | None, str]]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    place = PLACE.get(name, 0)
    if name not in MAKERS or len(call.args) <= place:
        return
    code = call.args[place]
    if (
        isinstance(code, ast.Constant)
        and isinstance(code.value, str)
        and re.fullmatch("[a-z0-9_]+", code.value)
    ):
        spread = any(keyword.arg is None for keyword in call.keywords) or len(call.args) > 2 + place
        facts = {keyword.arg for keyword in call.keywords if keyword.arg} | (dicts if spread else set())
        yield code.value, facts, f"{path.name}:{call.lineno}"


CODES = sorted(made(), key=lambda one: (one[0], one[2]))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def test_the_source_names_codes() -> None:
    assert len({code for code, _, _ in CODES}) > 60


@pytest.mark.parametrize(("code", "facts", "where"), CODES, ids=[f"{c}-{w}" for c, _, w in CODES])
def test_every_code_has_a_sentence_and_every_fact_that_it_names(
    code: str, facts: set[str], where: str
) -> None:
    assert code in SENTENCES, where
    named = set(PLACEHOLDER.findall(SENTENCES[code])) - OWN
    assert named <= facts, where


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_says_what_would_be_right_and_ends(code: str) -> None:
    text = problem_text(Problem(code, "", {}))
    assert re.search(r"[.?]$", text)
    assert "%" not in text


def test_an_amount_with_grouping_is_shown_as_it_should_be_written() -> None:
    problem = Problem("not_a_decimal", "amount", {"text": "1,234.56"})
    assert problem_text(problem) == (
        "“1,234.56” is not a plain number. Write it with a dot and no grouping: 1234.56."
    )
    assert located("receipts.csv", 5, problem).startswith("receipts.csv, row 5, amount: “1,234.56” is")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,5", "1234.5"),
        ("12,5", "12.5"),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
        ("12'000", "12000"),
        ("USD 5", "1234.56"),
        ("", "1234.56"),
        ("١٢٣", "1234.56"),
        ("1e400", "1234.56"),
        (".", "1234.56"),
    ],
)
def test_what_was_probably_meant(text: str, right: str) -> None:
    assert plain_number(text) == right


def test_hidden_and_turning_characters_are_shown_as_such_and_long_texts_cut() -> None:
    assert shown("a\u202eb\x00c\ud800\n") == "a\ufffdb\ufffdc\ufffd\ufffd"
    assert len(shown("x" * 600_000)) == 60


def test_sentences_are_translated_within_an_application_and_english_without() -> None:
    from flask import Flask

    with Flask("x").app_context():
        assert problem_text(Problem("missing")) == SENTENCES["missing"]
    assert problem_text(Problem("missing")) == SENTENCES["missing"]
