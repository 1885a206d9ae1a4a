"""One request: its caller, its headers, and how its event is waited for and answered (API facts 1.1, 1.3; v2: 1.1)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import JSONResponse, Response

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.bodies import MAX_TAGS
from pulumi_hyperone.local_cloud.lifecycle.events import Job, Undo, Work, refuse_busy, refuse_unmade
from pulumi_hyperone.local_cloud.state.records import (
    RESOURCES,
    CreateKey,
    Document,
    Event,
    Project,
    Resource,
    ServiceAccount,
    SshKey,
    Tagged,
    Token,
    now_text,
)
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found
from pulumi_hyperone.local_cloud.state.store import Store
from pulumi_hyperone.local_cloud.testing.faults import stale_seconds

R = TypeVar("R", bound=Resource)
D = TypeVar("D", bound=Document)
N = TypeVar("N", Project, ServiceAccount, SshKey, Token)
Holder = Callable[[Any], Tagged]
"""Finds the object that a path is about; raises what the API says when there is none, or it is another's."""

#: A key and a value that a tag must have; None matches any.
TagFilter = tuple[str | None, str | None]

WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,9})")
LONGEST_WAIT = 86400


@dataclass
class Creation:
    """A create that passed its checks: `commit` stores it, `work` is its event, `undo` takes it back."""

    resource: Resource
    work: Work
    commit: Callable[[], None] | None = None
    undo: Undo | None = None
    busy: tuple[Resource, ...] = field(default=())


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply with the API's content type."""
    return JSONResponse(body, status, headers={"content-type": "application/json; charset=utf-8", **(headers or {})})


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode_list(items: Iterable[Any]) -> bytearray:
    """A JSON list, each item made and encoded before the next: a long list's objects are never there all at once.

    It grows in one place, since the pages of each further copy of a long list cost as much as some of its items.
    """
    encoded = bytearray()
    for item in items:
        encoded += b"," + _encode(item).encode()
    encoded[:1] = b"["
    encoded += b"]"
    return encoded


def reply_encoded(body: bytearray) -> Response:
    """As `reply`, with a body that is JSON already."""
    return Response(bytes(body), headers={"content-type": "application/json; charset=utf-8"})


class Context(ABC):
    """What every route works with. A generation of the API says who calls and how objects and tags look in it."""

    caller: Caller

    def __init__(self, request: Request) -> None:
        headers = request.headers
        self.request = request
        self.cloud: Cloud = request.app.state.cloud
        self.store: Store = self.cloud.store
        self.dry_run = headers.get("x-dry-run", "").lower() == "true"
        found = WAIT.search(headers.get("prefer", ""))
        self.wait = min(int(found.group(1)), LONGEST_WAIT) if found else 0

    @abstractmethod
    def present(self, resource: Resource) -> dict[str, Any]:
        """A resource as its JSON."""

    @abstractmethod
    def at(self, kind: type[R]) -> R:
        """The resource that the path names, to be read. Raises a 404."""

    @abstractmethod
    def tag_filters(self) -> list[TagFilter]:
        """The request's list filters by tag: each a key and a value, of which one may be None."""

    @abstractmethod
    def outcome(self, resource: Resource, job: Job, status: int) -> Response:
        """The reply to what started `job`: 202 while it runs, 200 when it has ended well."""

    def show(self, resource: Resource, status: int = 200) -> Response:
        """The reply with one resource."""
        return reply(self.present(resource), status)

    def show_all(self, resources: Iterable[Resource]) -> Response:
        """The reply with a list of resources."""
        return reply_encoded(encode_list(self.present(one) for one in resources))

    def own_at(self, kind: type[R]) -> R:
        """The resource that the path names, to be changed. Raises 404, or 403 for another project's."""
        return lookup.owned(self.at(kind), self.caller)

    def named(self, parameter: str) -> str:
        """What stands in the path for one of its parameters."""
        return str(self.request.path_params[parameter])

    def find(self, kind: type[R], reference: str) -> R:
        """A resource to be read. Raises a 404."""
        return lookup.find(self.store, kind, reference, self.caller)

    def own(self, kind: type[R], reference: str) -> R:
        """A resource to be changed. Raises 404, or 403 for another project's."""
        return lookup.find_own(self.store, kind, reference, self.caller)

    def listing(self, kind: type[R]) -> list[R]:
        """The own project's resources that match the filters by name and tag (API facts 1.5)."""
        return [one for one in self._current(kind) if one.project == self.caller.project and self.matches(one)]

    def _current(self, kind: type[R]) -> list[R]:
        seconds = stale_seconds.get()
        found = self.store.all(kind)
        if not seconds:
            return found
        since = time.time() - seconds
        gone = [one for when, one in self.store.removed if isinstance(one, kind) and when > since]
        return gone + [one for one in found if created_at(one) < since]

    def matches(self, one: Resource | Project | ServiceAccount) -> bool:
        """Whether a resource or project passes the request's list filters."""
        name = self.request.query_params.get("name")
        return (name is None or one.name == name) and all(
            any(wanted in (None, value) for name, value in one.tag.items() if key in (None, name))
            for key, wanted in self.tag_filters()
        )

    def edit(self, resource: R, **values: Any) -> R:
        """Set fields of a resource at once (nothing that takes time); a dry run changes a copy."""
        target = resource.model_copy(deep=True) if self.dry_run else resource
        for name, value in values.items():
            setattr(target, name, value)
        self._sign(target)
        return self.save(target)

    def save(self, one: D) -> D:
        """Keep something new or changed, unless it is a dry run."""
        if not self.dry_run:
            self.store.save(one)
        return one

    def remove(self, *documents: Document) -> None:
        """Forget something, unless it is a dry run."""
        if not self.dry_run:
            self.store.remove(*documents)

    def rename(self, one: N, name: str | None) -> N:
        """Give an account, key or token another name at once, unless none is given or it is a dry run."""
        if name is not None and not self.dry_run:
            one.name = name
            self.store.save(one)
        return one

    def with_tags(self, holder: Tagged, tags: dict[str, str]) -> Tagged:
        """Replace the tags of an object; a dry run changes a copy. Raises a 400 when they are too many."""
        if len(tags) > MAX_TAGS:
            raise bad_request(f"an object has at most {MAX_TAGS} tags")
        changed = holder.model_copy() if self.dry_run else holder
        changed.tag = tags
        self._sign(changed)
        return self.save(changed)

    def _sign(self, one: Tagged) -> None:
        if isinstance(one, Resource):
            one.modified_on, one.modified_by = now_text(), self.caller.login

    async def create(self, plan: Callable[[], Creation]) -> Response:
        """Create something: `plan` checks and says what; a known `x-idempotency-key` gives what it gave before."""
        if again := await self.repeated():
            return again
        creation = plan()
        if self.dry_run:
            return self.show(creation.resource)
        refuse_busy(*creation.busy)
        refuse_unmade(*creation.busy)
        if creation.commit:
            creation.commit()
        else:
            self.store.save(creation.resource)
        one = creation.resource
        job = self.cloud.events.start(
            one, "create", self.caller.login, creation.work, busy=creation.busy, undo=creation.undo
        )
        if key := self._create_key():
            self.store.save(CreateKey(id=key, resource_type=one.type_name, resource_id=one.id, event_id=job.event.id))
        return await self._answer(job)

    async def act(
        self,
        resource: Resource,
        name: str,
        work: Work,
        *,
        busy: tuple[Resource, ...] = (),
    ) -> Response:
        """Run an event on a resource and answer with it, as `Prefer` asks."""
        refuse_busy(resource, *busy)
        if name != "delete":
            refuse_unmade(resource, *busy)
        if self.dry_run:
            return self.show(resource)
        job = self.cloud.events.start(resource, name, self.caller.login, work, busy=busy)
        return await self._answer(job)

    async def complete(self, resource: Resource, name: str, work: Work, *, busy: tuple[Resource, ...] = ()) -> None:
        """Run an event to its end whatever `Prefer` says (sub-routes answer 200 only; facts 5, row 6)."""
        refuse_busy(resource, *busy)
        refuse_unmade(resource, *busy)
        if self.dry_run:
            return
        job = self.cloud.events.start(resource, name, self.caller.login, work, busy=busy)
        await asyncio.wait({job.task})
        if job.error:
            raise job.error

    async def _answer(self, job: Job) -> Response:
        if self.wait:
            await asyncio.wait({job.task}, timeout=self.wait)
        if not self.wait or not job.task.done():
            return self.outcome(job.resource, job, 202)
        if job.task.cancelled():
            raise ApiError(503, "the cloud is shutting down")
        if job.error:
            await self._take_back(job)
            raise job.error
        return self.outcome(job.resource, job, 200)

    async def _take_back(self, job: Job) -> None:
        if job.undo is None:
            return
        undo, job.undo = job.undo, None
        self.store.remove(*[key for key in self.store.all(CreateKey) if key.event_id == job.event.id])
        await undo()

    async def repeated(self) -> Response | None:
        """The reply to a create that has been made under its `x-idempotency-key`; None for any other call."""
        key = self._create_key()
        known = self.store.get(CreateKey, key) if key else None
        return await self._again(known) if known else None

    async def _again(self, known: CreateKey) -> Response:
        kind = next(one for one in RESOURCES if one.type_name == known.resource_type)
        resource = self.store.get(kind, known.resource_id)
        if resource is None:
            raise not_found(known.resource_type, known.resource_id)
        job = self.cloud.events.job(known.event_id)
        if job is not None:
            return await self._answer(job)
        event = self.store.get(Event, known.event_id)
        if event is not None and event.state == "error":
            raise bad_request(event.stage)
        return self.show(resource)

    def _create_key(self) -> str | None:
        key = self.request.headers.get("x-idempotency-key")
        if not key:
            return None
        parts = (self.caller.project, self.request.method, self.request.url.path, key)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def created_at(resource: Resource) -> float:
    """When a resource was made, in seconds since the epoch."""
    return datetime.fromisoformat(resource.created_on).timestamp()
