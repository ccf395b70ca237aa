"""The first tables."""

import sqlalchemy as sa
from alembic import op

from integrations.ledger.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("address", "person_id", name=op.f("pk_address")),
    )
    op.create_table(
        "approval",
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("addressees", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("item", "fingerprint", name=op.f("pk_approval")),
    )
    op.create_table(
        "approval_request",
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("addressees", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item", "fingerprint", name=op.f("pk_approval_request")),
        sa.UniqueConstraint("code", name=op.f("uq_approval_request_code")),
    )
    op.create_table(
        "consent_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact_key", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("organization_id", sa.String(length=120), nullable=True),
        sa.Column("stream", sa.String(length=30), nullable=True),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_fact")),
        sa.UniqueConstraint("fact_key", name=op.f("uq_consent_fact_fact_key")),
    )
    op.create_index(op.f("ix_consent_fact_address"), "consent_fact", ["address"], unique=False)
    op.create_index(op.f("ix_consent_fact_organization_id"), "consent_fact", ["organization_id"], unique=False)
    op.create_index(op.f("ix_consent_fact_person_id"), "consent_fact", ["person_id"], unique=False)
    op.create_table(
        "cursor",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
    )
    op.create_table(
        "enrollment",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("track", sa.String(length=60), nullable=False),
        sa.Column("cycle", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "track", "cycle", name=op.f("pk_enrollment")),
    )
    op.create_index(op.f("ix_enrollment_state"), "enrollment", ["state"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_person_id"), "event", ["person_id"], unique=False)
    op.create_table(
        "issue",
        sa.Column("issue", sa.String(length=80), nullable=False),
        sa.Column("edition", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issue", "edition", "language", name=op.f("pk_issue")),
        sa.UniqueConstraint("title", name=op.f("uq_issue_title")),
    )
    op.create_table(
        "lane",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("first_live_day", sa.Date(), nullable=True),
        sa.Column("refusals_in_a_row", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lane")),
    )
    op.create_table(
        "message",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("address_key", sa.String(length=600), nullable=False),
        sa.Column("reply_ref", sa.String(length=40), nullable=True),
        sa.Column("stream", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("not_after", Moment(), nullable=False),
        sa.Column("look_again_at", Moment(), nullable=True),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("expires", Moment(), nullable=True),
        sa.Column("lane", sa.String(length=40), nullable=True),
        sa.Column("reserved_at", Moment(), nullable=True),
        sa.Column("handle", sa.JSON(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message")),
        sa.UniqueConstraint("address_key", name=op.f("uq_message_address_key")),
    )
    op.create_index(op.f("ix_message_address"), "message", ["address"], unique=False)
    op.create_index("ix_message_cap_lane", "message", ["lane", "reserved_at"], unique=False)
    op.create_index("ix_message_cap_person", "message", ["person_id", "reserved_at"], unique=False)
    op.create_index(op.f("ix_message_due_at"), "message", ["due_at"], unique=False)
    op.create_index(op.f("ix_message_person_id"), "message", ["person_id"], unique=False)
    op.create_index(op.f("ix_message_reply_ref"), "message", ["reply_ref"], unique=False)
    op.create_index(op.f("ix_message_reserved_at"), "message", ["reserved_at"], unique=False)
    op.create_index(op.f("ix_message_state"), "message", ["state"], unique=False)
    op.create_table(
        "pending_row",
        sa.Column("workbook", sa.String(length=120), nullable=False),
        sa.Column("tab", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("looked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("workbook", "tab", "key", name=op.f("pk_pending_row")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("member", sa.JSON(), nullable=False),
        sa.Column("first_seen", Moment(), nullable=False),
        sa.Column("already_known", sa.Boolean(), nullable=False),
        sa.Column("in_sheet", sa.Boolean(), nullable=False),
        sa.Column("became_member_at", Moment(), nullable=True),
        sa.Column("recipient_id", sa.String(length=120), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_recipient_id"), "person", ["recipient_id"], unique=False)
    op.create_table(
        "program",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
    )
    op.create_table(
        "program_note",
        sa.Column("program_id", sa.String(length=120), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("program_id", "fact", name=op.f("pk_program_note")),
    )
    op.create_table(
        "rate_bucket",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("turns", sa.Float(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rate_bucket")),
    )
    op.create_table(
        "refusal",
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("streams", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refusal")),
    )
    op.create_table(
        "address_digest",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_address_digest")),
    )
    op.create_table(
        "response",
        sa.Column("survey", sa.String(length=120), nullable=False),
        sa.Column("response_id", sa.String(length=120), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("survey", "response_id", name=op.f("pk_response")),
    )
    op.create_table(
        "snapshot",
        sa.Column("metric", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("metric", "day", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "task",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("in_sheet", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_task")),
        sa.UniqueConstraint("key", name=op.f("uq_task_key")),
    )
