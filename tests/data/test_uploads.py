"""Files given to be imported, kept and written: what is stored, what is read of it, what becomes of it."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.orm import Session

from tracker.domain.problems import Refused
from tracker.models import AuditEntry, Pledge, Upload, UploadContent
from tracker.queries.proofs import prove
from tracker.queries.uploads import StoredUpload, content_of, same_uploads, upload, uploads
from tracker.services.records import Desk, record_donor
from tracker.services.uploads import (
    PlanChanged,
    StaleUpload,
    check_upload,
    choose,
    drop_upload,
    keep_upload,
    look,
    record_upload,
)
from tracker.wording import problem_text

DONORS = b"code,name\nSE,Sweden\nNO,Norway\n"
PLEDGES = b"reference,donor,currency,amount,pledged_on\nSE-1,SE,USD,100.00,2026-03-05\n"


def stored(desk: Desk, id_: int) -> StoredUpload:
    """The upload as it stands."""
    found = upload(desk.session, desk.programme_id, id_)
    assert found is not None
    return found


def newest(session: Session) -> AuditEntry:
    """The newest entry of the trail."""
    return session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()  # type: ignore[return-value]


def test_a_file_is_kept_with_its_bytes_apart(desk: Desk) -> None:
    id_ = keep_upload(desk, name="C:\\temp\\donors.csv", content=DONORS)
    found = stored(desk, id_)
    assert (found.file_name, found.form, found.size_bytes) == ("donors.csv", "csv", len(DONORS))
    assert (found.state, found.version, found.names, found.result) == ("open", 1, {}, {})
    assert found.uploaded_by == desk.actor.name
    assert content_of(desk.session, desk.programme_id, id_) == DONORS
    entry = newest(desk.session)
    assert (entry.action, entry.entity, entry.reference) == ("record", "upload", "donors.csv")
    assert "Sweden" not in str(entry.after)


def test_what_is_said_of_a_file_is_kept_and_the_rest_stays(desk: Desk) -> None:
    id_ = keep_upload(desk, name="gifts.csv", content=b"a,b\n1,2\n")
    choose(desk, upload_id=id_, version=1, sheet="", mapping='shape = "wide"\n')
    choose(desk, upload_id=id_, version=2, names={"Norvège": "NO", "Œuvre": ""})
    found = stored(desk, id_)
    assert (found.version, found.mapping, found.names) == (
        3,
        'shape = "wide"\n',
        {"Norvège": "NO", "Œuvre": ""},
    )
    with pytest.raises(StaleUpload):
        choose(desk, upload_id=id_, version=2, mapping="")
    with pytest.raises(LookupError):
        choose(desk, upload_id=id_ + 1, version=1, mapping="")


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.CSV", b"a", "csv"),
        ("a.xlsx", b"PK\x03\x04", "xlsx"),
        ("a.xml", b"\xef\xbb\xbf \n<?xml", "xml"),
        ("a.xml", "\ufeff<a/>".encode("utf-16-le"), "xml"),
        ("a.xml", "\ufeff<a/>".encode("utf-16-be"), "xml"),
    ],
)
def test_what_a_file_is_shows_in_name_and_bytes(name: str, content: bytes, form: str) -> None:
    assert check_upload(name, content) == form


@pytest.mark.parametrize(
    "content",
    [
        "Donor,Amount\nCôte,5\n".encode("utf-16"),
        "\ufeffDonor,Amount\n".encode("utf-16-be"),
        "\ufeff寄付者".encode("utf-16-le"),
        "Donor,Amount\n".encode("utf-16-le"),
        b"Donor,Amount\nFrance\0,5\n",
        b"Donor,Amount\n" + b"France,5\n" * 1000 + b"\0",
    ],
)
def test_a_csv_in_another_encoding_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        check_upload("gifts.csv", content)
    [problem] = refused.value.problems
    assert problem.column == "file"
    assert "CSV UTF-8" in problem_text(problem)


def test_looking_writes_nothing_and_says_what_would_be_recorded(desk: Desk) -> None:
    id_ = keep_upload(desk, name="donors.csv", content=DONORS)
    entries = desk.session.scalar(select(func.count()).select_from(AuditEntry))
    found = look(desk.session, desk.programme_id, desk.today, stored(desk, id_))
    assert (found.kind, found.recordable, found.problems) == ("own", True, ())
    assert [one.key for one in found.plan.new["donors"]] == ["SE", "NO"]  # type: ignore[union-attr]
    assert not desk.session.dirty
    assert not desk.session.new
    assert desk.session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    again = look(desk.session, desk.programme_id, desk.today, stored(desk, id_))
    assert found.digest == again.digest != ""


def test_all_is_recorded_in_one_go_with_its_result(desk: Desk) -> None:
    id_ = keep_upload(desk, name="donors.csv", content=DONORS)
    told: list[tuple[str, int, int]] = []
    seen = look(desk.session, desk.programme_id, desk.today, stored(desk, id_)).digest
    record_upload(
        desk,
        upload_id=id_,
        version=1,
        seen=seen,
        progress=lambda stage, done, of: told.append((stage, done, of)),
    )
    found = stored(desk, id_)
    assert (found.state, found.closed_at_utc) == ("recorded", desk.actor.at_utc)
    assert found.result == {
        "by": desk.actor.name,
        "kind": "own",
        "left_out": {},
        "tables": {"donors": {"new": 2, "changed": 0, "unchanged": 0}},
    }
    assert told[0][0] == "reading"
    assert told[-1] == ("recording", 2, 2)
    assert (newest(desk.session).action, newest(desk.session).entity) == ("amend", "upload")
    with pytest.raises(StaleUpload):
        record_upload(desk, upload_id=id_, version=found.version)
    desk.session.commit()
    assert all(one.holds for one in prove(desk.session, desk.programme_id, desk.today))


def test_with_a_problem_nothing_is_recorded(desk: Desk) -> None:
    id_ = keep_upload(desk, name="pledges.csv", content=PLEDGES)
    with pytest.raises(Refused) as refused:
        record_upload(desk, upload_id=id_, version=1)
    assert [one.code for one in refused.value.problems] == ["unknown_donor"]
    assert desk.session.scalar(select(func.count()).select_from(Pledge)) == 0
    assert stored(desk, id_).is_open


def test_what_was_not_shown_is_not_recorded(desk: Desk) -> None:
    id_ = keep_upload(desk, name="donors.csv", content=DONORS)
    seen = look(desk.session, desk.programme_id, desk.today, stored(desk, id_)).digest
    record_donor(desk, raw={"code": "SE", "name": "Suède", "kind": "government"})
    with pytest.raises(PlanChanged):
        record_upload(desk, upload_id=id_, version=1, seen=seen)
    assert stored(desk, id_).is_open


def test_a_file_that_says_nothing_new_is_not_recorded(desk: Desk) -> None:
    record_upload(desk, upload_id=keep_upload(desk, name="donors.csv", content=DONORS), version=1)
    with pytest.raises(Refused, match="upload_says_nothing_new"):
        record_upload(desk, upload_id=keep_upload(desk, name="donors.csv", content=DONORS), version=1)


def test_a_table_without_columns_said_is_not_recorded(desk: Desk) -> None:
    id_ = keep_upload(desk, name="gifts.csv", content=b"Who,When\nOslo,2026-01-02\n")
    found = look(desk.session, desk.programme_id, desk.today, stored(desk, id_))
    assert (found.kind, found.plan, list(found.sheets)) == ("table", None, [""])
    with pytest.raises(Refused, match="upload_not_ready"):
        record_upload(desk, upload_id=id_, version=1)


def test_a_dropped_files_bytes_go_and_its_row_stays(desk: Desk) -> None:
    id_ = keep_upload(desk, name="donors.csv", content=DONORS)
    drop_upload(desk, upload_id=id_, version=1)
    assert stored(desk, id_).state == "dropped"
    assert desk.session.scalar(select(func.count()).select_from(UploadContent)) == 0
    with pytest.raises(NoResultFound):
        content_of(desk.session, desk.programme_id, id_)
    with pytest.raises(StaleUpload):
        drop_upload(desk, upload_id=id_, version=2)
    desk.session.commit()
    with pytest.raises(DBAPIError, match="never deleted"):
        desk.session.execute(Upload.__table__.delete())  # type: ignore[attr-defined]


def test_open_files_come_first_and_the_very_same_ones_are_found(desk: Desk) -> None:
    ids = [keep_upload(desk, name="donors.csv", content=DONORS) for _ in range(4)]
    drop_upload(desk, upload_id=ids[3], version=1)
    record_upload(desk, upload_id=ids[2], version=1)
    listed = [(one.id, one.state) for one in uploads(desk.session, desk.programme_id)]
    assert listed == [(ids[1], "open"), (ids[0], "open"), (ids[3], "dropped"), (ids[2], "recorded")]
    same = same_uploads(desk.session, desk.programme_id, stored(desk, ids[0]))
    assert [one.id for one in same] == [ids[2], ids[1]]
    assert upload(desk.session, desk.programme_id, 2**70) is None
    assert upload(desk.session, desk.programme_id + 1, ids[0]) is None


def test_what_is_kept_as_json_is_plain(desk: Desk) -> None:
    id_ = keep_upload(desk, name="donors.csv", content=DONORS)
    choose(desk, upload_id=id_, version=1, names={"Côte": "CI"})
    row = desk.session.get(Upload, id_)
    assert row is not None
    assert json.loads(row.names) == {"Côte": "CI"}
    assert row.created_at_utc == datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
