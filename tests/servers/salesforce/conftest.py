"""An org for each test (starting one takes milliseconds) and a client for it."""

from collections.abc import Iterator

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api


@pytest.fixture
def org() -> Iterator[LocalOrg]:
    with LocalOrg.start() as running:
        yield running


@pytest.fixture
def api(org: LocalOrg) -> Iterator[Api]:
    client = Api(org)
    yield client
    client.session.close()
