"""Files given to be imported: what each is, where it stands, and its bytes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import Upload, UploadContent

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An upload as it stands. `names`: a donor's name in the file → a donor's code, '' for a new donor."""

    id: int
    version: int
    file_name: str
    form: str
    size_bytes: int
    sha256: str
    state: str
    sheet: str
    mapping: str
    names: dict[str, str]
    result: dict[str, Any]
    uploaded_by: str
    created_at_utc: datetime
    closed_at_utc: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it may still be recorded, or dropped."""
        return self.state == "open"


def upload(session: Session, programme_id: int, id_: int) -> StoredUpload | None:
    """One upload, whatever became of it."""
    if id_ > LARGEST_ID:
        return None
    query = select(Upload).where(Upload.programme_id == programme_id, Upload.id == id_)
    return next(_stored(session.scalars(query)), None)


def uploads(session: Session, programme_id: int) -> list[StoredUpload]:
    """Every upload: open ones first, then the rest, the newest first."""
    query = select(Upload).where(Upload.programme_id == programme_id)
    return list(_stored(session.scalars(query.order_by(Upload.state != "open", Upload.id.desc()))))


def same_uploads(session: Session, programme_id: int, of: StoredUpload) -> list[StoredUpload]:
    """Other uploads of the very same content that are open or recorded, the newest first."""
    query = select(Upload).where(
        Upload.programme_id == programme_id,
        Upload.sha256 == of.sha256,
        Upload.id != of.id,
        Upload.state != "dropped",
    )
    return list(_stored(session.scalars(query.order_by(Upload.id.desc()))))


def content_of(session: Session, programme_id: int, id_: int) -> bytes:
    """The bytes of an upload as they came. Raises `NoResultFound` for a dropped one: they are gone."""
    query = select(UploadContent.content).where(
        UploadContent.programme_id == programme_id, UploadContent.upload_id == id_
    )
    return session.scalars(query).one()


def _stored(rows: Iterable[Upload]) -> Iterator[StoredUpload]:
    for row in rows:
        yield StoredUpload(
            id=row.id,
            version=row.version,
            file_name=row.file_name,
            form=row.form,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            state=row.state,
            sheet=row.sheet,
            mapping=row.mapping,
            names=json.loads(row.names),
            result=json.loads(row.result),
            uploaded_by=row.uploaded_by,
            created_at_utc=row.created_at_utc,
            closed_at_utc=row.closed_at_utc,
        )
