"""imports and merged donors"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = ("donor_merge", "import_mapping", "upload")
REFUSAL = "records are voided, undone or dropped, never deleted"


def refuse_deletion(table):
    """A trigger that refuses DELETE; PostgreSQL's function was made by the first migration."""
    name = f"tr_{table}_no_delete"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION tracker_refuse()"
        )


def upgrade() -> None:
    op.create_table(
        "import_mapping",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_import_mapping_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_import_mapping_programme_id_name")),
    )
    op.create_table(
        "upload",
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("closed_at_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at_utc IS NULL)", name=op.f("ck_upload_closed_when_not_open")
        ),
        sa.CheckConstraint("form IN ('csv', 'xlsx', 'xml')", name=op.f("ck_upload_form_known")),
        sa.CheckConstraint("state IN ('open', 'recorded', 'dropped')", name=op.f("ck_upload_state_known")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_upload_not_empty")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_upload_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_table(
        "donor_merge",
        sa.Column("donor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved", sa.Text(), nullable=False),
        sa.Column("merged_at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("undone_at_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("undo_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(undone_at_utc IS NULL) = (undo_reason = '')", name=op.f("ck_donor_merge_undoing_has_reason")
        ),
        sa.CheckConstraint("donor_id <> into_id", name=op.f("ck_donor_merge_two_donors")),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"], name=op.f("fk_donor_merge_donor_id")),
        sa.ForeignKeyConstraint(["into_id"], ["donor.id"], name=op.f("fk_donor_merge_into_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_donor_merge_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor_merge")),
    )
    with op.batch_alter_table("donor_merge", schema=None) as batch_op:
        batch_op.create_index(
            "uq_donor_merge_donor_id",
            ["donor_id"],
            unique=True,
            sqlite_where=sa.text("undone_at_utc IS NULL"),
            postgresql_where=sa.text("undone_at_utc IS NULL"),
        )

    op.create_table(
        "upload_content",
        sa.Column("upload_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_upload_content_programme_id")
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_content_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_content")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_upload_content_upload_id")),
    )
    for table in KEPT:
        refuse_deletion(table)


def downgrade() -> None:
    """Not undone: that would delete records."""
    raise NotImplementedError("restore a backup instead")
