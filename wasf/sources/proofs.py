"""Proofs that a webhook comes from the provider: a secret in address or header, a signed body.

Secrets are compared in constant time. Whoever does not know a secret learns nothing about it.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Final

from wasf.core.auth import Secret
from wasf.interfaces import Proof, RequestHead
from wasf.sources.lenient_json import as_object, parsed, text, unix_time
from wasf.values import dataclass

_SIGNATURE: Final = b"x-webhook-signature"
_TIMED_SIGNATURE: Final = b"x-chatwoot-signature"
_TIMESTAMP: Final = b"x-chatwoot-timestamp"
_LONGEST_TIME: Final = 11
_MOST_SECONDS: Final = 300.0
_BEARER: Final = b"Bearer "
_AUTHORIZATION: Final = b"authorization"
_JWT_PARTS: Final = 3
_JWT_SECONDS: Final = 600.0
_LONGEST_JWT: Final = 2_048


@dataclass(frozen=True, slots=True)
class AddressSecret:
    """A `Proof`: the address has the secret as its parameter `secret`, exactly once.

    To everybody else there is nothing at the address.
    """

    secret: Secret
    refusal: int = 404

    def may_read(self, head: RequestHead) -> bool:
        given = [value for name, value in head.query if name == "secret"]
        return len(given) == 1 and is_same(given[0], self.secret)

    def accepts(self, head: RequestHead, body: bytes) -> bool:  # noqa: ARG002 - see `Proof`
        return self.may_read(head)


@dataclass(frozen=True, slots=True)
class BodySignature:
    """A `Proof`: one header, and only one, is the HMAC of exactly this body, in hex.

    `header` is in lower case; `algorithm` is the name of the hash; the header's value begins with
    `prefix`. What is signed begins with `before`, then comes the body.
    """

    secret: Secret
    header: bytes
    algorithm: str = "sha256"
    prefix: bytes = b""
    before: bytes = b""
    refusal: int = 401

    def may_read(self, head: RequestHead) -> bool:
        given = self._given(head)
        return len(given) == 1 and given[0].startswith(self.prefix)

    def accepts(self, head: RequestHead, body: bytes) -> bool:
        given = self._given(head)
        signed = self.before + body
        digest = hmac.new(_bytes(self.secret.reveal()), signed, self.algorithm).hexdigest()
        expected = self.prefix + digest.encode()
        return len(given) == 1 and hmac.compare_digest(given[0], expected)

    def _given(self, head: RequestHead) -> list[bytes]:
        return [value for name, value in head.headers if name == self.header]


@dataclass(frozen=True, slots=True)
class TimedSignature:
    """A `Proof` as Chatwoot makes it: one header is the HMAC of a time, a dot and the body.

    The time is in another header (Unix, seconds) and lies at most five minutes away.
    """

    secret: Secret
    clock: Callable[[], float] = time.time
    refusal: int = 401

    def may_read(self, head: RequestHead) -> bool:
        return self._time(head) is not None and self._signature(b"").may_read(head)

    def accepts(self, head: RequestHead, body: bytes) -> bool:
        written = self._time(head)
        return written is not None and self._signature(written + b".").accepts(head, body)

    def _signature(self, before: bytes) -> BodySignature:
        return BodySignature(self.secret, _TIMED_SIGNATURE, prefix=b"sha256=", before=before)

    def _time(self, head: RequestHead) -> bytes | None:
        """Return the time as it is written, None if it is none, or is not of now."""
        given = [value for name, value in head.headers if name == _TIMESTAMP]
        if len(given) != 1 or not given[0].isdigit() or len(given[0]) > _LONGEST_TIME:
            return None
        return given[0] if abs(self.clock() - int(given[0])) <= _MOST_SECONDS else None


@dataclass(frozen=True, slots=True)
class SeveralProofs:
    """A `Proof` made of others. `needs` is `all` or `any`.

    Where all are needed, whoever lacks the first learns nothing of the others.
    """

    needs: Callable[[Iterable[bool]], bool]
    proofs: tuple[Proof, ...]

    @property
    def refusal(self) -> int:
        return self.proofs[0].refusal

    def may_read(self, head: RequestHead) -> bool:
        return self.needs(one.may_read(head) for one in self.proofs)

    def accepts(self, head: RequestHead, body: bytes) -> bool:
        return self.needs(one.accepts(head, body) for one in self.proofs)


@dataclass(frozen=True, slots=True)
class ForwarderSecret:
    """A `Proof` for providers that forward bodies of somebody else, each with what it can send.

    The secret is in the address (see `AddressSecret`), or it is the value of one header, alone or
    behind `Bearer`; or a header is the HMAC of the body with it, in hex. Everybody else learns
    nothing.
    """

    secret: Secret
    refusal: int = 404

    def may_read(self, head: RequestHead) -> bool:
        return self._has_secret(head) or BodySignature(self.secret, _SIGNATURE).may_read(head)

    def accepts(self, head: RequestHead, body: bytes) -> bool:
        is_signed = BodySignature(self.secret, _SIGNATURE).accepts(head, body)
        return self._has_secret(head) or is_signed

    def _has_secret(self, head: RequestHead) -> bool:
        in_address = AddressSecret(self.secret).may_read(head)
        values = [value.removeprefix(_BEARER) for _, value in head.headers]
        same = [hmac.compare_digest(one, _bytes(self.secret.reveal())) for one in values]
        return in_address or sum(same) == 1


@dataclass(frozen=True, slots=True)
class TokenProof:
    """A `Proof` as Evolution API makes it from `jwt_key`: a JWT behind `Bearer`, signed by HS256.

    It names no other hash, is for webhooks of that server, and ends within ten minutes; clocks may
    differ by five. It does not cover the body.
    """

    secret: Secret
    clock: Callable[[], float] = time.time
    refusal: int = 401

    def may_read(self, head: RequestHead) -> bool:
        given = [value for name, value in head.headers if name == _AUTHORIZATION]
        if len(given) != 1 or not given[0].startswith(_BEARER) or len(given[0]) > _LONGEST_JWT:
            return False
        signed, _, signature = given[0].removeprefix(_BEARER).rpartition(b".")
        digest = hmac.digest(_bytes(self.secret.reveal()), signed, "sha256")
        is_ours = hmac.compare_digest(signature, urlsafe_b64encode(digest).rstrip(b"="))
        return is_ours and self._is_current(signed)

    def accepts(self, head: RequestHead, body: bytes) -> bool:  # noqa: ARG002 - see `Proof`
        return self.may_read(head)

    def _is_current(self, signed: bytes) -> bool:
        """Return whether a signed text is of the kind that was asked for, and has not ended."""
        parts = signed.split(b".")
        if len(parts) != _JWT_PARTS - 1:
            return False
        head, claims = (as_object(parsed(_decoded(part))) for part in parts)
        of_webhooks = (text(claims, "app"), text(claims, "action")) == ("evolution", "webhook")
        end = unix_time(claims, "exp")
        if text(head, "alg") != "HS256" or not of_webhooks or end is None:
            return False
        left = end.timestamp() - self.clock()
        return -_MOST_SECONDS <= left <= _JWT_SECONDS + _MOST_SECONDS


def _decoded(part: bytes) -> bytes:
    """Return what base64url holds, nothing if it is none."""
    try:
        return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError:
        return b""


def is_same(given: str, secret: Secret) -> bool:
    """Return whether a text is the secret."""
    return hmac.compare_digest(_bytes(given), _bytes(secret.reveal()))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
