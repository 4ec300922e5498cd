"""Which links to files are followed."""

import pytest

from wasf.sources.links import is_allowed

API = "http://10.0.0.5:3000/api"
ALLOWED = ["https://files.example.com/a.pdf", "http://10.0.0.5:3000/files/a.pdf"]
REFUSED = [
    "", "http://files.example.com/a.pdf", "http://10.0.0.5/a.pdf", "http://10.0.0.5:3001/a.pdf",
    "http://127.0.0.1:3000/a.pdf", "ftp://10.0.0.5:3000/a.pdf", "file:///etc/passwd", "https://",
    "https://[", "http://10.0.0.5:x/a.pdf", "//10.0.0.5:3000/a.pdf",
]  # fmt: skip


@pytest.mark.parametrize("link", ALLOWED)
def test_encrypted_ones_and_the_apis_own_are(link: str) -> None:
    assert is_allowed(link, API)


@pytest.mark.parametrize("link", REFUSED)
def test_others_are_not(link: str) -> None:
    assert not is_allowed(link, API)


def test_nobody_is_led_to_this_machine() -> None:
    assert not is_allowed("http://127.0.0.1:8000/secrets", "https://app.example.com/api")
