"""Mappings, written: kept under a name, changed, voided; every verb is audited.

A name is one mapping's: keeping another one under it changes the mapping, and one that was voided comes back.
"""

import json
from dataclasses import replace

from sqlalchemy import select

from tracker.domain.problems import Refused
from tracker.domain.rows import Row
from tracker.importing.mapping import TableMap, map_text, parse_map
from tracker.models import ImportMapping
from tracker.queries.mappings import StoredMapping, mapping
from tracker.services.records import Desk
from tracker.services.rows import add_row, change_row, void_row

MAX_NAME = 80
MAX_TEXT = 100_000


class StaleMapping(Exception):
    """The mapping has changed since its form was opened; `current` is how it stands now."""

    def __init__(self, current: StoredMapping) -> None:
        super().__init__(current.name)
        self.current = current


def keep_mapping(desk: Desk, *, name: str, text: str) -> int:
    """Keep a mapping under a name. Answers with its id.

    Raises `Refused` where the name cannot be one (field `name`), or the text is no mapping (field `text`).
    """
    name, text = _checked(name, text)
    query = select(ImportMapping).where(
        ImportMapping.programme_id == desk.programme_id, ImportMapping.name == name
    )
    record = desk.session.scalars(query).one_or_none()
    if record is None:
        record = ImportMapping(programme_id=desk.programme_id, name=name, text=text)
        add_row(desk.session, actor=desk.actor, record=record, reference=name)
    else:
        columns = {"text": text, "voided_at_utc": None, "void_reason": ""}
        change_row(desk.session, actor=desk.actor, record=record, reference=name, columns=columns)
    return record.id


def change_mapping(desk: Desk, *, mapping_id: int, version: int, text: str) -> None:
    """Change a mapping's text, which stands as it is typed. Its name stays."""
    found = _found(desk, mapping_id, version)
    text = named_text(found.name, text)
    record = desk.session.get_one(ImportMapping, mapping_id)
    change_row(desk.session, actor=desk.actor, record=record, reference=found.name, columns={"text": text})


def void_mapping(desk: Desk, *, mapping_id: int, version: int, reason: str) -> None:
    """Void a mapping, with a reason: it is offered no more. What was imported with it stays."""
    row = Row({"reason": reason.strip()})
    reason = row.text("reason", required=True)
    if row.problems:
        raise Refused(tuple(row.problems))
    found = _found(desk, mapping_id, version)
    record = desk.session.get_one(ImportMapping, mapping_id)
    void_row(desk.session, actor=desk.actor, record=record, reference=found.name, reason=reason)


def named_text(name: str, text: str) -> str:
    """A mapping's text that says its name itself. Raises `Refused` for what is no mapping, or another's."""
    if len(text) > MAX_TEXT:
        raise Refused.of("too_long", "text", most=MAX_TEXT)
    said = parse_map(text)
    if said.name and said.name != name:
        raise Refused.of("mapping_says_another_name", "text", text=said.name, name=name)
    return text if said.name else f"name = {json.dumps(name, ensure_ascii=False)}\n{text}"


def text_of(table_map: TableMap, name: str) -> str:
    """A mapping as the text that is kept under a name."""
    return map_text(replace(table_map, name=name.strip()))


def _checked(name: str, text: str) -> tuple[str, str]:
    """A name and a text as they are kept; everything that is wrong with either is said at once."""
    row = Row({"name": name.strip()})
    name = row.text("name", required=True, most=MAX_NAME)
    try:
        text = named_text(name, text) if not row.problems else text
        parse_map(text)
    except Refused as refused:
        row.problems += refused.problems
    if row.problems:
        raise Refused(tuple(row.problems))
    return name, text


def _found(desk: Desk, mapping_id: int, version: int) -> StoredMapping:
    found = mapping(desk.session, desk.programme_id, mapping_id)
    if found is None:
        raise LookupError(f"mapping {mapping_id}")
    if found.version != version:
        raise StaleMapping(found)
    return found
