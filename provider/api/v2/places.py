"""Where things are in v2: paths with location and project, and references to them (v2 facts 1.1, 1.4)."""

from __future__ import annotations

import re
import threading
from weakref import WeakKeyDictionary

from pulumi_hyperone.provider.api.decoding import text
from pulumi_hyperone.provider.api.http.calls import Call, segment
from pulumi_hyperone.provider.api.http.retries import read
from pulumi_hyperone.provider.api.http.transport import Transport
from pulumi_hyperone.provider.foundation.errors import NotFound

PLATFORM = "000000000000000000000000"
"""The project that owns what HyperOne itself provides: the public network and the images for everybody."""
PUBLIC_NETWORK = "public"
PUBLIC_NETWORK_ID = "5784e97be2627505227b578c"
_ID = re.compile(r"[0-9a-f]{24}")
_projects: WeakKeyDictionary[Transport, dict[str, str]] = WeakKeyDictionary()
_resolving = threading.Lock()


def is_id(reference: str) -> bool:
    """Whether a reference is an id: 24 hexadecimal digits."""
    return bool(_ID.fullmatch(reference))


def last_segment(reference: str) -> str:
    """The id or name that a reference ends with, which may be a path: `/iam/project/ID`."""
    return reference.rstrip("/").rpartition("/")[2] if reference.startswith("/") else reference


def collection(transport: Transport, namespace: str, noun: str, project: str | None = None) -> str:
    """The path of a noun's objects in `project` (an id; default: the client's own project)."""
    own = project or project_id(transport)
    location = segment(transport.credentials.location, "location")
    return f"/{namespace}/{location}/project/{own}/{noun}"


def uri(transport: Transport, namespace: str, noun: str, reference: str) -> str:
    """A reference as bodies hold it: paths and names as they are, an id as the path of an object of the project."""
    if not is_id(reference):
        return reference
    owner = PLATFORM if reference == PUBLIC_NETWORK_ID else None
    return f"{collection(transport, namespace, noun, owner)}/{reference}"


def service_uri(reference: str) -> str:
    """The same for an entry of the price list; names are understood as they are."""
    return f"/billing/project/platform/service/{reference}" if is_id(reference) else reference


def project_id(transport: Transport) -> str:
    """The id of the client's project; a name is looked up once. Raises NotFound, and what any read raises."""
    project = last_segment(transport.credentials.project or "")
    if is_id(project):
        return project
    with _resolving:
        known = _projects.setdefault(transport, {})
        if project not in known:
            known[project] = _look_up(transport, project)
        return known[project]


def _look_up(transport: Transport, name: str) -> str:
    operation = f"find project {name}"
    call = Call(method="GET", path="/iam/project", kind="GET /project", operation=operation, params={"name": name})
    found = read(
        transport, call, lambda reply: [text(raw.get("id")) for raw in reply.mappings() if raw.get("name") == name]
    )
    if len(found) != 1:
        many = f"there are {len(found)} projects with the name" if found else "there is no project with the name"
        fix = "`pulumi config set hyperone:project ID`"
        raise NotFound(f"cannot {operation}: {many} {name!r} for this account: {fix}")
    return found[0]
