"""Close channels; end a command on the machine with all that it started, over a second channel."""

from __future__ import annotations

import contextlib
import threading

import paramiko

from pulumi_hyperone.provider.ssh.shell_text import quote

KILL_TIMEOUT = 5.0
"""Seconds for each of opening the second channel and of what runs there."""
# As root too, where sudo asks nothing: what sudo runs belongs to root.
_KILL = r"""
leader=$1; [ "$leader" -gt 1 ] || exit 0
processes() {
  if [ -r /proc/1/stat ]; then cat /proc/[0-9]*/stat 2>/dev/null
  else ps -A -o pid= -o ppid= -o sid= 2>/dev/null || ps -A -o pid= -o ppid=; fi
}
tree() {
  processes | awk -v top="$leader" -v me="$$" '
    { if ($0 ~ /\) /) { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; sid[pid] = $4; gone[pid] = $1 == "Z" }
      else { parent[$1] = $2; sid[$1] = $3 } }
    END {
      keep[top] = 1
      do { grown = 0
        for (p in parent) if (!(p in keep) && ((parent[p] in keep) || sid[p] == top)) { keep[p] = 1; grown = 1 }
      } while (grown)
      for (p = me; (p in parent) && p > 1; p = parent[p]) delete keep[p]
      for (p in keep) if (p > 1 && (p in parent) && !gone[p]) print p
    }'
}
as_root=; [ "$(id -u)" = 0 ] || { sudo -n true 2>/dev/null && as_root="sudo -n"; }
for signal in TERM KILL KILL; do
  pids=$(tree); [ -n "$pids" ] || exit 0
  kill -s $signal $pids 2>/dev/null
  [ -z "$as_root" ] || $as_root kill -s $signal $pids 2>/dev/null
  for i in 1 2 3 4 5; do [ -n "$(tree)" ] || exit 0; sleep 0.1 2>/dev/null || sleep 1; done
done
"""


def close_soon(channel: paramiko.Channel) -> None:
    """Close a channel in a thread of its own: telling the machine may block, or fail when the line is broken."""

    def close() -> None:
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            channel.close()

    threading.Thread(target=close, name="ssh-close", daemon=True).start()


def end_command(transport: paramiko.Transport, channel: paramiko.Channel, pid: int) -> None:
    """End the tree below the process `pid` (0: unknown), across the sessions that sudo makes.

    Takes twice KILL_TIMEOUT at most, and is silent about what no longer answers.
    """
    ended = threading.Event()

    def end() -> None:
        try:
            if pid:
                _kill_tree(transport, pid)
            elif not channel.closed:
                _signal(channel, "KILL")
        except Exception:  # noqa: BLE001 - paramiko raises whatever ended the session
            # No second channel (MaxSessions 1): all that is left. Never after the end of the channel, since
            # a server takes a packet for a channel it has closed as a reason to hang up.
            with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
                if not channel.closed:
                    _signal(channel, "KILL")
        finally:
            ended.set()

    threading.Thread(target=end, name="ssh-end", daemon=True).start()
    ended.wait(2 * KILL_TIMEOUT)


def _kill_tree(transport: paramiko.Transport, pid: int) -> None:
    with transport.open_session(timeout=KILL_TIMEOUT) as killer:
        killer.exec_command(f"/bin/sh -c {quote(_KILL)} end {pid}")
        killer.shutdown_write()
        killer.status_event.wait(KILL_TIMEOUT)


def _signal(channel: paramiko.Channel, name: str) -> None:
    """Send the SSH signal request (RFC 4254 6.9), for servers where the process tree could not be walked."""
    message = paramiko.Message()
    message.add_byte(bytes([paramiko.common.MSG_CHANNEL_REQUEST]))
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string(name)
    channel.transport._send_user_message(message)  # type: ignore[union-attr]  # an open channel has one
