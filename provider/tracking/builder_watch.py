"""A builder that somebody removes while a build works on it: noticed within seconds, whatever is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Interrupted, NotFound
from pulumi_hyperone.provider.foundation.interruption import Interruption

INTERVAL = 10.0
"""Seconds between two looks."""
MISSES = 2
"""Looks in a row that must miss the VM: one alone may be a stale answer."""


@contextmanager
def watched(client: Cloud, vm_id: str, interruption: Interruption) -> Iterator[Interruption]:
    """Yield what ends the block's waits: set when `interruption` is, and when the VM no longer exists.

    In the second case NotFound is raised in the place of Interrupted. A cloud that gives no answer says nothing about
    the VM. Without this a removed builder would be waited for as long as for a reboot (ssh_timeout,
    start_retry_timeout).
    """
    ending = Interruption()
    done = threading.Event()
    thread = threading.Thread(target=_look, args=(client, vm_id, ending, done), name=f"watch-{vm_id}", daemon=True)
    with interruption.calling(lambda: ending.set(interruption.reason)):
        thread.start()
        try:
            yield ending
        except Interrupted:
            interruption.check()
            raise NotFound(
                f"builder {vm_id} is gone: somebody removed it during the build; `pulumi up` starts a new build"
            ) from None
        finally:
            done.set()


def _look(client: Cloud, vm_id: str, ending: Interruption, done: threading.Event) -> None:
    missed = 0
    while missed < MISSES:
        if done.wait(INTERVAL):
            return
        try:
            client.vms.get(vm_id)
        except NotFound:
            missed += 1
        except HyperOneError:
            continue
        else:
            missed = 0
    ending.set(f"builder {vm_id} is gone")
