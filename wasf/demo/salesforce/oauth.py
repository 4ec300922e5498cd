"""The addresses of signing in with OAuth 2.0, as Salesforce has them."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from wasf.demo.salesforce import html as frame
from wasf.demo.salesforce import oauth_pages
from wasf.demo.salesforce import oauth_tokens as oauth_about
from wasf.demo.salesforce.calls import Reply
from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.gate import Gate, base_url
from wasf.demo.salesforce.oauth_apps import OAuthRefused, Refusal
from wasf.demo.salesforce.oauth_grants import username
from wasf.demo.salesforce.oauth_tokens import Asking, basic_credentials, token_reply
from wasf.demo.salesforce.oauth_visits import NO_CHALLENGE, SentBack, Visits

_SIGN_IN = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
_ERROR = "/setup/secur/RemoteAccessErrorPage.apexp"
_LOGIN_HOST, _MY_DOMAIN = "localhost", "127.0.0.1"
"""Of the org's two names one plays login.salesforce.com, the other the org's My Domain."""


def routes(gate: Gate) -> list[Route]:
    """The addresses, for apps and for browsers."""
    browser = _Browser(Visits(gate.org, gate.sign_ins))

    def step(work: Callable[[Asking], Json | bytes]) -> Callable[[Request], Awaitable[Response]]:
        def reply(request: Request, body: bytes) -> Reply:
            try:
                return Reply(200, work(_asking(request, body)))
            except OAuthRefused as refused:
                return Reply(refused.refusal.status, {**refused.refusal.words})

        async def endpoint(request: Request) -> Response:
            return await gate.answer(request, reply)

        return endpoint

    org, sign_ins = gate.org, gate.sign_ins
    token = step(lambda asking: token_reply(org, sign_ins, asking))
    introspect = step(lambda asking: oauth_about.introspect(org, sign_ins, asking))
    revoke = step(lambda asking: _revoke(gate, asking))

    return [
        Route("/services/oauth2/authorize", browser.authorize, methods=["GET", "POST"]),
        Route("/services/oauth2/token", token, methods=["POST"]),
        Route("/services/oauth2/revoke", revoke, methods=["GET", "POST"]),
        Route("/services/oauth2/introspect", introspect, methods=["POST"]),
        Route(_SIGN_IN, browser.sign_in, methods=["GET", "POST"]),
        Route(_ERROR, browser.error),
    ]


def _asking(request: Request, body: bytes) -> Asking:
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    base = base_url(request)
    named = basic_credentials(request.headers.get("authorization", ""))
    whole = dict(request.query_params) | named | form
    return Asking(whole, base, base.replace(f"//{_LOGIN_HOST}:", f"//{_MY_DOMAIN}:", 1))


def _revoke(gate: Gate, asking: Asking) -> bytes:
    oauth_about.revoke(gate.org, gate.sign_ins, asking.form.get("token", ""))
    return b""


class _Browser:
    """What a browser is shown, and where it is sent."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._org = visits.org

    async def authorize(self, request: Request) -> Response:
        """Where an app sends the browser to."""
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
        """The page that asks for the password, then for the yes; and their answers."""
        name = request.query_params.get("source", "")
        form = await _form(request)
        with self._org.lock:
            if name not in self._visits.pending:
                return oauth_pages.over(self._org)
            if request.method == "POST":
                return self._answered(request, name, form)
            return self._ask(name, _session(request))

    async def error(self, request: Request) -> Response:
        """The page that a mistake in the set-up ends on."""
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
    return RedirectResponse(address, status, frame.HEADERS)


def _told(refusal: Refusal, given: Mapping[str, str]) -> Response:
    """What the org says itself: on its error page, but a missing challenge in a bare line."""
    if refusal == NO_CHALLENGE:
        line = "&".join(f"{key}={value}" for key, value in refusal.words.items())
        return Response(line, 400, frame.HEADERS)
    state = {"state": given["state"]} if "state" in given else {}
    return _to(f"{_ERROR}?{urlencode(refusal.words | state)}")
