"""Mappings in the database: kept under one name, audited, changed only by who has seen the newest."""

import pytest
from sqlalchemy import select

from tracker.domain.problems import Refused
from tracker.importing.mapping import TableMap, parse_map
from tracker.models import AuditEntry, ImportMapping
from tracker.queries.mappings import StoredMapping, mapping, mappings, name_in, uses
from tracker.queries.proofs import prove
from tracker.services import mappings as services
from tracker.services.records import Desk

TEXT = """\
# as OCHA publishes it
shape = "wide"
[columns]
donor = "donor"
pledged = "donorpledge"
[constants]
currency = "USD"
"""


def kept(desk: Desk, name: str = "CERF", text: str = TEXT) -> StoredMapping:
    """A mapping on record."""
    found = mapping(desk.session, desk.programme_id, services.keep_mapping(desk, name=name, text=text))
    assert found is not None
    return found


def trail(desk: Desk) -> list[str]:
    """What the audit trail says of mappings."""
    query = select(AuditEntry.action).where(AuditEntry.entity == ImportMapping.__tablename__)
    return list(desk.session.scalars(query.order_by(AuditEntry.seq)))


def proved(desk: Desk) -> None:
    """Every proof of `tracker check` holds."""
    desk.session.flush()
    assert [p for p in prove(desk.session, desk.programme_id, desk.today) if not p.holds] == []


def test_a_mapping_is_kept_with_its_remarks_and_says_its_name_itself(desk: Desk) -> None:
    found = kept(desk)
    assert found.text == f'name = "CERF"\n{TEXT}'
    assert parse_map(found.text).columns == {"donor": "donor", "pledged": "donorpledge"}
    assert uses(desk.session, desk.programme_id)[found.id].changed_by == desk.actor.name
    assert uses(desk.session, desk.programme_id)[found.id].recorded_at_utc is None
    proved(desk)


def test_a_name_with_signs_stays_the_name(desk: Desk) -> None:
    name = 'Coöperation "B", 50 % \\ north'
    assert name_in(kept(desk, name).text) == name
    assert list(mappings(desk.session, desk.programme_id)) == [name]


def test_keeping_under_a_known_name_changes_that_mapping(desk: Desk) -> None:
    first = kept(desk)
    again = kept(desk, " CERF ", TEXT.replace("USD", "EUR"))
    assert (again.id, again.version) == (first.id, first.version + 1)
    assert parse_map(again.text).constants == {"currency": "EUR"}
    kept(desk, "CERF", again.text)
    assert trail(desk) == ["record", "amend"]
    proved(desk)


def test_a_voided_mapping_is_offered_no_more_and_comes_back_under_its_name(desk: Desk) -> None:
    first = kept(desk)
    with pytest.raises(Refused, match="missing"):
        services.void_mapping(desk, mapping_id=first.id, version=first.version, reason=" ")
    services.void_mapping(desk, mapping_id=first.id, version=first.version, reason="another layout now")
    assert mappings(desk.session, desk.programme_id) == {}
    proved(desk)
    assert kept(desk).id == first.id
    assert trail(desk) == ["record", "void", "amend"]
    proved(desk)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("", TEXT, "name: missing"),
        ("x" * 81, TEXT, "name: too_long"),
        ("a\nb", TEXT, "name: control_character"),
        ("CERF", "no TOML", "map_not_toml"),
        ("CERF", 'shape = "round"', "shape: not_one_of"),
        ("CERF", 'name = "FTS"\n' + TEXT, "mapping_says_another_name"),
        ("CERF", TEXT + "#" * 100_000, "text: too_long"),
    ],
)
def test_what_is_no_mapping_is_refused_and_nothing_kept(desk: Desk, name: str, text: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        services.keep_mapping(desk, name=name, text=text)
    assert mappings(desk.session, desk.programme_id) == {}
    assert trail(desk) == []


def test_a_change_made_on_an_older_version_is_refused_and_shows_the_newer(desk: Desk) -> None:
    first = kept(desk)
    newer = first.text.replace("USD", "EUR")
    services.change_mapping(desk, mapping_id=first.id, version=first.version, text=newer)
    with pytest.raises(services.StaleMapping) as stale:
        services.change_mapping(desk, mapping_id=first.id, version=first.version, text=first.text)
    assert stale.value.current.text == newer
    with pytest.raises(services.StaleMapping):
        services.void_mapping(desk, mapping_id=first.id, version=first.version, reason="too late")
    assert mappings(desk.session, desk.programme_id)["CERF"].text == newer
    proved(desk)


def test_a_map_of_the_page_is_kept_as_the_same_map(desk: Desk) -> None:
    said = TableMap(shape="wide", columns={"donor": "Who"}, kinds={"pledge": ("P",)}, header_row=3)
    found = kept(desk, "Mine", services.text_of(said, " Mine "))
    assert parse_map(found.text).name == "Mine"
    assert parse_map(found.text).header_row == 3
