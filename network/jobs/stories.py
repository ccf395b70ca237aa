"""A success that somebody told us by reply: asked about, told once, in the words of a coordinator.

The text of a reply is never kept. So the *To do* row asks a person to read the story, to ask its writer, and to type
what may be printed. Only a yes brings it into the newsletter: the next issue, and no other one.
"""

from __future__ import annotations

import tomllib
from datetime import datetime

from network.editions import section_key
from network.members import Person, Status
from network.newsletter import HANDED_OVER, Issue, IssueState
from network.newsletter_blocks import Success
from network.ports import Office
from network.tasks import Task, TaskKind

_IN_HAND = HANDED_OVER | {IssueState.WAITING, IssueState.APPROVED}
_GONE = frozenset({Status.LEFT, Status.DO_NOT_CONTACT})
_WORDS = "newsletter/words.toml"
_SECTION = "success"


def next_story(office: Office, issue: Issue, at: datetime) -> str:
    """The story that this issue may tell: the one that waits longest and belongs to no other issue; blank for none.

    An issue in which people wrote the section themselves takes none, so that the story is not lost.
    """
    words = tomllib.loads(office.words.read(_WORDS))
    if any(section_key(item.section, words) == _SECTION and not item.is_held_back for item in issue.items):
        return ""
    agreed = [task for task in office.tasks.all() if _success(office, task) is not None]
    agreed.sort(key=lambda task: (task.answered_at or at, task.ref))
    for task in agreed:
        is_before = task.answered_at is None or task.answered_at <= at
        if is_before and _owner(office, task.key) in ("", issue.key):
            return task.key
    return ""


def claim_story(office: Office, key: str, issue: Issue, at: datetime) -> None:
    """Gives a story to one issue, so that no other one tells it."""
    office.cursors.set(_cursor(key), issue.key, at)


def told_story(office: Office, key: str, issue: Issue) -> Success | None:
    """The story as this issue may print it now.

    Not when the yes was taken back, when its writer is forgotten or has left, or when another issue tells it.
    """
    task = next((each for each in office.tasks.all() if each.key == key), None) if key else None
    if task is None or _owner(office, key) not in ("", issue.key):
        return None
    return _success(office, task)


def note_told(office: Office, item: str, key: str, at: datetime) -> None:
    """Remembers which story was handed over with an edition; blank for none."""
    office.cursors.set(_told_cursor(item), key, at)


def tells_withdrawn(office: Office, item: str) -> bool:
    """Tells whether an edition was handed over with a story that may not be printed any more."""
    key = office.cursors.get(_told_cursor(item))
    return bool(key) and not any(each.key == key and _success(office, each) for each in office.tasks.all())


def _success(office: Office, task: Task) -> Success | None:
    if task.kind is not TaskKind.STORY:
        return None
    choice, colon, words = task.answer.partition(":")
    may_name = {"with name": True, "without name": False}.get(choice.strip().casefold())
    person = office.people.get(task.subject)
    if may_name is None or not colon or not words.strip() or not _is_here(person):
        return None
    name = person.member.full_name if may_name and person is not None else ""
    return Success(words.strip(), name)


def _is_here(person: Person | None) -> bool:
    return person is not None and person.in_sheet and person.member.status not in _GONE


def _owner(office: Office, key: str) -> str:
    """The issue that tells a story, or is about to; one that was held meanwhile gives it up."""
    owner = office.cursors.get(_cursor(key)) or ""
    editions = [each.state for each in office.issues.all() if each.issue == owner]
    return owner if any(state in _IN_HAND for state in editions) else ""


def _cursor(key: str) -> str:
    return f"newsletter.story/{key}"


def _told_cursor(item: str) -> str:
    return f"newsletter.told/{item}"
