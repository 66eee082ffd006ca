"""Rates recorded, corrected, and a month of them at once.

Units of a currency for one USD. Receipts keep the USD they were recorded with, whatever is done here.
Voiding is `services.records.void` with the kind `rates`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from tracker.domain.entries import Entry, RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.problems import Problem, Refused
from tracker.domain.reading import in_open_month, read_rate
from tracker.domain.register import Register
from tracker.domain.rows import Reading
from tracker.importing.findings import Finding
from tracker.importing.plan import Plan, make_plan
from tracker.importing.rows import Tables
from tracker.services import imports
from tracker.services.records import Desk, Questioned, Stale

Raw = Mapping[str, str]


def read_new_rate(raw: Raw, register: Register) -> Reading[RateEntry]:
    """A rate that is not on record yet."""
    reading = read_rate(raw, register)
    if reading.entry is None or register.find("rates", reading.entry.key) is None:
        return in_open_month(reading, None, register)
    facts = {"text": reading.entry.key, "rate": _value(register, reading.entry.key)}
    return Reading(None, (Problem("rate_taken", "effective_on", facts),), reading.questions)


def read_corrected_rate(raw: Raw, register: Register, key: str) -> Reading[RateEntry]:
    """A rate on record with another value; its currency and day stay.

    Held against the rate before it; where it is the first of its currency, against what it was.
    """
    currency, _, day = key.partition(" ")
    old = register.rates.pop(key)
    if register.rate_table.find(currency, old.rate.effective_on) is None:
        before = Rate(currency, old.rate.effective_on - timedelta(days=1), old.rate.value)
        register.rate_table.add(before)
    reading = read_rate({**raw, "currency": currency, "effective_on": day}, register)
    return in_open_month(reading, old, register)


def _value(register: Register, key: str) -> str:
    return f"{register.rates[key].rate.value:f}"


def record_rate(desk: Desk, *, raw: Raw, confirmed: bool = False) -> RateEntry:
    """Record one rate."""
    entry = _accept(read_new_rate(raw, desk.register()), confirmed)
    desk.store().add("rates", [entry])
    return entry


def amend_rate(desk: Desk, *, key: str, version: int, raw: Raw, confirmed: bool = False) -> RateEntry:
    """Correct the value of a rate. Raises `Stale` where it has changed meanwhile."""
    register = desk.register()
    current: Entry | None = register.find("rates", key)
    if current is None:
        raise LookupError(f"rates {key}")
    if desk.store().find("rates", key).version != version:
        raise Stale(current)
    entry = _accept(read_corrected_rate(raw, register, key), confirmed)
    desk.store().change("rates", entry)
    return entry


def _accept(reading: Reading[RateEntry], confirmed: bool) -> RateEntry:
    if reading.entry is None:
        raise Refused(reading.problems)
    if reading.questions and not confirmed:
        raise Questioned(reading.questions)
    return reading.entry


# A month at once


def plan_rates(desk: Desk, *, tables: Tables) -> Plan:
    """What recording these tables of rates would do; nothing else than rates may stand in them."""
    plan = make_plan(tables, desk.register())
    plan.problems = [_plainly(finding) for finding in plan.problems]
    return plan


def record_rates(desk: Desk, *, tables: Tables, confirmed: bool = False) -> Plan:
    """Record all of a month's rates, or none. What is on record already stays as it is."""
    plan = plan_rates(desk, tables=tables)
    if plan.problems:
        raise Refused(tuple(replace(one.problem, column="text") for one in plan.problems))
    if plan.questions and not confirmed:
        raise Questioned(tuple(one.problem for one in plan.questions))
    imports.store(desk.session, actor=desk.actor, programme_id=desk.programme_id, plan=plan)
    return plan


def _plainly(found: Finding) -> Finding:
    """An officer knows no `--update`: another value is put right on the rate's own page."""
    if found.problem.code != "differs_from_record":
        return found
    facts = {"text": found.problem.facts["key"], "rate": found.problem.facts["old"]}
    return found._replace(problem=Problem("rate_taken", "rate", facts))
