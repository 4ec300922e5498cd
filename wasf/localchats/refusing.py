"""Errors as the API says them."""

from starlette.responses import JSONResponse, Response


class Refused(Exception):
    """The request cannot be answered: status, `error_code`, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Response:
        """The body that the API's description has."""
        body = {"status": "error", "message": self.message, "error_code": self.code}
        return JSONResponse(body, self.status)


def page(status: int, title: str) -> Response:
    """A page for people, as servers in front of the API give it."""
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Response(html, status, media_type="text/html")


def too_many(retry_after: int | None) -> Response:
    """The body of the server in front, which is not the API's own."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"error": "Too Many Requests", "message": "Rate limit exceeded."}
    return JSONResponse(body, 429, headers)
