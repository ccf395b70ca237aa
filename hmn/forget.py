"""`hmn forget EMAIL`: the same as the request typed into *To do*."""

from __future__ import annotations

import json
from datetime import datetime

from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.to_do import Request, RequestKind


def forget(email: str, *, as_of: datetime | None, as_json: bool) -> None:
    """Removes one person and all that names them; a no stays as a mark.

    Raises HeldError where another computer runs the sheet: there it must be done.
    """
    from network.jobs.members import make_sure
    from network.jobs.requests import do_request

    address = email.strip().casefold()
    if "@" not in address:
        raise ConfigurationError("Please type the address, like: hmn forget ana@example.org")
    with open_office(as_of=as_of) as office:
        make_sure(office, office.clock())
        request = Request("command/forget", RequestKind.FORGET, "forget …", who=address)
        said = do_request(office, request, office.clock())
    print(json.dumps({"said": said}) if as_json else said)
