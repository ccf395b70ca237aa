"""Which grants belong to one recipient, and which recipient a member works for.

Grants are joined only when their names are the same name (see `recipient_names`) and place or distinctiveness speaks
for it; whatever is merely alike is suggested by `duplicates`, and a person decides by typing the same name in both
rows. A grant number alone is no key: numbers change, and ids stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from network.members import Member
from network.programs import Delegate, Grant, Program, geographic_region
from network.recipient_names import is_known_by_name_alone, loose_key, name_key, slug_of
from network.states import home_region

_ALIKE = 90.0  # of 100, for a question to a person


def join_recipients(
    grants: Iterable[Grant],
    known: Sequence[Program] = (),
    delegates: Iterable[Delegate] = (),
    other_names: Mapping[str, Iterable[str]] | None = None,
) -> tuple[Program, ...]:
    """Joins grants into recipients, sorted by id; the order of the grants never matters.

    Two grants of the same name belong together when they serve a common state, when the name is distinctive enough to
    mean one organization anywhere, or when one of them lies outside the states of the region that awarded it (an
    organization of region 2 that also serves Pennsylvania). A recipient keeps the id of the known program with
    which it shares most grant numbers (current or former), else of the known one of its name and state; else the id
    says state and name. Numbers that a known program had and no longer has are kept in `former_numbers`.
    `other_names` gives further spellings by grant number.
    """
    by_number = {
        grant.number: grant for grant in sorted(grants, key=lambda grant: (grant.number, grant.recipient_name))
    }
    groups = [tuple(group) for group in _same_recipient(tuple(by_number.values()))]
    ids = _ids(groups, known)
    known_by_id = {program.id: program for program in known}
    of_grant: dict[str, list[Delegate]] = defaultdict(list)
    for delegate in sorted(delegates, key=lambda each: (each.grant_number, each.program_number, each.name)):
        of_grant[delegate.grant_number].append(delegate)
    spellings = other_names or {}
    programs = [
        _recipient(recipient_id, group, of_grant, spellings, known_by_id.get(recipient_id))
        for recipient_id, group in zip(ids, groups, strict=True)
    ]
    return tuple(sorted(programs, key=lambda program: program.id))


def match_member(member: Member, programs: Sequence[Program]) -> str | None:
    """Returns the id of the program a member works for: by grant number, else by organization and state; else None.

    For many members build one `ProgramIndex` and ask it.
    """
    return ProgramIndex(programs).find(member)


@dataclass(slots=True)
class ProgramIndex:
    """Programs by number and by name, built once, asked for every member."""

    programs: Sequence[Program]
    _by_number: dict[str, str] = field(init=False)
    _by_name: dict[str, list[Program]] = field(init=False)
    _by_delegate: dict[str, list[Program]] = field(init=False)

    def __post_init__(self) -> None:
        former = {number: each.id for each in self.programs for number in each.former_numbers}
        self._by_number = former | {grant.number: each.id for each in self.programs for grant in each.grants}
        self._by_name, self._by_delegate = defaultdict(list), defaultdict(list)
        for each in self.programs:
            for key in {name_key(name) for name in (each.name, *each.other_names)}:
                self._by_name[key].append(each)
            for key in {name_key(delegate.name) for delegate in each.delegates}:
                self._by_delegate[key].append(each)

    def find(self, member: Member) -> str | None:
        """Returns the id of the one program that fits; None when none or several do.

        The name of a recipient comes before that of a delegate; the staff of a delegate count for its recipient.
        """
        if member.grant_number and member.grant_number in self._by_number:
            return self._by_number[member.grant_number]
        key = name_key(member.organization)
        if not key:
            return None
        for names in (self._by_name, self._by_delegate):
            fitting = [each for each in names.get(key, ()) if not member.state or member.state in each.states]
            if len(fitting) == 1:
                return fitting[0].id
            if fitting:
                return None
        return None

    def suggest(self, member: Member) -> Program | None:
        """Returns the one program whose name is alike, to be shown as a question; None when unsure. Never applied."""
        key = loose_key(name_key(member.organization))
        choices = {
            name: each
            for name, programs in self._by_name.items()
            for each in programs
            if not member.state or member.state in each.states
        }
        scorer = fuzz.token_sort_ratio
        found = process.extract(key, choices.keys(), scorer=scorer, score_cutoff=_ALIKE, limit=2)
        programs = {choices[name].id: choices[name] for name, _, _ in found}
        return next(iter(programs.values())) if len(programs) == 1 else None


def delegates_elsewhere(programs: Sequence[Program]) -> Mapping[tuple[str, str], str]:
    """Maps (grant number, program number) of a delegate to the program that it is itself, in the same state.

    Such an organization has two relations and stays one: its people are matched to its own program.
    """
    index: dict[tuple[str, str], list[str]] = defaultdict(list)
    for program in programs:
        for key in {name_key(name) for name in (program.name, *program.other_names)}:
            for state in program.states:
                index[key, state].append(program.id)
    found: dict[tuple[str, str], str] = {}
    for program in programs:
        for delegate in program.delegates:
            key = name_key(delegate.name)
            selves = {each for state in program.states for each in index.get((key, state), ())} - {program.id}
            if len(selves) == 1:
                found[delegate.grant_number, delegate.program_number] = selves.pop()
    return found


def _same_recipient(grants: Sequence[Grant]) -> list[list[Grant]]:
    by_key: dict[str, list[Grant]] = defaultdict(list)
    for grant in grants:
        by_key[name_key(grant.recipient_name)].append(grant)
    groups: list[list[Grant]] = []
    for key, namesakes in sorted(by_key.items()):
        if not key:
            groups += [[grant] for grant in namesakes]
        elif is_known_by_name_alone(key):
            groups.append(namesakes)
        else:
            groups += _joined_by_place(namesakes)
    return groups


def _joined_by_place(namesakes: Sequence[Grant]) -> list[list[Grant]]:
    groups: list[list[Grant]] = []
    for grant in namesakes:
        near = [group for group in groups if any(_is_same_place(grant, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append(sorted([grant, *(other for group in near for other in group)], key=lambda each: each.number))
    return sorted(groups, key=lambda group: group[0].number)


def _is_same_place(one: Grant, other: Grant) -> bool:
    first, second = geographic_region(one.number), geographic_region(other.number)
    if first and second and first != second:
        return False
    if set(one.states) & set(other.states):
        return True
    return first is not None and first == second and (_is_away_from_home(one) or _is_away_from_home(other))


def _is_away_from_home(grant: Grant) -> bool:
    return bool(grant.states) and all(home_region(state) != geographic_region(grant.number) for state in grant.states)


def _ids(groups: Sequence[Sequence[Grant]], known: Sequence[Program]) -> list[str]:
    """Gives each group its id, one id never to two groups; the larger claim to a known id wins."""
    owner = {number: each.id for each in known for number in each.former_numbers}
    owner |= {grant.number: each.id for each in known for grant in each.grants}
    claims = [
        (-shared, group[0].number, place, known_id)
        for place, group in enumerate(groups)
        for known_id, shared in Counter(owner[grant.number] for grant in group if grant.number in owner).items()
    ]
    ids: dict[int, str] = {}
    for _, _, place, known_id in sorted(claims):
        if place not in ids and known_id not in ids.values():
            ids[place] = known_id
    free = _by_name_and_state([each for each in known if each.id not in ids.values()])
    taken = set(ids.values()) | {each.id for each in known}
    for place in sorted(set(range(len(groups))) - set(ids), key=lambda each: groups[each][0].number):
        ids[place] = _known_by_name(groups[place], free, set(ids.values())) or _new_id(groups[place], taken)
        taken.add(ids[place])
    return [ids[place] for place in range(len(groups))]


def _by_name_and_state(known: Sequence[Program]) -> dict[tuple[str, str], str]:
    return {
        (name_key(name), state): each.id
        for each in sorted(known, key=lambda each: each.id, reverse=True)
        for name in (each.name, *each.other_names)
        for state in each.states
    }


def _known_by_name(group: Sequence[Grant], free: Mapping[tuple[str, str], str], taken: set[str]) -> str | None:
    for grant in group:
        for state in grant.states:
            known_id = free.get((name_key(grant.recipient_name), state))
            if known_id and known_id not in taken:
                return known_id
    return None


def _new_id(group: Sequence[Grant], taken: set[str]) -> str:
    states = sorted({state for grant in group for state in grant.states})
    region = geographic_region(group[0].number)
    place = states[0].lower() if states else f"r{region}" if region else "us"
    wanted = f"{place}-{slug_of(name_key(group[0].recipient_name))}"
    return wanted if wanted not in taken else f"{wanted}-{group[0].number.lower()}"


def _recipient(
    recipient_id: str,
    group: Sequence[Grant],
    delegates: Mapping[str, Sequence[Delegate]],
    spellings: Mapping[str, Iterable[str]],
    known: Program | None,
) -> Program:
    names = Counter(grant.recipient_name for grant in group)
    # The commonest spelling; of equals the one that does not shout, then the alphabet.
    name = min(names, key=lambda each: (-names[each], each.isupper(), each))
    others = {spelling for grant in group for spelling in spellings.get(grant.number, ())} | set(names)
    numbers = {grant.number for grant in group}
    before = {*known.former_numbers, *(grant.number for grant in known.grants)} if known else set()
    return Program(
        id=recipient_id,
        name=name,
        other_names=tuple(sorted(others - {name})),
        grants=tuple(group),
        delegates=tuple(each for grant in group for each in delegates.get(grant.number, ())),
        former_numbers=tuple(sorted(before - numbers)),
    )


def with_former_numbers(program: Program, numbers: Iterable[str]) -> Program:
    """Returns the program with older grant numbers remembered, its current ones never among them."""
    current = {grant.number for grant in program.grants}
    return replace(program, former_numbers=tuple(sorted({*program.former_numbers, *numbers} - current)))
