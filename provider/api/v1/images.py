"""Images and who may use them (API facts 2.3, 1.5)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.decoding import text
from pulumi_hyperone.provider.api.http.calls import Reply, segment
from pulumi_hyperone.provider.api.http.retries import change
from pulumi_hyperone.provider.api.models import Image
from pulumi_hyperone.provider.api.v1.collection import Collection


class Images(Collection[Image]):
    """Images of the project; `get` also knows recommended ones by name or alias."""

    noun = "image"
    path = "/image"
    model = Image

    def recommended(self) -> list[Image]:
        """List the vendor's public images (a route outside the specification)."""
        call = self._call("GET", "recommended", operation="list the recommended images")
        return self._read(call, self._many)

    def access_rights(self, image: str) -> list[str]:
        """Who may use the image: project ids, or `*` for everybody."""
        call = self._call("GET", image, "/accessrights", operation=f"read the access rights of image {image}")

        def decode(reply: Reply) -> list[str]:
            raw = reply.json()
            if not isinstance(raw, list):
                raise reply.unreadable("a list was expected")
            return [text(identity) for identity in raw]

        return self._read(call, decode)

    def grant_access(self, image: str, identity: str) -> None:
        """Let a project (id), or everybody (`*`), use the image; no error when it may already."""
        wait = self._wait(f"access of {identity} to image {image}", None, None)
        operation = f"grant {identity} access to image {image}"
        call = self._call("POST", image, "/accessrights", operation=operation, body={"identity": identity})
        self._carry_out(lambda: change(self._transport, call), lambda: identity in self.access_rights(image), wait)

    def revoke_access(self, image: str, identity: str) -> None:
        """Take the access of a project (id) or of everybody (`*`) away; no error when there is none."""
        wait = self._wait(f"end of the access of {identity} to image {image}", None, None)
        operation = f"revoke the access of {identity} to image {image}"
        below = f"/accessrights/{segment(identity, 'access right')}"
        call = self._call("DELETE", image, below, operation=operation, kind="/accessrights/{identity}")
        self._carry_out(lambda: change(self._transport, call), lambda: identity not in self.access_rights(image), wait)
