"""Which chat API wasf reads, and where its token is kept. Holds no secret."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from wasf.core.auth import StoreKind
from wasf.errors import StoreUnusable
from wasf.store.files import unusable, write_private

API_URL: Final = "https://app.timelines.ai/integrations/api"
TOKEN_NAME: Final = "@timelines"  # noqa: S105 - no profile of Salesforce's can have that name
TOKEN_VARIABLE: Final = "WASF_TIMELINES_TOKEN"  # noqa: S105
URL_VARIABLE: Final = "WASF_TIMELINES_URL"


@dataclass(frozen=True, slots=True)
class ChatApi:
    """A workspace that wasf reads; `url` is the API's address."""

    url: str
    workspace: str
    token_store: StoreKind


class ChatApiFile:
    """The file that remembers it. Raises `StoreUnusable` if it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> ChatApi | None:
        """The workspace that is connected, None if none is."""
        try:
            kept: Mapping[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            return ChatApi(kept["url"], kept["workspace"], StoreKind(kept["token_store"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(self._path, error) from error
        except (ValueError, KeyError, TypeError):
            raise StoreUnusable(
                "What is known of the connected chat API is damaged.", "wasf connect timelines"
            ) from None

    def put(self, api: ChatApi) -> None:
        """Remember a workspace; the file is replaced in one step."""
        write_private(self._path, json.dumps(asdict(api), indent=1) + "\n")

    def remove(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)
