"""The errors of the network; each class carries the decision whether trying again can help."""


class NetworkError(Exception):
    """Something the office must hear about; its text names no person and no address."""


class TransientError(NetworkError):
    """Trying again later can help. `request_left` tells whether a request had already left our process.

    Only an error with `request_left=False` may be repeated by the scheduler; anything else goes through reconciliation.
    `is_lane_fine` says that it is about this one mail: others may go on through the same lane.
    """

    def __init__(self, sentence: str, *, request_left: bool = False, is_lane_fine: bool = False) -> None:
        super().__init__(sentence)
        self.request_left = request_left
        self.is_lane_fine = is_lane_fine


class PermanentError(NetworkError):
    """Trying again gives the same answer; a person or a row must change first.

    `is_address_dead` says that there is nobody at the address: nothing else needs to be tried there either.
    """

    def __init__(self, sentence: str, *, is_address_dead: bool = False) -> None:
        super().__init__(sentence)
        self.is_address_dead = is_address_dead


class UnsupportedFeature(PermanentError):  # noqa: N818 - named for what it says to the caller, as DESIGN does
    """This adapter cannot do what was asked and refuses instead of dropping it."""


class ConfigurationError(NetworkError):
    """A setting is missing or wrong; raised at the start of a run and says which one to change."""


class HeldError(NetworkError):
    """Nothing may be done until a person has decided: another computer runs the sheet, or our memory is old."""
