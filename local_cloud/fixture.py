"""A cloud for tests and tools: runs as long as the process that started it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Self

from pulumi_hyperone.local_cloud.command import control, passport
from pulumi_hyperone.local_cloud.state.home import Home


class LocalCloud:
    """A running cloud: `url`, `token`, `project`, `ssh_port` and more in `info`.

    It ends with `stop()`, at the end of a `with` block, or with the process that started it.
    """

    def __init__(self, home: Home, process: subprocess.Popen[bytes], info: dict[str, Any]) -> None:
        self.home = home
        self.info = info
        self._process = process

    @classmethod
    def start(cls, home: Path, deadline: float = control.START_DEADLINE) -> LocalCloud:
        """Start a cloud on the folder `home`; returns when it answers. Raises control.ControlError."""
        place = Home(Path(home).absolute())
        process = control.launch(place, until_eof=True)
        return cls(place, process, control.wait_until_ready(place, process, deadline))

    @property
    def url(self) -> str:
        """The API's base URL, `/v1` included."""
        return str(self.info["url"])

    @property
    def token(self) -> str:
        """The seeded service token."""
        return str(self.info["token"])

    @property
    def project(self) -> str:
        """The id of the seeded project."""
        return str(self.info["project"])

    @property
    def url_v2(self) -> str:
        """The base URL of the second generation, `/v2` included."""
        return str(self.info["url_v2"])

    def passport(self) -> Path:
        """A passport file of the cloud's service account, for clients of v2. Raises control.ControlError."""
        path = self.home.root / "passport.json"
        passport.write(self.info, path)
        return path

    @property
    def ssh_port(self) -> int:
        """The port on which every machine's SSH answers."""
        return int(self.info["ssh_port"])

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def local(self, method: str, path: str, body: Any = None) -> Any:
        """Call a control route: `local("GET", "inventory")`. Raises control.ControlError."""
        return control.call(self.info, method, f"/_local/{path}", body, timeout=60)

    def reset(self) -> None:
        """Remove every object, fault and logged call."""
        self.local("POST", "reset")

    def stop(self) -> None:
        """Stop the cloud; what it had stays in its folder."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        control.stop(self.home)
        self._process.wait(timeout=control.STOP_DEADLINE)

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self._process.kill()
        self._process.wait(timeout=control.STOP_DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
