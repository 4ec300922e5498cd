"""The addresses of signing in with OAuth 2.0, as Salesforce has them."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.servers.salesforce import oauth_identity, oauth_pages
from tests.servers.salesforce.gateway import ScriptedGateway
from tests.servers.salesforce.oauth_apps import OAuthRefused, Refusal
from tests.servers.salesforce.oauth_grants import username
from tests.servers.salesforce.oauth_requests import TokenRequest, basic_credentials
from tests.servers.salesforce.oauth_tokens import token_reply
from tests.servers.salesforce.oauth_visits import NO_CHALLENGE, SentBack, Visits
from wasf.demo.salesforce import html
from wasf.demo.salesforce.calls import ApiReply, Json
from wasf.demo.salesforce.server import base_url

_SIGN_IN = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
_ERROR = "/setup/secur/RemoteAccessErrorPage.apexp"
_LOGIN_HOST, _MY_DOMAIN = "localhost", "127.0.0.1"
"""The org has two names: one plays login.salesforce.com, the other the org's My Domain."""


def routes(gateway: ScriptedGateway) -> list[Route]:
    """Return the addresses, for apps and for browsers."""
    browser = _Browser(Visits(gateway.org, gateway.sign_ins))

    def step(
        work: Callable[[TokenRequest], Json | bytes],
    ) -> Callable[[Request], Awaitable[Response]]:
        def reply(request: Request, body: bytes) -> ApiReply:
            try:
                return ApiReply(200, work(_token_request(request, body)))
            except OAuthRefused as refused:
                return ApiReply(refused.refusal.status, {**refused.refusal.words})

        async def endpoint(request: Request) -> Response:
            return await gateway.answer(request, reply)

        return endpoint

    org, sign_ins = gateway.org, gateway.sign_ins
    token = step(lambda asked: token_reply(org, sign_ins, asked))
    introspect = step(lambda asked: oauth_identity.introspect(org, sign_ins, asked))
    revoke = step(lambda asked: _revoke(gateway, asked))

    return [
        Route("/services/oauth2/authorize", browser.authorize, methods=["GET", "POST"]),
        Route("/services/oauth2/token", token, methods=["POST"]),
        Route("/services/oauth2/revoke", revoke, methods=["GET", "POST"]),
        Route("/services/oauth2/introspect", introspect, methods=["POST"]),
        Route(_SIGN_IN, browser.sign_in, methods=["GET", "POST"]),
        Route(_ERROR, browser.error),
    ]


def _token_request(request: Request, body: bytes) -> TokenRequest:
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    base = base_url(request)
    named = basic_credentials(request.headers.get("authorization", ""))
    whole = dict(request.query_params) | named | form
    return TokenRequest(whole, base, base.replace(f"//{_LOGIN_HOST}:", f"//{_MY_DOMAIN}:", 1))


def _revoke(gateway: ScriptedGateway, asked: TokenRequest) -> bytes:
    oauth_identity.revoke(gateway.org, gateway.sign_ins, asked.form.get("token", ""))
    return b""


class _Browser:
    """The addresses for browsers: what is shown, and where the browser is sent."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._org = visits.org

    async def authorize(self, request: Request) -> Response:
        """Begin a sign-in: an app sends the browser here."""
        given = dict(request.query_params) | await _form(request)
        with self._org.lock:
            try:
                name = self._visits.begin(given, _session(request))
            except SentBack as sent:
                return _to(sent.address)
            except OAuthRefused as refused:
                return _told(refused.refusal, given)
        return _to(f"{_SIGN_IN}?{urlencode({'source': name})}")

    async def sign_in(self, request: Request) -> Response:
        """Show the page for the password, then the one for consent; take what they send."""
        name = request.query_params.get("source", "")
        form = await _form(request)
        with self._org.lock:
            if name not in self._visits.pending:
                return oauth_pages.over(self._org)
            if request.method == "POST":
                return self._answered(request, name, form)
            return self._ask(name, _session(request))

    async def error(self, request: Request) -> Response:
        """Show a mistake in the setup."""
        given = request.query_params
        refusal = Refusal(given.get("error", ""), given.get("error_description", ""))
        with self._org.lock:
            return oauth_pages.error(self._org, refusal)

    def _ask(self, name: str, session: str) -> Response:
        pending = self._visits.pending[name]
        user = self._visits.user(name, session)
        if user is None:
            return oauth_pages.log_in(self._org, pending, pending.asked.login_hint, failed=False)
        try:
            self._visits.pass_on(name, session)
        except SentBack as sent:
            return _to(sent.address)
        return oauth_pages.consent(self._org, pending, username(self._org, user))

    def _answered(self, request: Request, name: str, form: Mapping[str, str]) -> Response:
        action, session = form.get("action"), _session(request)
        if action in ("allow", "deny") and self._visits.user(name, session):
            return _to(self._visits.decide(name, session, allow=action == "allow"))
        given = form.get("un", "")
        started = self._visits.log_in(name, given, form.get("pw", ""))
        if started is None:
            return oauth_pages.log_in(self._org, self._visits.pending[name], given, failed=True)
        response = _to(f"{_SIGN_IN}?{urlencode({'source': name})}", 303)
        response.set_cookie(_cookie(request), started, httponly=True, samesite="lax")
        return response


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _cookie(request: Request) -> str:
    return f"sid_{request.url.port}"  # browsers keep one jar for all ports of a host


def _session(request: Request) -> str:
    return request.cookies.get(_cookie(request), "")


def _to(address: str, status: int = 302) -> Response:
    return RedirectResponse(address, status, html.HEADERS)


def _told(refusal: Refusal, given: Mapping[str, str]) -> Response:
    """Return an error that the org itself shows: on its error page, or as a line of text."""
    if refusal == NO_CHALLENGE:
        line = "&".join(f"{key}={value}" for key, value in refusal.words.items())
        return Response(line, 400, html.HEADERS)
    state = {"state": given["state"]} if "state" in given else {}
    return _to(f"{_ERROR}?{urlencode(refusal.words | state)}")
