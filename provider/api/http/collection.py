"""The verbs that all nouns share. A generation of the API says where its objects are and how it spells them."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar, Unpack

from pulumi_hyperone.provider.api.decoding import Json
from pulumi_hyperone.provider.api.http import creation, waiting
from pulumi_hyperone.provider.api.http.calls import Call, Reply, segment
from pulumi_hyperone.provider.api.http.retries import change, read
from pulumi_hyperone.provider.api.http.transport import Transport
from pulumi_hyperone.provider.api.http.waiting import Wait, Waiting, silent
from pulumi_hyperone.provider.api.records import Event, Resource, State
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import Busy, NotFound, OutcomeUnknown, Refused

R = TypeVar("R", bound=Resource)
S = TypeVar("S")
T = TypeVar("T")


class Readable(ABC, Generic[R]):
    """Reading objects of one noun. All reads are retried with backoff for a bounded time.

    `history` is the place of an object's events below it.
    """

    noun: ClassVar[str]
    title: ClassVar[str] = ""
    history: ClassVar[str]
    scoped: ClassVar[bool] = True

    def __init__(self, transport: Transport, state_timeout: float) -> None:
        self._transport = transport
        self._state_timeout = state_timeout

    @abstractmethod
    def _decode(self, raw: Json) -> R:
        """Read one object of a reply; its id is empty when the reply has none."""

    @abstractmethod
    def _event(self, raw: Json) -> Event:
        """Read one event of an object's history."""

    @abstractmethod
    def _tag_filter(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The query of a list by tags; it may find too much."""

    @abstractmethod
    def _history_command(self, identity: str) -> str:
        """The command of the vendor's client that lists an object's events."""

    def _place(self) -> str:
        """The path of the collection, escaped."""
        return f"/{self.noun}"

    def get(self, reference: str) -> R:
        """Read the object with this id or name. Raises NotFound."""
        return self._read(self._call("GET", reference, operation=f"read {self.noun} {reference}"), self._one)

    def list(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> builtins.list[R]:
        """Find objects with this name and all of these tags; the reply is filtered here once more."""
        found = self._search({} if name is None else {"name": name}, tags or {})
        return [item for item in found if name is None or item.name == name]

    def events(self, reference: str) -> builtins.list[Event]:
        """The object's history. Raises NotFound."""
        call = self._call("GET", reference, self.history, operation=f"read the events of {self.noun} {reference}")
        return self._read(call, lambda reply: [self._event(raw) for raw in reply.mappings()])

    def settle(self, first: R, *, until: Callable[[R], bool], what: str, **how: Unpack[Waiting]) -> R:
        """Wait until `until` is true of the object `first` and return what it is then; no call when it is already.

        `what` names the wait for people ("vm web to run"). Raises Refused naming the object's event that ended in an
        error, DeadlineExceeded, Interrupted, and NotFound when the object has vanished.
        """
        return self._settle(first, until, self._wait(what, how))

    def reach(self, first: R, state: State, **how: Unpack[Waiting]) -> R:
        """Wait until the object `first` is in `state`, as `settle` does."""
        what = f"{self.title or self.noun} {first.name} ({first.id}) to be {state}"
        return self._settle(first, lambda seen: seen.state == state, self._wait(what, how))

    def _settle(self, first: R, until: Callable[[R], bool], wait: Wait) -> R:
        return waiting.settle(
            first,
            until=until,
            look=lambda: self._look(first.id, wait),
            events=lambda: self.events(first.id),
            noun=self.noun,
            wait=wait,
            history=self._history_command(first.id),
        )

    def _look(self, reference: str, wait: Wait) -> R:
        """Read an object during a wait: an outage is outlived for longer than in a single read."""
        patience = min(self._transport.timing.outage, wait.deadline.remaining + 1)
        call = self._call("GET", reference, operation=f"read {self.noun} {reference}")
        return self._read(call, self._one, patience=patience)

    def _search(self, params: Mapping[str, str], tags: Mapping[str, str]) -> builtins.list[R]:
        filters = {**params, **(self._tag_filter(tags) if tags else {})}
        found = self._read(self._collection_call("GET", f"list {self.noun}s", params=filters), self._many)
        return [item for item in found if all(item.tags.get(key) == value for key, value in tags.items())]

    def _wait(self, what: str, how: Waiting) -> Wait:
        return Wait(
            what=what,
            deadline=Deadline.of(how.get("deadline"), self._state_timeout),
            interruption=self._transport.interruption,
            timing=self._transport.timing,
            on_wait=how.get("on_wait") or silent,
        )

    def _read(self, call: Call, decode: Callable[[Reply], T], *, patience: float | None = None) -> T:
        return read(self._transport, call, decode, patience=patience)

    def _one(self, reply: Reply) -> R:
        found = self._decode(reply.mapping())
        if not found.id:
            raise reply.foreign("an object without an id")
        return found

    def _many(self, reply: Reply) -> builtins.list[R]:
        return [self._decode(raw) for raw in reply.mappings()]

    def _collection_call(self, method: str, operation: str, **details: Any) -> Call:
        return Call(
            method=method,
            path=self._place(),
            kind=f"{method} /{self.noun}",
            operation=operation,
            scoped=self.scoped,
            **details,
        )

    def _call(self, method: str, reference: str, below: str = "", *, operation: str, **details: Any) -> Call:
        """Make a call on one object or, with `below`, on something under it (names in it are quoted already)."""
        kind = details.pop("kind", below)
        return Call(
            method=method,
            path=f"{self._place()}/{segment(reference, self.noun)}{below}",
            kind=f"{method} /{self.noun}/{{id}}{kind}",
            operation=operation,
            scoped=self.scoped,
            **details,
        )


class Collection(Readable[R]):
    """Reading and changing objects of one noun."""

    @abstractmethod
    def add_tags(self, reference: str, tags: Mapping[str, str]) -> None:
        """Set these tags and keep the others. Raises NotFound."""

    @abstractmethod
    def remove_tag(self, reference: str, key: str) -> None:
        """Remove a tag; no error when it is not there. Raises NotFound when the object is not there."""

    def update(self, reference: str, **fields: str) -> R:
        """Set `name` or `description`; returns the object. Raises NotFound."""
        call = self._call("PATCH", reference, operation=f"update {self.noun} {reference}", body=fields)
        return self._read(call, self._one)

    def delete(self, reference: str, **how: Unpack[Waiting]) -> None:
        """Delete an object and wait until it is really gone; no error when it is gone already.

        A busy object is tried again until the deadline. Raises Refused (e.g. tag `protected`), DeadlineExceeded.
        """
        self._delete(reference, None, how)

    def _change(self, method: str, reference: str, below: str = "", *, operation: str, **details: Any) -> Reply:
        return change(self._transport, self._call(method, reference, below, operation=operation, **details))

    def _held(self, deadline: Deadline) -> float:
        return min(self._transport.timing.prefer_action, deadline.remaining)

    def _delete(self, reference: str, body: object, how: Waiting) -> None:
        wait = self._wait(f"{self.noun} {reference} to be gone", how)

        def send() -> Reply:
            operation = f"delete {self.noun} {reference}"
            return self._change("DELETE", reference, operation=operation, body=body, wait=self._held(wait.deadline))

        # 404 is looked into as well: the unknown thing may be a disk that should go along, not the object itself.
        if self._carry_out(send, lambda: self._is_gone(reference, wait), wait) is None:
            return
        while not self._is_gone(reference, wait):
            failed = waiting.failed_event(self._history(reference))
            if failed is not None:
                raise Refused(f"cannot delete {self.noun} {reference}: its event {failed.name} ended in an error")
            wait.pause("still there")

    def _is_gone(self, reference: str, wait: Wait) -> bool:
        try:
            self._look(reference, wait)
        except NotFound:
            return True
        return False

    def _history(self, reference: str) -> builtins.list[Event]:
        try:
            return self.events(reference)
        except NotFound:
            return []

    def _act(self, reference: str, action: str, done: Callable[[R], bool], wait: Wait, body: object = None) -> R:
        """POST an action and wait until `done` is true of the object; no error when it is true already."""
        last: list[R] = []

        def send() -> Reply:
            operation, held = f"{action} {self.noun} {reference}", self._held(wait.deadline)
            return self._change("POST", reference, f"/actions/{action}", operation=operation, body=body, wait=held)

        def is_done() -> bool:
            last[:] = [self._look(reference, wait)]
            return done(last[0])

        reply = self._carry_out(send, is_done, wait)
        first = last[0] if reply is None else self._object_of(reply, reference)
        return self._settle(first, done, wait)

    def _object_of(self, reply: Reply, reference: str) -> R:
        try:
            return self._one(reply)
        except OutcomeUnknown:  # accepted, but the body is of no use
            return self.get(reference)

    def _carry_out(self, send: Callable[[], Reply], is_done: Callable[[], bool], wait: Wait) -> Reply | None:
        """Send a change whose effect is the same each time until it is accepted, or its effect is there (None).

        A busy object is tried again until the deadline, a lost reply three times, always after a look at the object.
        """
        lost = 0
        wait.tell()
        while True:
            try:
                return send()
            except (Busy, NotFound, OutcomeUnknown, Refused) as error:
                if is_done():
                    return None
                lost += isinstance(error, OutcomeUnknown)
                if isinstance(error, NotFound | Refused) or lost >= creation.ATTEMPTS:
                    raise
                wait.pause("busy" if isinstance(error, Busy) else "no answer", error)


class Creatable(Collection[R], Generic[R, S]):
    """Nouns of which builds make objects, each from its spec `S`."""

    @abstractmethod
    def _body(self, spec: S) -> dict[str, Any]:
        """The body of the create call, tags included."""

    def create(self, spec: S, *, identity: Mapping[str, str], **how: Unpack[Waiting]) -> R:
        """Create an object and return it as soon as the cloud has accepted it; use `settle` to wait until it is ready.

        `identity` are those of the spec's tags that no other object has: after a lost reply the object is looked up by
        them before the call is sent again with the same idempotency key, three times at most. A busy refusal is
        repeated until the deadline. Raises OutcomeUnknown when the object was not found and the cloud still gives no
        answer; Interrupted says nothing about whether the object exists.
        """
        body = self._body(spec)
        title = f'{self.noun} "{body["name"]}"'
        wait = self._wait(f"{title} to be accepted", how)

        def send(key: str) -> R:
            held = min(self._transport.timing.prefer_create, wait.deadline.remaining)
            call = self._collection_call("POST", f"create {title}", body=body, wait=held, idempotency_key=key)
            return self._one(change(self._transport, call))

        return creation.create(send=send, look_up=lambda: self.list(tags=identity), title=title, wait=wait)
