"""What a sign-in is answered with: a code, a refusal, and in the end tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from wasf.core.secrets import Secret
from wasf.errors import WasfError


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens as Salesforce gave them, their shape and the org's address checked.

    `refresh_token` is None where the flow has none, and in a refresh without rotation.
    `issued_at` is in UTC.
    """

    access_token: Secret
    refresh_token: Secret | None
    instance_url: str
    issued_at: datetime


class CodeGiven(NamedTuple):
    """The person agreed; the code can be exchanged, once. `pasted` if it was typed in here."""

    code: Secret
    pasted: bool


class SaidNo(NamedTuple):
    """The person or Salesforce refused; `error` says what that means.

    Not `is_final` if it was read on a page of Salesforce's own: what is wrong can be mended, and
    the same attempt succeed.
    """

    error: WasfError
    is_final: bool


class NotAnAnswer(NamedTuple):
    """Something was pasted that is no answer to this sign-in; `reason` is a sentence."""

    reason: str


Answer = CodeGiven | SaidNo | NotAnAnswer


@dataclass(frozen=True, slots=True)
class Who:
    """Who signed in, and where."""

    username: str
    name: str
    user_id: str
    org_id: str
    org_name: str
    is_sandbox: bool
