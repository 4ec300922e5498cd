"""Who may deliver: the secret in an address, the signature over a body. All in constant time."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wasf.core.auth import Secret

_SIGNED: Final = b"sha256="


@dataclass(frozen=True, slots=True)
class MetaSecrets:
    """What Meta's app has: its secret signs bodies, the token proves us when it is set up."""

    app_secret: Secret
    verify_token: Secret


def is_same(given: str, secret: Secret) -> bool:
    """Whether it is the secret."""
    return hmac.compare_digest(_bytes(given), _bytes(secret.reveal()))


def is_signed(body: bytes, headers: Sequence[bytes], app_secret: Secret) -> bool:
    """Whether one header, and only one, is the signature over exactly these bytes."""
    digest = hmac.new(_bytes(app_secret.reveal()), body, "sha256").hexdigest()
    expected = _SIGNED + digest.encode()
    return len(headers) == 1 and hmac.compare_digest(headers[0], expected)


def looks_signed(headers: Sequence[bytes]) -> bool:
    """Whether it is worth while to read the body."""
    return len(headers) == 1 and headers[0].startswith(_SIGNED)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
