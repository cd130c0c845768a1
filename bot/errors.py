"""Everything that can go wrong, divided by whose fault it is. Codes and attributes; the sentences are in the catalogue.

CoproduceError
 ├─ NotKept               words could not be stored; their writer still has them
 ├─ NotAllowed            what somebody asked for cannot be done; they are told in one sentence
 │   ├─ UnknownRound      no round of that code that this person may see
 │   ├─ Closed            words came after the close
 │   └─ Sealed            words were asked for before the reveal
 ├─ ListUnwritable        nothing was destroyed: it could not be listed beside the key
 ├─ DeliveryError         what a platform raises
 │   ├─ Later             not now: wait `after` seconds, for `scope`
 │   ├─ Unreachable       this person can never be written to this way
 │   ├─ NoNewConversations  private messages only to people whom the bot wrote to before
 │   ├─ Rejected          the platform will not take this message as it is
 │   ├─ Revoked           the workspace has thrown the bot out
 │   ├─ Unknown           no answer: it may stand, or not
 │   └─ Unsearchable      `find` cannot tell
 └─ SetupFault            the operator's: config, key, database, a second process
     ├─ KeyMissing        wrapped keys exist, and the key that opens them is not here
     ├─ KeyWrong          a ciphertext does not open
     ├─ KeyFolderUnwritable  what is destroyed could not be listed there
     ├─ DatabaseBehind    the schema is older than this release
     ├─ NotUtf8           a file that somebody wrote is in another encoding
     ├─ DatabaseMissing   there is no database yet
     ├─ DatabaseForeign   the file holds what coproduce did not write
     ├─ DatabaseUnwritable the file or its folder cannot be written
     ├─ DatabaseReplaced  the file was moved or replaced while it was in use
     ├─ AlreadyRunning    another process is active on this database
     ├─ CannotListen      the address of the web server is taken, or none of ours
     └─ OrgWideToken      the token is for a whole organisation, and a round belongs to one workspace
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import ClassVar

from bot.people import Why, Workspace


class CoproduceError(Exception):
    """The family. `code` is the catalogue's key (`error.<code>`); `facts` fill its sentence."""

    code: ClassVar[str] = "unexpected"

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code)
        self.facts: Mapping[str, str | int] = facts


class NotKept(CoproduceError):
    """Somebody's words could not be stored: the disk is full, or fails."""

    code = "not_kept"


class NotAllowed(CoproduceError):
    """What somebody asked for cannot be done."""

    code = "not_allowed"


class UnknownRound(NotAllowed):
    """No round of that code that this person may see."""

    code = "unknown_round"


class Closed(NotAllowed):
    """Words came after the close."""

    code = "closed"


class Sealed(NotAllowed):
    """Words were asked for before the reveal."""

    code = "sealed"


class ListUnwritable(CoproduceError):
    """Nothing was destroyed: the list beside the key, which keeps backups from bringing it back, cannot be written."""

    code = "list_unwritable"


class DeliveryError(CoproduceError):
    """What a platform raises."""

    code = "delivery"


class Later(DeliveryError):
    """Not now: wait `after` seconds before anything more to `scope` (a lane, or "" for the whole workspace)."""

    code = "later"

    def __init__(self, after: float, scope: str = "") -> None:
        super().__init__()
        self.after = after
        self.scope = scope


class HistoryClosed(Later):
    """What was said there before may not be read, so nobody knows whether a message stands until somebody allows it."""

    code = "history_closed"


class Unreachable(DeliveryError):
    """This person, or this channel, cannot be written to.

    `reason` of a channel: "archived", "not_member", "gone", "not_allowed", or the platform's own code.
    DM_CLOSED: this person takes no private messages from the bot. They are asked by the announcement.
    """

    code = "unreachable"
    DM_CLOSED: ClassVar[str] = "dm_closed"

    def __init__(self, why: Why = Why.REFUSED, reason: str = "") -> None:
        super().__init__()
        self.why = why
        self.reason = reason or why.value


class NoNewConversations(DeliveryError):
    """The platform lets the bot open no more private conversations; those that are open go on."""

    code = "no_new_conversations"


class Rejected(DeliveryError):
    """The platform will not take this message as it is.

    `reason`: one of `compose.scene.REASONS`, or the platform's own code where it is none of them; never content.
    """

    code = "rejected"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason=reason)
        self.reason = reason


class Revoked(DeliveryError):
    """The workspace has thrown the bot out."""

    code = "revoked"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace


class Unknown(DeliveryError):
    """No answer came: the message may stand, or not."""

    code = "unknown"


class Unsearchable(DeliveryError):
    """`find` cannot tell whether the message stands."""

    code = "unsearchable"


class SetupFault(CoproduceError):
    """The operator's: config, key, database, a second process."""

    code = "setup"


class KeyMissing(SetupFault):
    """Wrapped keys exist, and the key that opens them is not here."""

    code = "key_missing"


class KeyWrong(SetupFault):
    """A ciphertext does not open with the key it names."""

    code = "key_wrong"


class KeyFolderUnwritable(SetupFault):
    """What is destroyed could not be listed beside the key."""

    code = "key_folder_unwritable"


class DatabaseBehind(SetupFault):
    """The schema is older (or newer) than this release."""

    code = "database_behind"


class NotUtf8(SetupFault):
    """A file that somebody wrote is in another encoding."""

    code = "not_utf8"


class DatabaseMissing(SetupFault):
    """There is no database yet: the first start makes it."""

    code = "database_missing"


class DatabaseForeign(SetupFault):
    """The file holds what coproduce did not write."""

    code = "database_foreign"


class DatabaseUnwritable(SetupFault):
    """The database, or the folder in which SQLite keeps its log, cannot be written."""

    code = "database_unwritable"


class DatabaseReplaced(SetupFault):
    """The file was moved, deleted or replaced while it was in use."""

    code = "database_replaced"


class AlreadyRunning(SetupFault):
    """Another process is active on this database."""

    code = "already_running"


class CannotListen(SetupFault):
    """The address of the web server is taken by another program, or is none of this machine."""

    code = "cannot_listen"


class OrgWideToken(SetupFault):
    """The token is for a whole organisation: it names no workspace that rounds could belong to."""

    code = "org_wide_token"


def where(error: BaseException) -> str:
    """For a log: what was raised and where. Never its message, which may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
