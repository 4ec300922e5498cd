"""Which addresses count as what: the server's own, this listener's, and links to files."""

import pytest

from wasf.errors import BadSetting, ExitCode, WrongUsage
from wasf.sources.addresses import (
    hook_address,
    host_of,
    is_in_the_open,
    is_private_name,
    may_follow,
    page_address,
    path_below,
    server_address,
    service_address,
)

SERVERS = {
    "https://chat.example.com": "https://chat.example.com",
    " http://10.0.0.5:3000/ ": "http://10.0.0.5:3000",
    "http://chatwoot:3000/app/accounts/3/dashboard": "http://chatwoot:3000",
    "https://chat.example.com/help/app": "https://chat.example.com/help",
    "https://chat.example.com/apple": "https://chat.example.com/apple",
    "http://[fd00::5]:3000": "http://[fd00::5]:3000",
}


@pytest.mark.parametrize("url", SERVERS)
def test_a_server_may_be_anywhere(url: str) -> None:
    assert server_address(url, "Chatwoot", "/app") == SERVERS[url]


NO_SERVERS = ["", "chat.example.com", "ftp://chat.example.com", "https://", "https://[",
              "https://me:pw@chat.example.com", "https://chat.example.com?a=b",
              "https://chat.example.com#a", "https://chat.example.com:x",
              "http://8.8.8.8:3000", "http://[2606:4700::1111]/app"]  # fmt: skip


OPEN = {"http://chat.example.com": True, "http://8.8.8.8": True, "https://chat.example.com": False,
        "http://10.0.0.5:3000": False, "http://waha:3000": False, "http://localhost:3000": False,
        "http://nas.lan": False, "http://[": False}  # fmt: skip


@pytest.mark.parametrize("url", OPEN)
def test_without_tls_in_the_internet_everybody_can_read(url: str) -> None:
    assert is_in_the_open(url) is OPEN[url]


@pytest.mark.parametrize("url", NO_SERVERS)
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage):
        server_address(url, "Chatwoot", "/app")


NEAR = ["http://10.0.0.7:8787", "http://wasf:8787/", "http://wasf.lan", "http://[fd00::7]:8787"]
PUBLIC = ["http://hooks.example.com", "http://8.8.8.8", "ftp://10.0.0.7", "http://10.0.0.7?a=b"]


@pytest.mark.parametrize("url", NEAR)
def test_without_tls_only_in_the_same_network(url: str) -> None:
    assert hook_address(url, "Acme", server="http://10.0.0.5:3000") == url.rstrip("/")
    with pytest.raises(WrongUsage):
        hook_address(url, "Acme")


@pytest.mark.parametrize("url", PUBLIC)
def test_never_in_public(url: str) -> None:
    with pytest.raises(WrongUsage):
        hook_address(url, "Acme", server="http://10.0.0.5:3000")


API = "http://10.0.0.5:3000/api"
ALLOWED = ["https://files.example.com/a.pdf", "http://10.0.0.5:3000/files/a.pdf",
           "https://files.example.com/Offer 17\u202fAM.pdf"]  # fmt: skip
REFUSED = [
    "", "http://files.example.com/a.pdf", "http://10.0.0.5/a.pdf", "http://10.0.0.5:3001/a.pdf",
    "http://127.0.0.1:3000/a.pdf", "ftp://10.0.0.5:3000/a.pdf", "file:///etc/passwd", "https://",
    "https://[", "http://10.0.0.5:x/a.pdf", "//10.0.0.5:3000/a.pdf", "https://10.0.0.5:3000/a.pdf",
    "https://169.254.169.254/latest", "https://localhost/a.pdf", "https://minio:9000/a.pdf",
    "https://[::1]/a.pdf", "https://[::ffff:10.0.0.5]/a.pdf", "https://files.internal/a.pdf",
    # Two libraries read two hosts.
    "http://127.0.0.1:9\\@10.0.0.5:3000/a.pdf", "https://127.0.0.1\\@files.example.com/a.pdf",
    "https://127.0.0.1\\.files.example.com/a.pdf", "https://files.example.com;127.0.0.1/a.pdf",
    "https://me:pw@files.example.com/a.pdf", "http://me@10.0.0.5:3000/a.pdf",
    "https://files.exa\nmple.com/a.pdf", "https://files.example.com/\ta.pdf",
    "https://127.0.0%2e1/a.pdf", "https://a.b\u3002localhost/a.pdf",
    # Numbers that some libraries take for addresses.
    "https://127.1/a.pdf", "https://0x7f.1/a.pdf", "https://127.0.0.1./a.pdf",
    "https://0177.0.0.01/a.pdf", "https://2130706433/a.pdf", "https://\uff11\uff12\uff17.0.0.\uff11/a.pdf",
    "https://files.example.com:0/a.pdf",
]  # fmt: skip


@pytest.mark.parametrize("link", ALLOWED)
def test_public_links_with_tls_and_the_servers_own_may_be_followed(link: str) -> None:
    assert may_follow(link, API)


@pytest.mark.parametrize("link", REFUSED)
def test_other_links_may_not(link: str) -> None:
    assert not may_follow(link, API)


def test_the_usual_port_is_the_same_server() -> None:
    assert may_follow("http://10.0.0.5:80/a.pdf", "http://10.0.0.5")


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:4860:4860::8888", "example.com"])
def test_public_hosts_are_not_private(host: str) -> None:
    assert not is_private_name(host)


PAGES = ["https://app.timelines.ai/chat/5/messages/", "http://10.0.0.5:3000/app?a=b#c"]
NO_PAGES = [
    "", "javascript:alert(1)", "javascript:alert(1)\nsecond line <b>", "data:text/html,x", "https://",
    "https:///chat", "//chat.example.com", "chat.example.com", "https://chat.example.com/\nsecond",
    "https://chat.example.com/\u202egnp", "https://chat.example.com/a b", "https://[",
    "https://me:pw@chat.example.com", "https://chat.example.com/\x00", "ftp://chat.example.com",
    "https://chat.example.com/" + "a" * 255, "https://chat.example.com\\@evil.example/",
    "https://evil.example\\.chat.example.com/", "https://chat.example.com:x/",
]  # fmt: skip


@pytest.mark.parametrize("shown", PAGES)
def test_l3_an_address_of_the_web_may_be_shown(shown: str) -> None:
    assert page_address(shown) == shown


@pytest.mark.parametrize("shown", NO_PAGES)
def test_l3_anything_else_is_no_address_of_a_chat(shown: str) -> None:
    assert page_address(shown) == ""


FILES = "/api/files/"
BELOW = {
    "http://localhost:3000/api/files/a/b.jpg": "/api/files/a/b.jpg",
    "https://chat.example.com/waha/api/files/a..b.jpg?x=1": "/api/files/a..b.jpg",
    "http://localhost:3000/api/files/../sessions": "",
    "http://localhost:3000/api/files/a/%2e%2E/../../sessions": "",
    "http://localhost:3000/api/files/a\\..\\..\\sessions": "",
    "http://localhost:3000/other/a.jpg": "",
    "http://[": "",
    "": "",
}


@pytest.mark.parametrize("link", BELOW)
def test_a_path_below_a_folder_does_not_lead_out_of_it(link: str) -> None:
    assert path_below(link, FILES) == BELOW[link]


@pytest.mark.parametrize(
    ("link", "host"), {"https://a.example/b": "a.example", "http://[": ""}.items()
)
def test_the_host_of_a_link_may_be_unknown(link: str, host: str) -> None:
    assert host_of(link) == host


@pytest.mark.parametrize(
    "url", ["https://chats.example/api/", "http://127.0.0.1:9", "http://[::1]"]
)
def test_a_service_has_tls_or_is_on_this_machine(url: str) -> None:
    assert service_address(url, "Acme", "WASF_ACME_URL") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://chats.example/api", "ftp://chats.example", "", "chats.example", "http://10.0.0.5",
     "http://localhost.chats.example", "https://me:pw@chats.example", "https://chats.example?a=b",
     "https://chats.example/api\n", "https://chats\n.example", "http://evil.example\\@127.0.0.1"],
)  # fmt: skip
def test_a_token_goes_nowhere_else(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        service_address(url, "Acme", "WASF_ACME_URL")
    assert refused.value.exit_code is ExitCode.BAD_SETTINGS
    assert "WASF_ACME_URL" in refused.value.hint
