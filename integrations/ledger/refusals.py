"""Noes as slow salted hashes: what the guard in the sheet holds, and what a forgotten person leaves behind.

Hashing one address takes about 50 ms, on purpose. The hash of an address that we still know is kept beside it, so that
the guard costs no time while nothing changes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from integrations.ledger.consents import fact_of
from integrations.ledger.engine import Ledger
from integrations.ledger.tables import address, address_digest, consent_fact, refusal
from network.consent import AUTOMATIC, ConsentFact, FactKind, said_no
from network.messages import Stream

_ALL = frozenset(AUTOMATIC)

Noes = Mapping[str, frozenset[Stream]]


class LedgerRefusals:
    """Noes by hash: those that stand for people we know, and those of people we have forgotten or never knew."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def noes(self) -> Noes:
        """The hashes of every no that stands now; a no that was taken back is not among them."""
        with self._ledger.read() as connection:
            refused = _refused_addresses(connection)
            found = {row.digest: streams_of(row.streams) for row in connection.execute(select(refusal))}
        digests = self._digests(refused)
        for spelling, streams in refused.items():
            found[digests[spelling]] = found.get(digests[spelling], frozenset()) | streams
        return found

    def keep(self, noes: Noes, at: datetime) -> int:
        """Keeps noes and applies them to everybody known here; a no that stands already is not told twice."""
        if not noes:
            return 0
        with self._ledger.read() as connection:
            known = set(connection.scalars(select(address.c.address)))
        digests = self._digests(known)
        here = set(digests.values())
        new: set[str] = set()
        with self._ledger.write() as connection:
            standing = {row.digest: streams_of(row.streams) for row in connection.execute(select(refusal))}
            # A mark is kept for those we do not know; those we know get their no in words, which they may take back.
            for digest, streams in noes.items():
                if digest not in standing and digest not in here:
                    connection.execute(insert(refusal).values(digest=digest, at=at, streams=words_of(streams)))
                elif digest in standing and not streams <= standing[digest]:
                    words = words_of(streams | standing[digest])
                    connection.execute(update(refusal).where(refusal.c.digest == digest).values(streams=words))
            for spelling, digest in digests.items():
                if digest not in noes:
                    continue
                for owner in connection.scalars(select(address.c.person_id).where(address.c.address == spelling)).all():
                    if refuse(self._ledger, connection, owner, spelling, streams=noes[digest], at=at):
                        new.add(owner)
        return len(new)

    def _digests(self, spellings: Iterable[str]) -> dict[str, str]:
        """The hash of each address; those that were never hashed are hashed now, outside of any transaction."""
        wanted = set(spellings)
        with self._ledger.read() as connection:
            kept = {row.address: row.digest for row in connection.execute(select(address_digest))}
        missing = sorted(wanted - kept.keys())
        if missing:
            with ThreadPoolExecutor() as pool:
                new = dict(zip(missing, pool.map(self._ledger.digest, missing), strict=True))
            with self._ledger.write() as connection:
                remember_digests(self._ledger, connection, new)
            kept |= new
        return {spelling: kept[spelling] for spelling in wanted}


def honour_refusals(ledger: Ledger, connection: Connection, owners: Iterable[tuple[str, str]], at: datetime) -> None:
    """Refuses those of these people (address, person) whose address said no before we knew them."""
    known = {row.digest: streams_of(row.streams) for row in connection.execute(select(refusal))}
    if not known:
        return
    for spelling, owner in sorted(owners):
        digest = connection.scalar(select(address_digest.c.digest).where(address_digest.c.address == spelling))
        if digest is None:
            digest = ledger.digest(spelling)
            remember_digests(ledger, connection, {spelling: digest})
        if digest in known:
            refuse(ledger, connection, owner, spelling, streams=known[digest], at=at)


def refuse(
    ledger: Ledger, connection: Connection, owner: str, spelling: str, *, streams: frozenset[Stream], at: datetime
) -> bool:
    """Adds the no of one person as far as it does not stand yet; True when something was added."""
    touches = (consent_fact.c.person_id == owner) | (consent_fact.c.address == spelling)
    facts = [fact_of(row) for row in connection.execute(select(consent_fact).where(touches))]
    open_ones = [stream for stream in streams if not said_no(owner, (spelling,), facts, stream)]
    wanted: list[Stream | None] = [None] if streams >= _ALL and open_ones else [*sorted(open_ones)]
    added = False
    for stream in wanted:
        identity = f"refusal/{owner}/{spelling}/{stream or ''}/{at.isoformat()}"
        values = {
            "fact_key": hashlib.sha256(identity.encode()).hexdigest(),
            "at": at,
            "kind": FactKind.NO,
            "source": "forgotten",
            "person_id": owner,
            "address": spelling,
            "stream": stream,
            "evidence": "a mark of this address was kept",
        }
        added |= ledger.add_new(connection, consent_fact, values)
    return added


def remember_digests(ledger: Ledger, connection: Connection, digests: Mapping[str, str]) -> None:
    """Keeps hashes beside their addresses, so that none is computed twice."""
    for spelling, digest in digests.items():
        connection.execute(ledger.insert_new(address_digest).values(address=spelling, digest=digest))


def forget_digests(connection: Connection, spellings: Iterable[str]) -> None:
    """Removes addresses that nobody bears any more; their hashes among the refusals stay."""
    connection.execute(delete(address_digest).where(address_digest.c.address.in_(list(spellings))))


def words_of(streams: frozenset[Stream]) -> str:
    """The streams as a column keeps them; blank for all of them."""
    return "" if streams >= _ALL else ",".join(sorted(streams))


def streams_of(words: str) -> frozenset[Stream]:
    """The streams out of their column."""
    return frozenset(Stream(word) for word in words.split(",")) if words else _ALL


def _refused_addresses(connection: Connection) -> dict[str, frozenset[Stream]]:
    """Every address that a no covers now, with the streams it stops; also those of writers we do not know."""
    noes = select(consent_fact.c.person_id, consent_fact.c.address).where(consent_fact.c.kind == FactKind.NO)
    if connection.execute(noes.limit(1)).first() is None:
        return {}
    owners, spellings = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for row in connection.execute(select(address)):
        owners[row.address].add(row.person_id)
        spellings[row.person_id].add(row.address)
    of_person, of_nobody = defaultdict[str, list[ConsentFact]](list), defaultdict[str, list[ConsentFact]](list)
    said = select(consent_fact).where(consent_fact.c.kind.in_([FactKind.NO, FactKind.YES]))
    for row in connection.execute(said.order_by(consent_fact.c.at, consent_fact.c.id)):
        fact = fact_of(row)
        here = owners.get(fact.address, set()) if fact.address else set[str]()
        for owner in here | ({fact.person_id} if fact.person_id else set()):
            of_person[owner].append(fact)
        if fact.address and not here:
            of_nobody[fact.address].append(fact)
    refused = defaultdict[str, frozenset[Stream]](frozenset)
    whose = [(owner, spellings[owner], facts) for owner, facts in of_person.items()]
    whose += [("", {spelling}, facts) for spelling, facts in of_nobody.items()]
    for person_id, theirs, facts in whose:
        streams = frozenset(stream for stream in AUTOMATIC if said_no(person_id, sorted(theirs), facts, stream))
        for spelling in theirs if streams else ():
            refused[spelling] |= streams
    return dict(refused)
