"""One request to the public address, from bytes to what bolt takes. Whatever Slack would not send is 400 or 401.

bolt's own way in parses the body before it checks the signature, and raises on headers and bodies that are malformed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, Field, StrictStr, ValidationError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.request.internals import parse_body
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

STAMP: Final = "X-Slack-Request-Timestamp"
SIGNATURE: Final = "X-Slack-Signature"
_SHAPES: Final = {STAMP: re.compile(r"[0-9]{1,12}", re.ASCII), SIGNATURE: re.compile(r"v0=[0-9a-f]{64}", re.ASCII)}


class _Refused(Exception):
    """`why` is a word of ours, never what was sent."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        self.why = why


async def read(request: web.Request, verifier: SignatureVerifier) -> AsyncBoltRequest:
    """Raises HTTPUnauthorized where Slack did not sign it, HTTPBadRequest where it is not what Slack sends."""
    try:
        raw = await request.read()
        headers = _signed(request, raw, verifier)
        return _parsed(request, raw, headers)
    except _Refused as refused:
        log.warning("request_refused", extra={"status": refused.status, "reason": refused.why})
        raise (web.HTTPUnauthorized if refused.status == 401 else web.HTTPBadRequest) from None


def _signed(request: web.Request, raw: bytes, verifier: SignatureVerifier) -> dict[str, str]:
    """The two headers of the signature. Before this has returned nothing that was sent is parsed."""
    headers = {}
    for name, shape in _SHAPES.items():
        given = request.headers.getall(name, [])
        if len(given) != 1 or not shape.fullmatch(given[0]):
            raise _Refused(401, "signature_header")
        headers[name] = given[0]
    try:
        is_valid = verifier.is_valid(raw, headers[STAMP], headers[SIGNATURE])
    except UnicodeDecodeError:  # the SDK computes the signature of text only
        raise _Refused(400, "not_utf8") from None
    if not is_valid:
        raise _Refused(401, "signature")
    return headers


def _parsed(request: web.Request, raw: bytes, headers: Mapping[str, str]) -> AsyncBoltRequest:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Refused(400, "content_encoding")
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise _Refused(400, "charset")
    content = request.content_type
    text = raw.decode()
    try:
        body = parse_body(text, content)
        if not isinstance(body, dict):
            raise _Refused(400, "not_an_object")
        _like_slacks(body)
        # only these headers: bolt obeys others, such as those that start its lazy listeners
        return AsyncBoltRequest(body=text, headers={"Content-Type": content, **headers})
    except ValidationError:
        raise _Refused(400, "fields") from None
    except RecursionError:
        raise _Refused(400, "too_deep") from None
    except (ValueError, AttributeError, TypeError, LookupError):  # nothing but parsing happens here
        raise _Refused(400, "not_parsed") from None


# what listeners and bolt rely on ---------------------------------------------------------------------------------

_Filled = Annotated[StrictStr, Field(min_length=1)]


class _User(BaseModel):
    id: _Filled


class _Action(BaseModel):
    action_id: _Filled


class _View(BaseModel):
    id: _Filled
    callback_id: StrictStr = ""
    private_metadata: StrictStr = ""
    blocks: list[dict[str, Any]] = []
    state: dict[str, Any] = {}


class _Command(BaseModel):
    command: _Filled
    trigger_id: _Filled
    user_id: _Filled


class _Press(BaseModel):
    user: _User
    actions: Annotated[list[_Action], Field(min_length=1)]
    view: dict[str, Any] | None = None
    container: dict[str, Any] | None = None


class _Submission(BaseModel):
    user: _User
    view: _View


class _InnerEvent(BaseModel):
    type: _Filled


class _Event(BaseModel):
    event_id: _Filled
    event: _InnerEvent


_BY_TYPE: Final[Mapping[str, type[BaseModel]]] = {
    "block_actions": _Press,
    "view_submission": _Submission,
    "event_callback": _Event,
}


def _like_slacks(body: Mapping[str, Any]) -> None:
    """Raises ValidationError. Types that nobody listens to pass: bolt answers them that all is well."""
    kind = body.get("type", "")
    if not isinstance(kind, str):
        raise _Refused(400, "type")
    if kind:
        if kind in _BY_TYPE:
            _BY_TYPE[kind].model_validate(body)
    elif "ssl_check" not in body:
        _Command.model_validate(body)
