"""Events: every long operation is one, runs as a task, and can be waited for (API facts 1.3)."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.state.records import Event, Resource, now_text
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request
from pulumi_hyperone.local_cloud.state.store import Store

log = logging.getLogger("local_cloud")

Report = Callable[[str], None]
Work = Callable[[Report], Awaitable[None]]
Undo = Callable[[], Awaitable[None]]

EVENTS_KEPT = 100
INTERRUPTED = "interrupted: the cloud was stopped while this ran"


async def done_at_once(_report: Report) -> None:
    """The work of an event that has nothing to wait for."""
    await asyncio.sleep(0)


class InjectedError(MachineError):
    """An event was made to fail by the fault injector; what was made stays."""


@dataclass(frozen=True)
class EventFault:
    """What the fault injector does to an event: it takes `seconds` longer, or ends in the error `message`,
    before its work or (`after_effect`) after it.
    """  # noqa: D205 - one sentence over two lines

    message: str | None = None
    seconds: float = 0.0
    after_effect: bool = False

    async def strike(self, *, after_effect: bool) -> None:
        """Do it when this is the moment. Raises InjectedError."""
        if after_effect == self.after_effect:
            await asyncio.sleep(self.seconds)
            if self.message is not None:
                raise InjectedError(self.message)


NO_FAULT = EventFault()
#: For the request at hand: what happens to the event that it starts.
event_fault: contextvars.ContextVar[EventFault] = contextvars.ContextVar("event_fault", default=NO_FAULT)


@dataclass
class Job:
    """A running or ended event: `error` says why it failed; `undo` takes back what a failed create made."""

    event: Event
    resource: Resource
    task: asyncio.Task[None] = field(init=False)
    error: Exception | None = None
    undo: Undo | None = None


class Events:
    """All events of the cloud, per resource, newest last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_resource: dict[str, list[Event]] = {}
        self._jobs: dict[str, Job] = {}
        for event in store.all(Event):
            self._by_resource.setdefault(event.resource_id, []).append(event)

    def of(self, resource_id: str) -> list[Event]:
        """The events of a resource, oldest first."""
        return self._by_resource.get(resource_id, [])

    def job(self, event_id: str) -> Job | None:
        """The job of an event while it runs."""
        return self._jobs.get(event_id)

    def add(self, resource: Resource, name: str, by: str, state: str = "finished", stage: str = "") -> Event:
        """Write down something that happened at once."""
        event = Event(
            name=name,
            created_by=by,
            state=state,
            stage=stage,
            resource_id=resource.id,
            resource_type=resource.type_name,
        )
        events = self._by_resource.setdefault(resource.id, [])
        events.append(event)
        self._store.remove(*events[:-EVENTS_KEPT])
        del events[:-EVENTS_KEPT]
        self._store.save(event)
        return event

    def start(
        self,
        resource: Resource,
        name: str,
        by: str,
        work: Work,
        *,
        busy: tuple[Resource, ...] = (),
        undo: Undo | None = None,
    ) -> Job:
        """Start an event on `resource`; `busy` are other resources that nobody may touch meanwhile.

        Raises ApiError 400 with "processing" in its text when one of them is busy already (API facts 1.4).
        """
        held = (resource, *busy)
        refuse_busy(*held)
        for one in held:
            one.processing = True
        event = self.add(resource, name, by, "pending")
        self._store.save(*held)
        job = Job(event, resource, undo=undo)
        self._jobs[event.id] = job
        job.task = asyncio.create_task(self._run(job, work, held, event_fault.get()))
        return job

    async def _run(self, job: Job, work: Work, held: tuple[Resource, ...], fault: EventFault) -> None:
        event = job.event
        event.state = "processing"
        self._save(event)

        def report(stage: str) -> None:
            event.stage = stage
            self._save(event)

        try:
            await fault.strike(after_effect=False)
            await work(report)
            await fault.strike(after_effect=True)
            event.state, event.stage = "finished", ""
        except (MachineError, ApiError, OSError) as error:
            event.state, event.stage = "error", str(error)
            job.error = error if isinstance(error, ApiError) else MachineError(str(error))
        except Exception as error:
            log.exception("event %s of %s %s failed", event.name, event.resource_type, event.resource_id)
            event.state, event.stage = "error", f"internal error: {type(error).__name__}"
            job.error = ApiError(500, event.stage)
        except asyncio.CancelledError:
            event.state, event.stage = "error", INTERRUPTED
            raise
        finally:
            if fault.message is not None:
                job.undo = None
            self._end(job, held)

    def _end(self, job: Job, held: tuple[Resource, ...]) -> None:
        self._jobs.pop(job.event.id, None)
        for one in held:
            one.processing = False
            if one is job.resource and job.event.state == "finished":
                one.created = True
                one.modified_on, one.modified_by = now_text(), job.event.created_by
            if self._store.has(one):
                self._store.save(one)
        self._save(job.event)

    def _save(self, event: Event) -> None:
        if self._store.has(event):
            self._store.save(event)

    def forget(self, resource: Resource) -> None:
        """Drop the events of a resource that is gone."""
        self._store.remove(*self._by_resource.pop(resource.id, []))

    def clear(self) -> None:
        """Drop all events."""
        self._store.remove(*self._store.all(Event))
        self._by_resource.clear()

    def end_interrupted(self) -> None:
        """After a restart: end what was under way when the cloud went down."""
        for event in self._store.all(Event):
            if event.state in ("pending", "processing"):
                event.state, event.stage = "error", INTERRUPTED
                self._store.save(event)

    async def cancel_all(self) -> None:
        """Stop every running event; the cloud is going down."""
        tasks = [job.task for job in self._jobs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def refuse_busy(*resources: Resource) -> None:
    """Raise ApiError 400 when an event of one of the resources runs."""
    for resource in resources:
        if resource.processing:
            raise bad_request(f"{resource.type_name} '{resource.id}' is processing: wait until its event has ended")


def refuse_unmade(*resources: Resource) -> None:
    """Raise ApiError 400 when the create event of one of the resources failed: it can only be deleted."""
    for resource in resources:
        if not resource.created:
            raise bad_request(f"{resource.type_name} '{resource.id}' was not made, its create event failed: delete it")
