"""Records and plays exchanges over HTTP; what is recorded is scrubbed on the way.

With `WASF_RECORD=1` in the environment a test records its cassette anew.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vcr

RECORDING = os.environ.get("WASF_RECORD") == "1"
SCRUBBED = "(scrubbed)"


@dataclass(frozen=True)
class Cassette:
    """One recorded exchange. Of a request only its method and `address` are kept and compared.

    Answers keep these headers and their shape, without what stands under the `private` names;
    `replaced` gives something else for a value, or None where it may stay.
    """

    path: Path
    address: Callable[[str], str]
    headers: frozenset[str]
    private: frozenset[str]
    replaced: Callable[[Any], Any]

    @contextmanager
    def played(self) -> Iterator[None]:
        """Exactly what was recorded is asked, and answered; there is no server."""
        with self._recorder("none").use_cassette(self.path) as cassette:
            yield
            assert cassette.all_played

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """What is asked, and answered by a server, replaces what was recorded."""
        self.path.unlink(missing_ok=True)
        with self._recorder("all").use_cassette(self.path):
            yield

    def _recorder(self, mode: str) -> vcr.VCR:
        return vcr.VCR(
            serializer="json",  # YAML would break long lines, and hide what the search looks for
            record_mode=mode,
            match_on=["method", "path"],
            before_record_request=self._request,
            before_record_response=self._response,
        )

    def _request(self, request: Any) -> Any:
        request.uri = self.address(request.uri)
        request.body = None
        request.headers = {}
        return request

    def _response(self, response: Any) -> Any:
        body = response["body"]["string"]
        if body.startswith((b"{", b"[")):
            response["body"]["string"] = json.dumps(self._scrubbed(json.loads(body))).encode()
        response["headers"] = {
            name: value
            for name, value in response["headers"].items()
            if name.lower() in self.headers
        }
        return response

    def _scrubbed(self, value: Any) -> Any:
        instead = self.replaced(value)
        if instead is not None:
            return instead
        if isinstance(value, list):
            return [self._scrubbed(member) for member in value]
        if not isinstance(value, dict):
            return value
        return {
            name: SCRUBBED if name in self.private and member else self._scrubbed(member)
            for name, member in value.items()
        }
