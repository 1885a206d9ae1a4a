"""What builds left, as the cloud's lists tell it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pulumi_hyperone.command import commands
from pulumi_hyperone.provider.api.records import Image


def test_tags_do_not_act_on_the_terminal_and_are_no_markup(monkeypatch: Any, capsys: Any) -> None:
    """Anybody in the project may write them; brackets and colons in them are shown as they are."""
    tags = {
        "pulumi-build": "b" * 32,
        "pulumi-stack": "org/[bold]web[/bold]",
        "pulumi-stack-id": "5f00",
        "pulumi-image": "a\x1b]0;title\x07:smile:\u202e",
    }
    nothing = SimpleNamespace(list=list)
    images = SimpleNamespace(list=lambda: [Image(id="i", tags=tags)])
    cloud = SimpleNamespace(vms=nothing, disks=nothing, ips=nothing, images=images)
    monkeypatch.setattr(commands, "client", lambda _stack: cloud)
    commands.status(images=True)
    shown = capsys.readouterr().out
    assert "org/[bold]web[/bold]  identity 5f00" in shown
    assert "a ]0;title :smile: " in shown
    assert not set("\x1b\x07\u202e") & set(shown)
