"""The one place that writes errors: every refusal leaves the server in the API's envelope (API facts 1.4)."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.state.refusals import ApiError, shown

log = logging.getLogger("local_cloud")


def envelope(status: int, message: str, fields: dict[str, str] | None = None, **extra: Any) -> JSONResponse:
    """The error reply: `message`, numeric `status`, and `error` as a map of field paths (Mongoose style)."""
    body: dict[str, Any] = {"message": message, "status": status, **extra}
    if fields:
        body["error"] = {path: _field_error(path, text) for path, text in fields.items()}
    return JSONResponse(body, status, headers={"content-type": "application/json; charset=utf-8"})


def _field_error(path: str, text: str) -> dict[str, Any]:
    return {
        "message": text,
        "name": "ValidatorError",
        "properties": {"type": "user defined", "message": text, "path": path},
        "kind": "user defined",
        "path": path,
        "$isValidatorError": True,
    }


def error_reply(error: Exception) -> JSONResponse:
    """The reply for any exception that a request ended in."""
    if isinstance(error, ApiError):
        return envelope(error.status, error.message, error.fields, **error.extra)
    if isinstance(error, MachineError):
        return envelope(400, str(error))
    if isinstance(error, RequestValidationError):
        return _validation_reply(error)
    if isinstance(error, HTTPException):
        if error.status_code in (404, 405):  # a method that a path does not have is an operation that is not covered
            return envelope(404, "route not found")
        return envelope(error.status_code, str(error.detail))
    log.error("request failed", exc_info=error)
    return envelope(500, f"internal error: {type(error).__name__}")


def _validation_reply(error: RequestValidationError) -> JSONResponse:
    fields: dict[str, str] = {}
    for fault in error.errors():
        if fault["type"] == "json_invalid":
            return envelope(400, "the request body is no JSON")
        path = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header"))
        fields[shown(path or "body")] = str(fault["msg"])
    names = ", ".join(fields)
    return envelope(400, f"validation failed: {names}", fields)


def install(app: FastAPI) -> None:
    """Send every exception of `app` through the envelope."""

    async def handle(_request: Request, error: Exception) -> JSONResponse:
        return error_reply(error)

    for kind in (ApiError, MachineError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)
