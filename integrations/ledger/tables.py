"""The ledger's tables. Constraints carry the promises: unique keys are what keeps a mail from going out twice.

Values whose shape belongs to `network` (a member row, a message's content) are kept as JSON of that type; everything
that a query filters, counts or keeps unique has a column of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; a naive one is refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the ledger needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

person = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("member", JSON, nullable=False),  # network.members.Member
    Column("first_seen", Moment, nullable=False),
    Column("already_known", Boolean, nullable=False),
    Column("in_sheet", Boolean, nullable=False),
    Column("became_member_at", Moment),
    Column("recipient_id", String(120), index=True),
    Column("changed_at", Moment, nullable=False),
)

# Every address a person was ever known by; two persons may share one.
address = Table(
    "address",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("person_id", String(40), primary_key=True),
    Column("since", Moment, nullable=False),
)

program = Table(
    "program",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("body", JSON, nullable=False),  # network.programs.Program
    Column("changed_at", Moment, nullable=False),
)

# What we were told about a program, obeyed until the sheet says it.
program_note = Table(
    "program_note",
    metadata,
    Column("program_id", String(120), primary_key=True),
    Column("fact", String(60), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

consent_fact = Table(
    "consent_fact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fact_key", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("source", String(40), nullable=False),
    Column("person_id", String(40), index=True),
    Column("address", String(320), index=True),
    Column("organization_id", String(120), index=True),
    Column("stream", String(30)),
    Column("until", Moment),
    Column("evidence", Text, nullable=False),
)

# Slow salted hashes of addresses that said no and were forgotten, or that only the guard knew; nothing can be read back
# from them. `streams` is blank for a no to everything.
refusal = Table(
    "refusal",
    metadata,
    Column("digest", String(128), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("streams", String(200), nullable=False),
)

# The hash of an address we know, because computing it is slow on purpose.
address_digest = Table(
    "address_digest",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("digest", String(128), nullable=False),
)

enrollment = Table(
    "enrollment",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("track", String(60), primary_key=True),
    Column("cycle", String(40), primary_key=True),
    Column("body", JSON, nullable=False),  # network.sequences.Enrollment
    Column("state", String(20), nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("key", String(300), primary_key=True),
    # stream/item/step/@address: two persons of one address get one mail
    Column("address_key", String(600), nullable=False, unique=True),
    Column("reply_ref", String(40), index=True),
    Column("stream", String(30), nullable=False),
    Column("person_id", String(40), nullable=False, index=True),
    Column("address", String(320), nullable=False, index=True),
    Column("body", JSON, nullable=False),  # network.messages.Message
    Column("state", String(20), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("not_after", Moment, nullable=False),
    Column("look_again_at", Moment),  # a queued message that waits is not claimed before
    Column("planned_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("owner", String(80)),
    Column("expires", Moment),
    Column("lane", String(40)),
    Column("reserved_at", Moment, index=True),  # when it took its place under the caps
    Column("handle", JSON, nullable=False),
    Column("receipt", JSON),
)

approval_request = Table(
    "approval_request",
    metadata,
    Column("item", String(200), primary_key=True),
    Column("fingerprint", String(80), primary_key=True),
    Column("code", String(12), nullable=False, unique=True),
    Column("asked_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("addressees", Integer, nullable=False),
    Column("sample", Text, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("item", String(200), primary_key=True),
    Column("fingerprint", String(80), primary_key=True),
    Column("decision", String(20), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("addressees", Integer, nullable=False),
)

task = Table(
    "task",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("kind", String(30), nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Moment),
    Column("in_sheet", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

response = Table(
    "response",
    metadata,
    Column("survey", String(120), primary_key=True),
    Column("response_id", String(120), primary_key=True),
    Column("submitted_at", Moment, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("reference", String(80), nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("metric", String(120), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", Float, nullable=False),
    Column("base", Integer),
)

# One edition of one newsletter issue in one language.
issue = Table(
    "issue",
    metadata,
    Column("issue", String(80), primary_key=True),
    Column("edition", String(80), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("title", String(200), nullable=False, unique=True),
    Column("body", JSON, nullable=False),  # network.newsletter.IssueRecord
    Column("changed_at", Moment, nullable=False),
)

cursor = Table(
    "cursor",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Rows sent to a sheet that is not on this computer: an unclear answer is decided by looking, never by sending again.
pending_row = Table(
    "pending_row",
    metadata,
    Column("workbook", String(120), primary_key=True),
    Column("tab", String(120), primary_key=True),
    Column("key", String(320), primary_key=True),
    Column("state", String(20), nullable=False),  # "sent", then "stands" for good
    Column("at", Moment, nullable=False),
    Column("looked_at", Moment),  # first looked for in vain
)

# Turns under a limit of requests a minute, by the limit's name.
rate_bucket = Table(
    "rate_bucket",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("turns", Float, nullable=False),
    Column("at", Moment, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("words", Text, nullable=False),
    Column("person_id", String(40), index=True),
    Column("subject", Text, nullable=False),
)

# One row a lane: locked by every claim, so that counting and reserving happen one after the other.
lane = Table(
    "lane",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("first_live_day", Date),
    Column("refusals_in_a_row", Integer, nullable=False),
    Column("paused", Text, nullable=False),  # why, in words; blank when it runs
)

Index("ix_message_cap_person", message.c.person_id, message.c.reserved_at)
Index("ix_message_cap_lane", message.c.lane, message.c.reserved_at)
