"""statements and viewing as a donor"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("statement", "statement_file")
REFUSAL = "what was issued is never changed and never deleted; a correction is a new one"


def refuse(table, verb):
    """A trigger that refuses a verb; PostgreSQL's function was made by the first migration."""
    name = f"tr_{table}_no_{verb.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION tracker_refuse()"
        )


def upgrade() -> None:
    op.create_table(
        "statement",
        sa.Column("donor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), nullable=False),
        sa.Column("known_at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("issued_at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(corrects_id IS NULL) = (reason = '')", name=op.f("ck_statement_correction_has_reason")
        ),
        sa.CheckConstraint("from_on <= to_on AND to_on <= as_of", name=op.f("ck_statement_days_in_order")),
        sa.CheckConstraint("number > 0", name=op.f("ck_statement_number_above_zero")),
        sa.ForeignKeyConstraint(["corrects_id"], ["statement.id"], name=op.f("fk_statement_corrects_id")),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"], name=op.f("fk_statement_donor_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_statement_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("donor_id", "number", name=op.f("uq_statement_donor_id_number")),
    )
    op.create_table(
        "statement_file",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("form IN ('pdf', 'xlsx')", name=op.f("ck_statement_file_form_known")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_statement_file_not_empty")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_statement_file_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_file_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_file")),
        sa.UniqueConstraint("statement_id", "form", name=op.f("uq_statement_file_statement_id_form")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("viewed_donor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_login_session_viewed_donor_id"), "donor", ["viewed_donor_id"], ["id"]
        )

    for table in KEPT:
        refuse(table, "DELETE")
        refuse(table, "UPDATE")


def downgrade() -> None:
    """Not undone: that would delete records."""
    raise NotImplementedError("restore a backup instead")
