"""Which org a token belongs to, so that a run need not ask again. Holds no token.

It is a memory only: whatever cannot be read of it is asked anew.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from wasf.core.records import UserId
from wasf.store.files import write_private

_KEPT = 50  # tokens change daily in some set-ups


@dataclass(frozen=True, slots=True)
class KnownOrg:
    """An org and its user, as Salesforce named them for a token with this fingerprint."""

    instance_url: str
    fingerprint: str
    org_id: str
    user_id: UserId
    username: str


def fingerprint(token: str) -> str:
    """What tells tokens apart and cannot be turned back into one."""
    return blake2b(token.encode(), digest_size=32, person=b"wasf token").hexdigest()


class OrgBook:
    """The file that remembers orgs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, instance_url: str, fingerprint: str) -> KnownOrg | None:
        """The org that this token was for when it was last used, or None."""
        for org in self._read():
            if (org.instance_url, org.fingerprint) == (instance_url, fingerprint):
                return org
        return None

    def put(self, org: KnownOrg) -> None:
        """Remember an org; the file is replaced in one step. Raises `StoreUnusable`."""
        same = (org.instance_url, org.fingerprint)
        others = [o for o in self._read() if (o.instance_url, o.fingerprint) != same]
        orgs = [org, *others][:_KEPT]
        write_private(self._path, json.dumps([asdict(org) for org in orgs], indent=1) + "\n")

    def _read(self) -> list[KnownOrg]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            return [KnownOrg(**entry) for entry in entries]
        except (OSError, ValueError, TypeError):
            return []
