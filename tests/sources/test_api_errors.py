"""Which errors of a chat API are those of one chat, and which concern the whole of it (W6)."""

import pytest

from wasf.errors import PermissionMissing, Stopped, WasfError
from wasf.sources.api_client import Gone
from wasf.sources.api_errors import UnexpectedResponse, error_of_one


@pytest.mark.parametrize(
    "error", [UnexpectedResponse("x"), Gone("x"), OverflowError("+447700900123")]
)
def test_w6_an_error_of_one_chat_is_told(error: Exception) -> None:
    told = error_of_one(error, Gone)
    assert isinstance(told, WasfError)
    assert "+447700900123" not in told.message


@pytest.mark.parametrize("error", [Stopped("x"), PermissionMissing("x"), Gone("x")])
def test_an_error_that_concerns_the_whole_api_is_raised(error: WasfError) -> None:
    with pytest.raises(type(error)):
        error_of_one(error)
