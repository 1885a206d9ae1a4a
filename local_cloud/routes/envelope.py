"""The one place that writes errors: each refusal leaves in the envelope of its API (API facts 1.4; v2: 1.3)."""

from __future__ import annotations

import http
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.state.refusals import ApiError, shown

log = logging.getLogger("local_cloud")

V2 = "/v2"
HEADERS = {"content-type": "application/json; charset=utf-8"}


def envelope(status: int, message: str, fields: dict[str, str] | None = None, **extra: Any) -> JSONResponse:
    """The error reply: `message`, numeric `status`, and `error` as a map of field paths (Mongoose style)."""
    body: dict[str, Any] = {"message": message, "status": status, **extra}
    if fields:
        body["error"] = {path: _field_error(path, text) for path, text in fields.items()}
    return JSONResponse(body, status, headers=HEADERS)


def _field_error(path: str, text: str) -> dict[str, Any]:
    return {
        "message": text,
        "name": "ValidatorError",
        "properties": {"type": "user defined", "message": text, "path": path},
        "kind": "user defined",
        "path": path,
        "$isValidatorError": True,
    }


def problem(status: int, message: str, fields: dict[str, str] | None = None) -> JSONResponse:
    """The error reply of v2: a problem object, with what is wrong with each field in `argument` (v2 facts 1.3)."""
    title = http.HTTPStatus(status).phrase if status in list(http.HTTPStatus) else "Error"
    arguments = [
        {"title": text, "detail": f"{path}: {text}", "parameter": {"in": "body", "field": path}}
        for path, text in (fields or {}).items()
    ]
    body = {"type": "about:blank", "title": title, "status": status, "detail": message, "operation": []}
    return JSONResponse({**body, "argument": arguments}, status, headers=HEADERS)


def refusal(path: str, error: ApiError) -> JSONResponse:
    """The reply for a refusal, as the generation of the API that the path belongs to writes it."""
    if path == V2 or path.startswith(V2 + "/"):
        return problem(error.status, error.message, error.fields)
    return envelope(error.status, error.message, error.fields, **error.extra)


def error_reply(path: str, error: Exception) -> JSONResponse:
    """The reply for any exception that a request ended in."""
    return refusal(path, _as_refusal(error))


def _as_refusal(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, MachineError):
        return ApiError(400, str(error))
    if isinstance(error, RequestValidationError):
        return _as_bad_fields(error)
    if isinstance(error, HTTPException):
        if error.status_code in (404, 405):  # a method that a path does not have is an operation that is not covered
            return ApiError(404, "route not found")
        return ApiError(error.status_code, str(error.detail))
    log.error("request failed", exc_info=error)
    return ApiError(500, f"internal error: {type(error).__name__}")


def _as_bad_fields(error: RequestValidationError) -> ApiError:
    fields: dict[str, str] = {}
    for fault in error.errors():
        if fault["type"] == "json_invalid":
            return ApiError(400, "the request body is not valid JSON")
        path = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header"))
        fields[shown(path or "body")] = str(fault["msg"])
    return ApiError(400, f"validation failed: {', '.join(fields)}", fields)


def install(app: FastAPI) -> None:
    """Send every exception of `app` through the envelope."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return error_reply(request.url.path, error)

    for kind in (ApiError, MachineError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)
