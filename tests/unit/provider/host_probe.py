"""A dynamic provider for the tests of provider.host; it runs inside the SDK's real host process."""

from pathlib import Path

from pulumi.dynamic import CreateResult, ResourceProvider

from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.process import host


class Probe(ResourceProvider):
    """Does what its inputs say: wait for a number of companions, wait for ever, fail."""

    def configure(self, _req):
        host.prepare(lambda text: text.replace("s3cret", "***"))

    def create(self, props):
        if props.get("refuse"):
            raise HyperOneError("the cloud will not: s3cret\nask it nicely")
        if props.get("strange"):
            host.engine.log(host.current_urn(), "looking at caf\udce9")
            raise HyperOneError("caf\udce9\x1b[2J\u202e cannot be read")
        if props.get("bug"):
            raise KeyError("missing")
        folder = Path(props["folder"])
        (folder / props["name"]).touch()
        while len(list(folder.iterdir())) < props["companions"]:
            host.interruption.sleep(0.02)
        return CreateResult(props["name"], {"urn_seen": host.current_urn(), "stack": host.current_stack()})
