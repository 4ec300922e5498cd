"""Django OAuth Toolkit as the sign-in host of an org: others wrote how it judges and answers.

    python -m tests.end_to_end.foreign_server FOLDER ORG_URL ORG_TOKEN CALLBACK USER PASSWORD

It prints its address and the app's client id as one line of JSON. What is added here is only what
Salesforce has and OAuth 2 has not: its paths, the org's address beside the tokens, a revocation
that does not ask which app, and an API. Who has a good token comes through to the org itself.
"""

import json
import os
import sys
import time
from pathlib import Path

import django
import requests
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

CLIENT_ID = "an-app-of-the-toolkit"
_LOGIN_PAGE = "<form method=post>{% csrf_token %}{{ form }}<input type=submit value=Go></form>"
_PASSED_ON = ("Content-Type", "Sforce-Limit-Info")

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # it is asked on this machine only
urlpatterns: list[object] = []


def configure(folder: Path) -> None:
    """Strict where the toolkit can be: PKCE, rotation, and no second use of a refresh token."""
    settings.configure(
        SECRET_KEY="of this test only",
        ROOT_URLCONF=sys.modules[__name__],
        ALLOWED_HOSTS=["127.0.0.1"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "toolkit.db"}
        },
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"login.html": _LOGIN_PAGE}),
                        "django.template.loaders.app_directories.Loader",
                    ]
                },
            }
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
        LOGIN_URL="/login",
        OAUTH2_PROVIDER={
            "SCOPES": {"api": "Use the API", "refresh_token": "Stay signed in"},
            "PKCE_REQUIRED": True,
            "ROTATE_REFRESH_TOKEN": True,
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
        },
    )
    django.setup()


def add_what_is_needed(callback: str, user: str, password: str) -> None:
    """A user, and an app without a secret as wasf asks for."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    User.objects.create_user(user, password=password)
    Application.objects.create(
        client_id=CLIENT_ID,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=callback,
        name="wasf",
    )


def mount(address: str, org_url: str, org_token: str, slowness: Path) -> None:
    """The toolkit's views under the paths that Salesforce has for them.

    A refresh takes as many seconds more as stand in the file `slowness`, if there is one.
    """
    from django.contrib.auth.views import LoginView
    from oauth2_provider.oauth2_backends import get_oauthlib_core
    from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView

    @csrf_exempt
    def token(request: HttpRequest) -> HttpResponse:
        if request.POST.get("grant_type") == "refresh_token":
            time.sleep(float(slowness.read_text()) if slowness.exists() else 0)
        answer = TokenView.as_view()(request)
        if answer.status_code != 200:
            return answer
        return JsonResponse(json.loads(answer.content) | {"instance_url": address})

    @csrf_exempt
    def revoke(request: HttpRequest) -> HttpResponse:
        form = request.POST.copy()
        form["client_id"] = CLIENT_ID
        request.POST = form
        return RevokeTokenView.as_view()(request)

    @csrf_exempt
    def api(request: HttpRequest, below: str) -> HttpResponse:
        """The org's own answer, which is a refusal if the toolkit does not know the token."""
        is_good, _ = get_oauthlib_core().verify_request(request, scopes=["api"])
        sent = {
            name: request.headers[name] for name in ("Content-Type",) if name in request.headers
        }
        said = requests.request(
            request.method or "",
            f"{org_url}/services/data/{below}",
            params=request.META["QUERY_STRING"],
            data=request.body,
            headers=sent | {"Authorization": f"Bearer {org_token if is_good else 'unknown'}"},
            timeout=20,
        )
        passed_on = {name: said.headers[name] for name in _PASSED_ON if name in said.headers}
        return HttpResponse(said.content, status=said.status_code, headers=passed_on)

    urlpatterns.extend(
        [
            path("login", LoginView.as_view(template_name="login.html")),
            path("services/oauth2/authorize", AuthorizationView.as_view()),
            path("services/oauth2/token", token),
            path("services/oauth2/revoke", revoke),
            re_path("^services/data/(?P<below>.*)$", api),
        ]
    )


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


def main(
    folder: str, org_url: str, org_token: str, callback: str, user: str, password: str
) -> None:
    """Serve until the process is ended."""
    configure(Path(folder))
    call_command("migrate", verbosity=0)
    add_what_is_needed(callback, user, password)
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    address = f"http://127.0.0.1:{server.server_port}"
    mount(address, org_url, org_token, Path(folder) / "slowness")
    server.set_app(WSGIHandler())
    print(json.dumps({"address": address, "client_id": CLIENT_ID}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
