"""The rules of an IATI ruleset, held against a file (rulesets/SPEC.rst beside the checkout).

Every kind of rule that standard.json uses is here; one that is not known is an error, never passed over.
Conditions on registers of organisations, which need the network, are taken as met.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

STANDARD = Path(__file__).resolve().parents[3] / "shared" / "data" / "iati"
Case = Mapping[str, Any]
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def broken_rules(
    content: bytes, now: datetime, severities: tuple[str, ...] = ("error", "warning")
) -> list[str]:
    """`id: message` of every rule of standard.json that a file breaks."""
    rules = json.loads((STANDARD / "rulesets" / "standard.json").read_text(encoding="utf-8"))
    tree, found = etree.fromstring(content), []
    for context, kinds in rules.items():
        for element in tree.getroottree().xpath(context):
            for case in _failing(element, kinds, now):
                if case["ruleInfo"]["severity"] in severities:
                    found.append(f"{case['ruleInfo']['id']}: {case['ruleInfo']['message']}")
    return found


def _failing(element: etree._Element, kinds: Mapping[str, Any], now: datetime) -> Iterator[Case]:
    for kind, body in kinds.items():
        for case in body["cases"]:
            if kind == "loop":
                yield from _loop(element, case, now)
            elif _applies(element, case) and not RULES[kind](element, case, now):
                yield case


def _loop(element: etree._Element, case: Case, now: datetime) -> Iterator[Case]:
    """The rules inside, once for each value found, with `$1` standing for it."""
    for value in dict.fromkeys(map(_text, element.xpath(case["foreach"]))):
        inside = {
            kind: {"cases": [_substituted(one, case["subs"], value) for one in body["cases"]]}
            for kind, body in case["do"].items()
        }
        yield from _failing(element, inside, now)


def _substituted(case: Case, keys: list[str], value: str) -> Case:
    def put(held: Any) -> Any:
        return [put(one) for one in held] if isinstance(held, list) else held.replace("$1", value)

    return {key: put(held) if key in (*keys, "condition") else held for key, held in case.items()}


def _applies(element: etree._Element, case: Case) -> bool:
    return bool(element.xpath(f"boolean({case['condition']})")) if "condition" in case else True


def _text(found: object) -> str:
    return "".join(found.itertext()) if isinstance(found, etree._Element) else str(found)


def _all(element: etree._Element, paths: list[str]) -> list[str]:
    return [_text(one) for path in paths for one in element.xpath(path)]


def _day(text: str) -> datetime | None:
    """A day begins it; a moment is a moment. None where it is not a date."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moments(element: etree._Element, path: str, now: datetime) -> list[datetime]:
    texts = [now.isoformat()] if path == "NOW" else _all(element, [path])
    return [moment for text in texts if (moment := _day(text)) is not None]


def _unique(element: etree._Element, case: Case, now: datetime) -> bool:
    found = _all(element, case["paths"])
    return len(found) == len(set(found))


def _startswith(element: etree._Element, case: Case, now: datetime) -> bool:
    if case["prefix"] == ["ORG-ID-PREFIX"]:  # a list on the network
        return True
    prefixes = [f"{prefix}{case.get('separator', '')}" for prefix in _all(element, case["prefix"])]
    return all(any(text.startswith(p) for p in prefixes) for text in _all(element, case["paths"]))


def _atleast_one(element: etree._Element, case: Case, now: datetime) -> bool:
    return any(text.strip() for text in _all(element, case["paths"])) or any(
        isinstance(one, etree._Element) for path in case["paths"] for one in element.xpath(path)
    )


def _no_more_than_one(element: etree._Element, case: Case, now: datetime) -> bool:
    return sum(len(element.xpath(path)) for path in case["paths"]) <= 1


def _one_or_all(element: etree._Element, case: Case, now: datetime) -> bool:
    if element.xpath(case["one"]):
        return True
    if case["all"] == "lang":
        return all(one.get(XML_LANG) for one in element.iter("narrative"))
    if case["all"] == "currency":
        return all(one.get("currency") for one in element.iter("value"))
    return all(bool(one.xpath(case["all"])) for one in element.iter("transaction"))


def _date_now(element: etree._Element, case: Case, now: datetime) -> bool:
    return all(moment <= now for moment in _moments(element, case["date"], now))


def _date_order(element: etree._Element, case: Case, now: datetime) -> bool:
    less, more = (_moments(element, case[key], now) for key in ("less", "more"))
    return all(before <= after for before in less for after in more)


def _time_limit(element: etree._Element, case: Case, now: datetime) -> bool:
    """Not more than a year, both days counted as days."""
    starts, ends = (_moments(element, case[key], now) for key in ("start", "end"))
    return all(end.date() <= _a_year_after(start.date()) for start in starts for end in ends)


def _a_year_after(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


def _between(element: etree._Element, case: Case, now: datetime) -> bool:
    start, end = (_moments(element, case[key], now) for key in ("start", "end"))
    return all(start[0] <= one <= end[0] for one in _moments(element, case["date"], now))


def _regex(element: etree._Element, case: Case, now: datetime) -> bool:
    return all(re.search(case["regex"], text) for text in _all(element, case["paths"]))


def _no_spaces(element: etree._Element, case: Case, now: datetime) -> bool:
    return all(text == text.strip() for text in _all(element, case["paths"]))


def _strict_sum(element: etree._Element, case: Case, now: datetime) -> bool:
    return sum(map(Decimal, _all(element, case["paths"]))) == Decimal(str(case["sum"]))


def _range(element: etree._Element, case: Case, now: datetime) -> bool:
    try:
        numbers = [Decimal(text) for text in _all(element, case["paths"])]
    except InvalidOperation:
        return False
    return all(Decimal(str(case["min"])) <= number <= Decimal(str(case["max"])) for number in numbers)


def _if_then(element: etree._Element, case: Case, now: datetime) -> bool:
    held = element.xpath(f"boolean({case['if']})")
    return not held or bool(element.xpath(f"boolean({case['then']})"))


RULES: dict[str, Callable[[etree._Element, Case, datetime], bool]] = {
    "unique": _unique,
    "startswith": _startswith,
    "atleast_one": _atleast_one,
    "no_more_than_one": _no_more_than_one,
    "one_or_all": _one_or_all,
    "date_now": _date_now,
    "date_order": _date_order,
    "time_limit": _time_limit,
    "between_dates": _between,
    "regex_matches": _regex,
    "no_spaces": _no_spaces,
    "strict_sum": _strict_sum,
    "range": _range,
    "if_then": _if_then,
}
