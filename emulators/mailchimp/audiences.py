"""What the API does with lists: members, batches, merge fields, tags and static segments, which are one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulators.mailchimp.members import Member, MemberList, MergeField, hash_of
from emulators.mailchimp.problems import Refused, bad_request, invalid, not_found
from emulators.mailchimp.shapes import as_time, member_shape, page_of, segment_shape

_MOST = 500


@dataclass(slots=True)
class Segment:
    """A static segment, that is: a tag."""

    id: int
    name: str
    members: set[str] = field(default_factory=set)  # hashes
    changed: datetime | None = None


@dataclass(slots=True)
class Audiences:
    """The lists of the account and their segments."""

    tick: Callable[[], datetime]  # a moment later than every change before
    lists: dict[str, MemberList] = field(default_factory=dict)
    segments: dict[int, Segment] = field(default_factory=dict)

    def list_of(self, list_id: str) -> MemberList:
        """The list, or a 404."""
        if list_id not in self.lists:
            raise not_found()
        return self.lists[list_id]

    def member_of(self, list_id: str, key: str) -> Member:
        """The member by hash, or a 404."""
        member = self.list_of(list_id).members.get(key)
        if member is None:
            raise not_found()
        return member

    def tags_of(self, member: Member) -> list[dict[str, Any]]:
        """The labels of a member."""
        return [{"id": each.id, "name": each.name} for each in self.segments.values() if member.id in each.members]

    def shape(self, member: Member, list_id: str) -> dict[str, Any]:
        """A member as the API shows it."""
        return member_shape(member, list_id, self.tags_of(member), [each.tag for each in self.lists[list_id].fields])

    # --- members -----------------------------------------------------------------------------------------------------

    def members(self, list_id: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of members: without `status` all but the archived."""
        found = list(self.list_of(list_id).members.values())
        status = query.get("status", "")
        found = [each for each in found if (each.status == status if status else each.status != "archived")]
        if "since_last_changed" in query:
            since = datetime.fromisoformat(query["since_last_changed"])
            found = [each for each in found if each.changed >= since]
        if query.get("sort_field") == "timestamp_signup":
            found.sort(key=lambda each: each.signup, reverse=query.get("sort_dir") == "DESC")
        shown = page_of(found, query)
        body = [self.shape(each, list_id) for each in shown]
        return {"members": body, "list_id": list_id, "total_items": len(found), "_links": []}

    def batch(self, list_id: str, body: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        """Adds many; says 200 and lists its refusals inside."""
        known = self.list_of(list_id)
        wanted = body.get("members")
        if not isinstance(wanted, list) or len(wanted) > _MOST:
            raise invalid("members", "Array must not contain more than 500 items")
        new, updated, errors = [], [], []
        done: set[str] = set()
        for each in wanted:
            email = str(each.get("email_address", ""))
            key = hash_of(email)
            if key in done:
                if query.get("skip_duplicate_check") != "true":
                    errors.append(_error(f"'{email}'", f"{email} is a duplicate in this request."))
                continue
            done.add(key)
            try:
                if key not in known.members:
                    checks = query.get("skip_merge_validation") != "true"
                    new.append(known.add(each, self.tick(), checks_fields=checks))
                elif not body.get("update_existing"):
                    detail = f"{email} is already a list member, do you want to update? please provide update_existing"
                    errors.append(_error(email, f"{detail}:true in the request body", "ERROR_CONTACT_EXISTS"))
                else:
                    known.update(known.members[key], each, self.tick(), checks_fields=False)
                    updated.append(known.members[key])
            except Refused as err:
                errors.append(_error(email, _words(err)))
        return {
            "new_members": [self.shape(each, list_id) for each in new],
            "updated_members": [self.shape(each, list_id) for each in updated],
            "errors": errors,
            "total_created": len(new),
            "total_updated": len(updated),
            "error_count": len(errors),
            "_links": [],
        }

    def put(self, list_id: str, key: str, body: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        """Adds or changes one; `status` counts for somebody known only when it is given."""
        known = self.list_of(list_id)
        if hash_of(str(body.get("email_address", ""))) != key:
            raise bad_request("The address and the hash are of two members.", "Member Exists")
        checks = query.get("skip_merge_validation") != "true"
        if key in known.members:
            known.update(known.members[key], body, self.tick(), checks_fields=checks)
        else:
            new = {**body, "status": body.get("status", body.get("status_if_new"))}
            known.add(new, self.tick(), checks_fields=checks)
        return self.shape(known.members[key], list_id)

    def patch(self, list_id: str, key: str, body: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        """Changes one that is there."""
        member = self.member_of(list_id, key)
        checks = query.get("skip_merge_validation") != "true"
        self.lists[list_id].update(member, body, self.tick(), checks_fields=checks)
        return self.shape(member, list_id)

    def archive(self, list_id: str, key: str) -> None:
        """What DELETE does; the status before is forgotten."""
        member = self.member_of(list_id, key)
        if member.status == "archived":
            raise bad_request("This member is archived already.", "Method Not Allowed")
        member.status, member.changed = "archived", self.tick()

    def tag(self, list_id: str, key: str, body: Mapping[str, Any]) -> None:
        """Labels one member; a label that is missing is made."""
        member = self.member_of(list_id, key)
        for each in body.get("tags", []):
            segment = self._named(each["name"])
            if each["status"] == "active":
                segment.members.add(member.id)
            else:
                segment.members.discard(member.id)
        member.changed = self.tick()

    # --- fields ------------------------------------------------------------------------------------------------------

    def add_field(self, list_id: str, body: Mapping[str, Any]) -> MergeField:
        """Makes a merge field; a tag longer than ten characters is cut."""
        known = self.list_of(list_id)
        tag = str(body.get("tag") or f"MMERGE{len(known.fields) + 1}").upper()[:10]
        if any(each.tag == tag for each in known.fields):
            raise bad_request(f"A Merge Field with the tag {tag} already exists for this list.")
        made = MergeField(len(known.fields) + 1, tag, body["name"], body["type"], bool(body.get("required")))
        known.fields.append(made)
        return made

    # --- segments ----------------------------------------------------------------------------------------------------

    def make_segment(self, list_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Makes a static segment of those who are in the list."""
        if any(each.name == body.get("name") for each in self.segments.values()):
            raise bad_request("Sorry, that tag already exists.")
        if not isinstance(body.get("static_segment"), list):
            raise invalid("static_segment", "This stand-in makes static segments only")
        segment = self._named(str(body["name"]))
        known = self.list_of(list_id)
        segment.members = {hash_of(email) for email in body["static_segment"]} & known.members.keys()
        return self.segment(list_id, segment)

    def move(self, list_id: str, segment_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Adds to a segment and takes from it; an address that the list does not know is listed as an error."""
        segment, known = self.segment_of(segment_id), self.list_of(list_id)
        adding, removing = body.get("members_to_add") or [], body.get("members_to_remove") or []
        if len(adding) > _MOST or len(removing) > _MOST:
            raise invalid("members_to_add", "Array must not contain more than 500 items")
        added = [known.members[hash_of(email)] for email in adding if hash_of(email) in known.members]
        removed = [known.members[hash_of(email)] for email in removing if hash_of(email) in segment.members]
        unknown = [email for email in adding if hash_of(email) not in known.members]
        segment.members |= {each.id for each in added}
        segment.members -= {each.id for each in removed}
        errors = [{"email_addresses": unknown, "error": "Email addresses are not members of the list."}]
        return {
            "members_added": [self.shape(each, list_id) for each in added],
            "members_removed": [self.shape(each, list_id) for each in removed],
            "errors": errors if unknown else [],
            "total_added": len(added),
            "total_removed": len(removed),
            "error_count": int(bool(unknown)),
            "_links": [],
        }

    def segment_of(self, segment_id: str | int) -> Segment:
        """The segment, or a 404."""
        found = self.segments.get(int(segment_id)) if str(segment_id).isdigit() else None
        if found is None:
            raise not_found()
        return found

    def segment(self, list_id: str, segment: Segment) -> dict[str, Any]:
        """A segment as the API shows it; its count is of those who are subscribed."""
        count = sum(each.status == "subscribed" for each in self._in(list_id, segment))
        return segment_shape(segment.id, segment.name, count, list_id, as_time(segment.changed))

    def segments_page(self, list_id: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of segments."""
        found = list(self.segments.values())
        shown = [self.segment(list_id, each) for each in page_of(found, query)]
        return {"segments": shown, "list_id": list_id, "total_items": len(found), "_links": []}

    def segment_members(self, list_id: str, segment_id: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Who is in it."""
        statuses = {"subscribed"} | ({"unsubscribed"} if query.get("include_unsubscribed") == "true" else set())
        found = [each for each in self._in(list_id, self.segment_of(segment_id)) if each.status in statuses]
        shown = [self.shape(each, list_id) for each in page_of(found, query)]
        return {"members": shown, "total_items": len(found), "_links": []}

    def readers(self, list_id: str, segment_id: int | None) -> list[Member]:
        """Who a campaign would reach: of the segment, or of everybody when there is none."""
        chosen = self.list_of(list_id).members.values() if segment_id is None else None
        found = chosen if chosen is not None else self._in(list_id, self.segment_of(segment_id or 0))
        return [each for each in found if each.status == "subscribed"]

    def _in(self, list_id: str, segment: Segment) -> list[Member]:
        return [each for each in self.list_of(list_id).members.values() if each.id in segment.members]

    def _named(self, name: str) -> Segment:
        for each in self.segments.values():
            if each.name == name:
                return each
        made = Segment(49_000 + len(self.segments), name, changed=self.tick())
        self.segments[made.id] = made
        return made


def _error(email: str, words: str, code: str = "ERROR_GENERIC") -> dict[str, str]:
    return {"email_address": email, "error": words, "error_code": code, "field": "", "field_message": ""}


def _words(err: Refused) -> str:
    import json

    body = json.loads(err.answer.body)
    listed = "; ".join(f"{each['field']}: {each['message']}" for each in body.get("errors", []))
    return " ".join(part for part in (body["detail"], listed) if part)
