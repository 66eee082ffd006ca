"""All tables, in reading order: nouns, types, constraints. No sums, no queries.

Money is whole minor units (`…_minor`), a month is text `YYYY-MM`, a rate is a plain decimal as text,
a moment is UTC (`…_at_utc`). Every table carries its programme. A record made in error is voided, never
deleted: `voided_at_utc` and `void_reason`, and its reference stays taken. Triggers made by the migrations
refuse DELETE on money, rates, users, issued papers and the audit trail, and UPDATE on issued papers and
the audit trail.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from tracker.domain.vocabulary import (
    BANK_LINE_STATES,
    BASES,
    DONOR_KINDS,
    FILE_KINDS,
    PAPER_FORMATS,
    ROLES,
    UPLOAD_FORMATS,
    UPLOAD_STATES,
)
from tracker.extensions import Base

Key = BigInteger().with_variant(Integer, "sqlite")
MONTH_LENGTH = 7


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a moment without a zone, so that no local time slips in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back, always with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """A column holds one of a few words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def whole(column: str) -> Any:
    """SQLite would also keep 1.5 or 'x' in a column of whole numbers; PostgreSQL does not."""
    check = CheckConstraint(f"typeof({column}) IN ('integer', 'null')", name=f"{column}_whole")
    return check.ddl_if(dialect="sqlite")


class InProgramme:
    """What every table but the programme itself begins with."""

    id: Mapped[int] = mapped_column(Key, primary_key=True)

    @declared_attr
    def programme_id(cls) -> Mapped[int]:
        """Whose row this is."""
        return mapped_column(Key, ForeignKey("programme.id"))


class Versioned:
    """A row whose stale edit the database itself refuses: every UPDATE names the version it read."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Counted up by every change."""
        return {"version_id_col": cls.version}


class Editable(Versioned):
    """A record that officers may change under a version check, and void."""

    created_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str] = mapped_column(Text, default="")


class Frozen:
    """What was issued and is never changed: as of a day, from what audit entry `known_seq` and all before it
    say. A correction is a new row that names the old one and says why.
    """

    as_of: Mapped[date]
    known_seq: Mapped[int] = mapped_column(BigInteger)
    known_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class FrozenFile:
    """The very bytes of something issued, and their hash."""

    form: Mapped[str] = mapped_column(String(4))
    file_name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Programme(Versioned, Base):
    """A budget over a range of months, split over outcomes, funded by several donors."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("first_month <= last_month", name="months_in_order"),
        CheckConstraint("tolerance_minor >= 0", name="tolerance_not_negative"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(String(3))
    first_month: Mapped[str] = mapped_column(String(MONTH_LENGTH))
    last_month: Mapped[str] = mapped_column(String(MONTH_LENGTH))
    tolerance_minor: Mapped[int] = mapped_column(BigInteger)
    time_zone: Mapped[str] = mapped_column(String(64))


class Outcome(InProgramme, Base):
    """One budget line: O1, O2, O3 or PS."""

    __tablename__ = "outcome"
    __table_args__ = (UniqueConstraint("programme_id", "code"), UniqueConstraint("programme_id", "position"))

    code: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(String(40))
    activities: Mapped[list["Activity"]] = relationship(order_by="Activity.position", lazy="raise")


class Activity(InProgramme, Base):
    """What an outcome's money makes possible, in the words of donor reports."""

    __tablename__ = "activity"
    __table_args__ = (UniqueConstraint("outcome_id", "position"),)

    outcome_id: Mapped[int] = mapped_column(Key, ForeignKey("outcome.id"))
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)


class BudgetVersion(InProgramme, Base):
    """One adopted budget. `adopted_on` empty: counts as adopted at every date (the provisional version 1)."""

    __tablename__ = "budget_version"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("monthly_total_minor > 0", name="total_above_zero"),
        one_of("basis", BASES),
        whole("monthly_total_minor"),
    )

    number: Mapped[int] = mapped_column(Integer)
    effective_month: Mapped[str] = mapped_column(String(MONTH_LENGTH))
    adopted_on: Mapped[date | None]
    monthly_total_minor: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    lines: Mapped[list["BudgetLine"]] = relationship(lazy="raise")


class BudgetLine(InProgramme, Base):
    """One outcome's part of a version: its share in millionths and its published amount a month."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("budget_version_id", "outcome_id"),
        CheckConstraint("share_units >= 0 AND amount_minor >= 0", name="not_negative"),
        whole("share_units"),
        whole("amount_minor"),
    )

    budget_version_id: Mapped[int] = mapped_column(Key, ForeignKey("budget_version.id"))
    outcome_id: Mapped[int] = mapped_column(Key, ForeignKey("outcome.id"))
    share_units: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class Donor(InProgramme, Editable, Base):
    """Who contributes. The donor UNIDENTIFIED holds money until its payer is known."""

    __tablename__ = "donor"
    __table_args__ = (UniqueConstraint("programme_id", "code"), one_of("kind", DONOR_KINDS))

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(12))
    country: Mapped[str] = mapped_column(String(2), default="")
    iati_ref: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    anonymous: Mapped[bool] = mapped_column(default=False)
    aliases: Mapped[list["DonorAlias"]] = relationship(
        order_by="DonorAlias.position", cascade="all, delete-orphan", lazy="raise_on_sql"
    )


class DonorAlias(InProgramme, Base):
    """Another name the donor is known by."""

    __tablename__ = "donor_alias"
    __table_args__ = (UniqueConstraint("donor_id", "position"),)

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)


class Pledge(InProgramme, Editable, Base):
    """An announced intention; a signed agreement from `signed_on`; its unpaid rest ends on `closed_on`."""

    __tablename__ = "pledge"
    __table_args__ = (
        UniqueConstraint("programme_id", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        CheckConstraint("signed_on >= pledged_on", name="signed_after_pledged"),
        CheckConstraint("closed_on >= pledged_on", name="closed_after_pledged"),
        CheckConstraint("covers_from <= covers_until", name="window_in_order"),
        whole("amount_minor"),
        Index(None, "donor_id"),
    )

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    reference: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    pledged_on: Mapped[date]
    signed_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    close_reason: Mapped[str] = mapped_column(Text, default="")
    earmark: Mapped[str] = mapped_column(Text)
    support_cost: Mapped[bool]
    covers_from: Mapped[str | None] = mapped_column(String(MONTH_LENGTH))
    covers_until: Mapped[str | None] = mapped_column(String(MONTH_LENGTH))
    agreement_ref: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    instalments: Mapped[list["Instalment"]] = relationship(
        order_by="Instalment.due_on",
        primaryjoin="and_(Instalment.pledge_id == Pledge.id, Instalment.superseded_at_utc.is_(None))",
        lazy="raise_on_sql",
        viewonly=True,
    )


class Instalment(InProgramme, Base):
    """One dated part of a pledge. A changed schedule supersedes its rows; they stay readable."""

    __tablename__ = "instalment"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        whole("amount_minor"),
        Index(
            "uq_instalment_pledge_id_due_on",
            "pledge_id",
            "due_on",
            unique=True,
            sqlite_where=text("superseded_at_utc IS NULL"),
            postgresql_where=text("superseded_at_utc IS NULL"),
        ),
    )

    pledge_id: Mapped[int] = mapped_column(Key, ForeignKey("pledge.id"))
    due_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    superseded_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Receipt(InProgramme, Editable, Base):
    """Money that arrived. `usd_minor` was fixed when it was recorded; later rates never change it."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("programme_id", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        CheckConstraint("usd_minor >= 0", name="usd_not_negative"),
        CheckConstraint("currency <> 'USD' OR usd_minor <= amount_minor", name="credited_within_sent"),
        CheckConstraint("covers_from <= covers_until", name="window_in_order"),
        whole("amount_minor"),
        whole("usd_minor"),
        Index(None, "donor_id"),
        Index(None, "pledge_id"),
    )

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    pledge_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pledge.id"))
    reference: Mapped[str] = mapped_column(String(80))
    received_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    usd_minor: Mapped[int] = mapped_column(BigInteger)
    usd_stated: Mapped[bool]
    earmark: Mapped[str] = mapped_column(Text, default="")
    exact_split: Mapped[str] = mapped_column(Text, default="")
    covers_from: Mapped[str | None] = mapped_column(String(MONTH_LENGTH))
    covers_until: Mapped[str | None] = mapped_column(String(MONTH_LENGTH))
    ledger_ref: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")


class Refund(InProgramme, Editable, Base):
    """Money given back: its own dated record against a receipt. `usd_minor` only where it was stated."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("programme_id", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        CheckConstraint("usd_minor >= 0", name="usd_not_negative"),
        whole("amount_minor"),
        whole("usd_minor"),
        Index(None, "receipt_id"),
    )

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("receipt.id"))
    reference: Mapped[str] = mapped_column(String(80))
    refunded_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    usd_minor: Mapped[int | None] = mapped_column(BigInteger)
    ledger_ref: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")


class Rate(InProgramme, Editable, Base):
    """Units of a currency for one USD, from a day until the next rate. A plain decimal, kept as text."""

    __tablename__ = "rate"
    __table_args__ = (
        UniqueConstraint("programme_id", "currency", "effective_on"),
        CheckConstraint("CAST(value AS REAL) > 0", name="value_above_zero"),
    )

    currency: Mapped[str] = mapped_column(String(3))
    effective_on: Mapped[date]
    value: Mapped[str] = mapped_column(String(82))


class User(InProgramme, Versioned, Base):
    """A login. Disabled, never deleted. A donor's login belongs to one donor."""

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("programme_id", "email"),
        one_of("role", ROLES),
        CheckConstraint("(role = 'donor') = (donor_id IS NOT NULL)", name="donor_role_has_donor"),
    )

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(Text, default="")
    role: Mapped[str] = mapped_column(String(10))
    donor_id: Mapped[int | None] = mapped_column(Key, ForeignKey("donor.id"))
    password_hash: Mapped[str] = mapped_column(Text, default="")
    disabled_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class Contact(InProgramme, Editable, Base):
    """A person at a donor."""

    __tablename__ = "contact"
    __table_args__ = (Index(None, "donor_id"),)

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(2), default="")


class Note(InProgramme, Editable, Base):
    """Something to remember of a donor, or of one pledge, on a day."""

    __tablename__ = "note"
    __table_args__ = (Index(None, "donor_id"),)

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    pledge_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pledge.id"))
    dated_on: Mapped[date]
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class Attachment(InProgramme, Editable, Base):
    """A file kept with a donor, a pledge or a receipt: a signed agreement, a bank's advice."""

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("kind", FILE_KINDS),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        Index(None, "donor_id"),
    )

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    pledge_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pledge.id"))
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("receipt.id"))
    kind: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class AttachmentContent(InProgramme, Base):
    """The bytes of a file, apart from what lists need of it."""

    __tablename__ = "attachment_content"

    attachment_id: Mapped[int] = mapped_column(Key, ForeignKey("attachment.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Caretaker(InProgramme, Editable, Base):
    """Who looks after a donor, or one of its pledges. The newest row that is not voided counts."""

    __tablename__ = "caretaker"
    __table_args__ = (Index(None, "donor_id"),)

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    pledge_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pledge.id"))
    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))


class BankLayout(InProgramme, Editable, Base):
    """Which columns of a bank's list mean what, chosen once. `columns` is JSON: ours to the bank's."""

    __tablename__ = "bank_layout"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    name: Mapped[str] = mapped_column(String(80))
    columns: Mapped[str] = mapped_column(Text)


class BankList(InProgramme, Editable, Base):
    """A bank's statement of credits, as uploaded or pasted."""

    __tablename__ = "bank_list"

    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    layout_name: Mapped[str] = mapped_column(String(80), default="")


class BankLine(InProgramme, Editable, Base):
    """One credit on a bank's list: open until it is recorded as a receipt, matched to one, or set aside."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("bank_list_id", "row_number"),
        one_of("state", BANK_LINE_STATES),
        CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        CheckConstraint("(state = 'settled') = (receipt_id IS NOT NULL)", name="settled_has_receipt"),
        whole("amount_minor"),
        Index(None, "receipt_id"),
    )

    bank_list_id: Mapped[int] = mapped_column(Key, ForeignKey("bank_list.id"))
    row_number: Mapped[int] = mapped_column(Integer)
    value_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    payer: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[str] = mapped_column(Text, default="")
    ledger_ref: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10))
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("receipt.id"))
    reason: Mapped[str] = mapped_column(Text, default="")


class DonorMerge(InProgramme, Versioned, Base):
    """Two donors that are one: all that `donor_id` had went to `into_id`, until that is undone with a reason.

    `moved` is JSON, table to row ids: what went over, and goes back. Merged again, it is a new row.
    """

    __tablename__ = "donor_merge"
    __table_args__ = (
        CheckConstraint("donor_id <> into_id", name="two_donors"),
        CheckConstraint("(undone_at_utc IS NULL) = (undo_reason = '')", name="undoing_has_reason"),
        Index(
            "uq_donor_merge_donor_id",
            "donor_id",
            unique=True,
            sqlite_where=text("undone_at_utc IS NULL"),
            postgresql_where=text("undone_at_utc IS NULL"),
        ),
    )

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    into_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    reason: Mapped[str] = mapped_column(Text)
    moved: Mapped[str] = mapped_column(Text)
    merged_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by: Mapped[str] = mapped_column(Text)
    undone_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(Text, default="")
    undo_reason: Mapped[str] = mapped_column(Text, default="")


class ImportMapping(InProgramme, Editable, Base):
    """What the columns of somebody's table mean, kept under a name: a TOML text (docs/importing.md)."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)


class Upload(InProgramme, Editable, Base):
    """A file given to be imported: open while it is looked at, then recorded, or dropped.

    `mapping` is the TOML text it is read with; `names` is JSON, a donor's name in the file to a donor's code
    ('' for a new donor); `result` is JSON: what came of it, by table.
    """

    __tablename__ = "upload"
    __table_args__ = (
        one_of("form", UPLOAD_FORMATS),
        one_of("state", UPLOAD_STATES),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("(state = 'open') = (closed_at_utc IS NULL)", name="closed_when_not_open"),
    )

    file_name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(4))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    sheet: Mapped[str] = mapped_column(String(100), default="")
    mapping: Mapped[str] = mapped_column(Text, default="")
    names: Mapped[str] = mapped_column(Text, default="{}")
    result: Mapped[str] = mapped_column(Text, default="{}")
    uploaded_by: Mapped[str] = mapped_column(Text)
    closed_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UploadContent(InProgramme, Base):
    """The bytes of an upload, as they came. Those of a dropped one go."""

    __tablename__ = "upload_content"

    upload_id: Mapped[int] = mapped_column(Key, ForeignKey("upload.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Statement(InProgramme, Frozen, Base):
    """An issued statement of a donor's contributions, numbered within the donor. Frozen: a correction is a
    new one that names it. `closing` is JSON: what was on hand at the end, by outcome, as the next one's
    opening.
    """

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("donor_id", "number"),
        CheckConstraint("number > 0", name="number_above_zero"),
        CheckConstraint("from_on <= to_on AND to_on <= as_of", name="days_in_order"),
        CheckConstraint("(corrects_id IS NULL) = (reason = '')", name="correction_has_reason"),
    )

    donor_id: Mapped[int] = mapped_column(Key, ForeignKey("donor.id"))
    number: Mapped[int] = mapped_column(Integer)
    from_on: Mapped[date]
    to_on: Mapped[date]
    corrects_id: Mapped[int | None] = mapped_column(Key, ForeignKey("statement.id"))
    closing: Mapped[str] = mapped_column(Text)
    issued_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str] = mapped_column(Text)
    files: Mapped[list["StatementFile"]] = relationship(order_by="StatementFile.form", lazy="raise_on_sql")


class StatementFile(InProgramme, FrozenFile, Base):
    """The very bytes of an issued statement."""

    __tablename__ = "statement_file"
    __table_args__ = (
        UniqueConstraint("statement_id", "form"),
        one_of("form", PAPER_FORMATS),
        CheckConstraint("size_bytes > 0", name="not_empty"),
    )

    statement_id: Mapped[int] = mapped_column(Key, ForeignKey("statement.id"))


class Meeting(InProgramme, Editable, Base):
    """A meeting of the Global Coordinating Group: its agenda, its paper in draft, what was decided.

    `draft_as_of` and `draft_known_at_utc` are what its paper speaks for until it is frozen.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("number > 0", name="number_above_zero"),
    )

    number: Mapped[int] = mapped_column(Integer)
    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(Text, default="")
    agenda: Mapped[str] = mapped_column(Text, default="")
    decisions: Mapped[str] = mapped_column(Text, default="")
    draft_as_of: Mapped[date | None]
    draft_known_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Paper(InProgramme, Frozen, Base):
    """A meeting’s paper, frozen: as of a day, known at a moment. A corrected one is a new issue naming it.

    `previous_id` is the paper its changes are told from.
    """

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("number > 0", name="number_above_zero"),
        CheckConstraint("(corrects_id IS NULL) = (reason = '')", name="correction_has_reason"),
        Index(None, "meeting_id"),
    )

    meeting_id: Mapped[int] = mapped_column(Key, ForeignKey("meeting.id"))
    number: Mapped[int] = mapped_column(Integer)
    previous_id: Mapped[int | None] = mapped_column(Key, ForeignKey("paper.id"))
    corrects_id: Mapped[int | None] = mapped_column(Key, ForeignKey("paper.id"))
    frozen_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    frozen_by: Mapped[str] = mapped_column(Text)
    files: Mapped[list["PaperFile"]] = relationship(order_by="PaperFile.form", lazy="raise_on_sql")


class PaperFile(InProgramme, FrozenFile, Base):
    """The very bytes of a frozen paper."""

    __tablename__ = "paper_file"
    __table_args__ = (
        UniqueConstraint("paper_id", "form"),
        one_of("form", PAPER_FORMATS),
        CheckConstraint("size_bytes > 0", name="not_empty"),
    )

    paper_id: Mapped[int] = mapped_column(Key, ForeignKey("paper.id"))


class MonthClosing(InProgramme, Versioned, Base):
    """A closed month, until an administrator reopens it with a reason. Closed again, it is a new row."""

    __tablename__ = "month_closing"
    __table_args__ = (
        CheckConstraint("(reopened_at_utc IS NULL) = (reopen_reason = '')", name="reopening_has_reason"),
        Index(
            "uq_month_closing_programme_id_month",
            "programme_id",
            "month",
            unique=True,
            sqlite_where=text("reopened_at_utc IS NULL"),
            postgresql_where=text("reopened_at_utc IS NULL"),
        ),
    )

    month: Mapped[str] = mapped_column(String(MONTH_LENGTH))
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(Text)
    reopened_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_by: Mapped[str] = mapped_column(Text, default="")
    reopen_reason: Mapped[str] = mapped_column(Text, default="")


class LoginSession(InProgramme, Base):
    """A login that is open, kept here so that logging out and disabling take effect at once.

    `viewed_donor_id`: the donor whose pages an officer sees at present, read-only.
    """

    __tablename__ = "login_session"

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    viewed_donor_id: Mapped[int | None] = mapped_column(Key, ForeignKey("donor.id"))


class PasswordLink(InProgramme, Base):
    """A one-time link that sets a password."""

    __tablename__ = "password_link"

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionDetail(InProgramme, Base):
    """Where a login was opened from, for its owner to recognise: the browser in plain words, the address."""

    __tablename__ = "session_detail"

    session_id: Mapped[int] = mapped_column(Key, ForeignKey("login_session.id"), unique=True)
    browser: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))


class SignInStep(InProgramme, Base):
    """A sign-in that is half done: the password fitted, the second factor is still asked for. No session."""

    __tablename__ = "sign_in_step"

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(InProgramme, Base):
    """What an app of the login's owner makes codes from (TOTP, RFC 6238).

    `secret` counts once a code has confirmed it; `pending` is one that is being set up. `last_step` is the
    time step of the newest code that was taken: no code is taken twice.
    """

    __tablename__ = "second_factor"
    __table_args__ = (
        CheckConstraint("(secret = '') = (confirmed_at_utc IS NULL)", name="secret_when_confirmed"),
    )

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(64), default="")
    confirmed_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pending: Mapped[str] = mapped_column(String(64), default="")
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(InProgramme, Base):
    """A code that stands in, once, for a second factor that was lost. Its hash alone is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(InProgramme, Base):
    """An attempt at a door that counts towards its limit: at which gate, by whom as a hash, when."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "kind", "key_hash"), Index(None, "at_utc"))

    kind: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[str] = mapped_column(String(64))
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class FormKey(InProgramme, Base):
    """A form that was recorded: the same key again answers with what it recorded, and records nothing."""

    __tablename__ = "form_key"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)

    key: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    used_at_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(InProgramme, Base):
    """One committed change: who, when, what, the whole row before and after, chained by hash.

    `seq` is dense within a programme, and also the revision of its records: every write raises it.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("programme_id", "seq"),
        Index(None, "programme_id", "entity", "entity_id"),
    )

    seq: Mapped[int] = mapped_column(BigInteger)
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64), default="")
    hash: Mapped[str] = mapped_column(String(64))
