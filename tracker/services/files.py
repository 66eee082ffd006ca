"""Files kept with a donor, a pledge or a receipt: checked, hashed, and their bytes kept apart."""

from sqlalchemy import select

from tracker.domain.problems import Problem, Refused
from tracker.importing.attachments import FIELD, check_file
from tracker.models import Attachment, AttachmentContent
from tracker.services.people import donor_id, file_columns
from tracker.services.records import Desk, Raw
from tracker.services.rows import add_row


def record_file(desk: Desk, *, donor: str, raw: Raw, name: str, content: bytes) -> Attachment:
    """Keep a file. Its type is proven by name and bytes; the very same file twice at one place is refused."""
    problems: list[Problem] = []
    try:
        checked = check_file(name, content)
    except Refused as refused:
        problems.extend(refused.problems)
    try:
        columns = file_columns(desk, donor, raw)
    except Refused as refused:
        problems.extend(refused.problems)
    if problems:
        raise Refused(tuple(problems))
    record = Attachment(
        programme_id=desk.programme_id,
        donor_id=donor_id(desk, donor),
        file_name=checked.name,
        media_type=checked.media_type,
        size_bytes=len(content),
        sha256=checked.sha256,
        **columns,
    )
    _refuse_double(desk, record)
    add_row(desk.session, actor=desk.actor, record=record, reference=donor)
    kept = AttachmentContent(programme_id=desk.programme_id, attachment_id=record.id, content=content)
    desk.session.add(kept)
    desk.session.flush()
    return record


def _refuse_double(desk: Desk, record: Attachment) -> None:
    row = Attachment
    query = select(row.file_name).where(
        row.donor_id == record.donor_id,
        row.sha256 == record.sha256,
        row.pledge_id.is_not_distinct_from(record.pledge_id),
        row.receipt_id.is_not_distinct_from(record.receipt_id),
        row.voided_at_utc.is_(None),
    )
    twin = desk.session.scalars(query).first()
    if twin is not None:
        raise Refused.of("file_kept_already", FIELD, text=twin)
