"""The pure parts of the language host."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.engine.language_host import dependencies, go, packages, plugin, program, sdk
from tools.engine.language_host.children import Children
from tools.engine.language_host.interpreter import Interpreter, InterpreterError, choose
from tools.engine.language_host.servicer import LanguageHost

VENV = Interpreter(Path("/venv/bin/python"), Path("/venv"))


def _request(**changes: object) -> SimpleNamespace:
    info = SimpleNamespace(root_directory="/project", program_directory="/project/main", entry_point=".")
    request = {
        "monitor_address": "127.0.0.1:1", "project": "p", "stack": "s", "pwd": "/project/main", "program": ".",
        "args": [], "config": {"p:a": "1"}, "configSecretKeys": ["p:a"], "dryRun": True, "parallel": 64,
        "organization": "organization", "info": info, "kind": "", "env": [],
    }  # fmt: skip
    return SimpleNamespace(**{**request, **changes})


def test_program_runs_with_what_the_engine_asks_for() -> None:
    """Every field that the SDK's runner knows is handed on, and the program comes last."""
    command = program.command(_request(), VENV, "127.0.0.1:2", None, Path("/bin/runner"))
    assert command[:3] == ["/venv/bin/python", "-u", "/bin/runner"]
    assert command[-1] == "."
    options = dict(zip(command[3:-1:2], command[4:-1:2], strict=True))
    assert options["--engine"] == "127.0.0.1:2"
    assert options["--dry_run"] == "true"
    assert options["--root_directory"] == "/project"
    assert options["--parallel"] == "64"
    assert "--tracing" not in options


def test_config_and_secret_keys_reach_the_program() -> None:
    """The SDK reads both from the environment; secrets are told by their keys."""
    found = program.environment(_request(), VENV.environment({"PATH": "/usr/bin", "PYTHONHOME": "/elsewhere"}))
    assert json.loads(found["PULUMI_CONFIG"]) == {"p:a": "1"}
    assert json.loads(found["PULUMI_CONFIG_SECRET_KEYS"]) == ["p:a"]
    assert found["PATH"] == "/venv/bin:/usr/bin"
    assert "PYTHONHOME" not in found


def test_settings_that_no_program_can_be_given_are_refused_with_the_way_out() -> None:
    """One environment variable holds 128 KiB: exactly that much starts, a byte more is refused."""
    frame = len('PULUMI_CONFIG={"p:a": ""}') + 1
    for size, starts in ((131072 - frame, True), (131072 - frame + 1, False)):
        environment = program.environment(_request(config={"p:a": "x" * size}), {})
        said = program.too_large(environment)
        assert (said is None) is starts
        try:
            subprocess.run(["true"], env=environment, check=True)
        except OSError:
            assert not starts
        else:
            assert starts
    assert "128 KiB of them: put long texts into files" in str(said)


@pytest.mark.parametrize(
    ("code", "error", "bail"),
    [(0, "", False), (32, "", True), (3, "exit code: 3", False), (-9, "signal 9", False)],
)
def test_exit_code_becomes_the_engines_answer(code: int, error: str, bail: bool) -> None:
    """32 means that the user has seen the error; any other failure is named."""
    outcome = program.outcome(code)
    assert error in outcome.error
    assert bool(outcome.error) == bool(error)
    assert outcome.bail is bail


def test_policy_pack_runs_in_its_own_folder() -> None:
    """A pack gets the engine's address and its folder, and can import what lies beside it."""
    request = _request(kind="analyzer", args=["127.0.0.1:2"])
    command, folder = plugin.command(request, VENV)
    assert command == ["/venv/bin/python", "-u", "-m", "pulumi.policy", "127.0.0.1:2", "/project/main"]
    assert folder == Path("/project/main")


def test_plugin_environment_takes_the_last_of_equal_names() -> None:
    """The engine appends what must win."""
    found = plugin.environment(["A=1", "A=2=3", "PATH=/usr/bin"], VENV)
    assert found["A"] == "2=3"
    assert found["VIRTUAL_ENV"] == "/venv"


def test_virtualenv_is_relative_to_the_project(tmp_path: Path) -> None:
    """`virtualenv: .venv` means the folder beside Pulumi.yaml; toolchain uv has the same default."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    assert choose({"virtualenv": ".venv"}, tmp_path).virtualenv == tmp_path / ".venv"
    assert choose({"toolchain": "uv"}, tmp_path).virtualenv == tmp_path / ".venv"


@pytest.mark.parametrize(
    ("options", "needle"),
    [({"virtualenv": "gone"}, "does not exist"), ({"toolchain": "poetry"}, "not supported")],
)
def test_unusable_interpreter_says_why(options: dict[str, object], needle: str, tmp_path: Path) -> None:
    """What cannot work is named before anything is started."""
    with pytest.raises(InterpreterError, match=needle):
        choose(options, tmp_path)


def test_folder_without_python_is_no_virtualenv(tmp_path: Path) -> None:
    """An empty folder of that name is told apart from a missing one."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(InterpreterError, match="is not a virtual environment"):
        choose({"virtualenv": "empty"}, tmp_path)


def test_only_packages_with_a_plugin_require_one(tmp_path: Path) -> None:
    """`resource: false` and unreadable files ask for nothing."""
    for name, content in {
        "pulumi_random": '{"resource": true, "name": "random", "version": "4.16.0"}',
        "pulumi_policy": '{"resource": false}',
        "pulumi_broken": "{",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "pulumi-plugin.json").write_text(content)
    assert packages.required_plugins([tmp_path]) == [packages.Plugin("random", "4.16.0", "")]


def test_modules_of_go_name_their_plugins(tmp_path: Path) -> None:
    """Wherever SDKs have the file: beside go.mod, in the package, or below `go`."""
    for place in ("one", "two/package", "three/go/package"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "pulumi-plugin.json").write_text(f'{{"resource": true, "name": "{place[:3]}"}}')
    found = packages.required_plugins([tmp_path / name for name in ("one", "two", "three")], go.PLACES)
    assert [plugin.name for plugin in found] == ["one", "two", "thr"]


def test_modules_of_node_name_their_plugins(tmp_path: Path) -> None:
    """Packages with a scope are looked into as well; those that name no plugin ask for nothing."""
    for name, content in {
        "@pulumi/random": '{"pulumi": {"resource": true, "name": "random", "version": "4.16.0"}}',
        "other": '{"pulumi": {"resource": true, "name": "other"}}',
        "typescript": '{"version": "5.9.3"}',
    }.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text(content)
    found = packages.required_by_modules(tmp_path)
    assert found == [packages.Plugin("random", "4.16.0", ""), packages.Plugin("other", "", "")]


@pytest.mark.parametrize(
    ("files", "required", "said"),
    [
        ({"requirements.txt": "pulumi"}, "pulumi\nsdks/x\n", "Import it: import pulumi_x as x"),
        ({}, "sdks/x\n", "Import it: import pulumi_x as x"),
        ({"requirements.txt": "sdks/x\n"}, "sdks/x\n", "Import it: import pulumi_x as x"),
        ({"pyproject.toml": ""}, None, "Install it where the program runs: python -m pip install sdks/x"),
    ],
)
def test_sdk_is_required_once(files: dict[str, str], required: str | None, said: str, tmp_path: Path) -> None:
    """Whatever the program required before stays; what cannot be written is said."""
    (tmp_path / "sdks" / "x" / "pulumi_x").mkdir(parents=True)
    (tmp_path / "sdks" / "x" / "pulumi_x" / "__init__.py").touch()
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert said in sdk.link(tmp_path, "sdks/x", installs=True)
    file = tmp_path / "requirements.txt"
    assert (file.read_text() if file.exists() else None) == required


def test_sdk_of_another_layout_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """One line names the SDK and what it lacks; the program's requirements stay as they were."""
    (tmp_path / "sdks" / "x").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("pulumi\n")
    with pytest.raises(sdk.SdkError, match=r"cannot link the SDK in sdks/x: no folder in it has an __init__.py"):
        sdk.link(tmp_path, "sdks/x", installs=True)
    assert (tmp_path / "requirements.txt").read_text() == "pulumi\n"


def test_generator_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names it and its deadline."""
    generator = tmp_path / "pulumi-codegen"
    generator.write_text("#!/bin/sh\nexec sleep 600\n")
    generator.chmod(0o755)
    monkeypatch.setattr(sdk, "GENERATOR", generator)
    monkeypatch.setattr(sdk, "PATIENCE", 0.01)
    with pytest.raises(sdk.SdkError, match=r"^cannot generate the SDK: pulumi-codegen did not end within 0.01 s$"):
        sdk.generate("go", b"")


def test_dependencies_go_into_the_virtualenv_only(tmp_path: Path) -> None:
    """Locked requirements go first; the system's Python is never installed into."""
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    commands = list(dependencies.commands(tmp_path, tmp_path / ".venv"))
    assert len(commands) == 2
    assert commands[1][-1] == str(tmp_path / "requirements.lock")
    assert list(dependencies.commands(tmp_path, None)) == []


def test_cancel_ends_programs_and_leaves_plugins_to_the_engine() -> None:
    """A plugin may have work to undo when it is cancelled, so the host does not kill it."""
    programs, plugins = Children(), Children()
    started = [
        children.start(["sleep", "60"], Path("/"), {"PATH": "/usr/bin:/bin"}) for children in (programs, plugins)
    ]
    try:
        LanguageHost("", None, programs, plugins).Cancel(None, None)
        assert started[0].wait(timeout=30) == -9
        assert started[1].poll() is None
    finally:
        plugins.close()
        started[1].wait(timeout=30)


def test_both_streams_of_a_plugin_are_told_apart() -> None:
    """More than a pipe holds on stderr does not stop a plugin, and all of it arrives."""
    script = "head -c 300000 /dev/zero >&2; echo 4711"
    children = Children()
    child = children.start(["sh", "-c", script], Path("/"), {"PATH": "/usr/bin:/bin"}, output=subprocess.PIPE)
    found = {"stdout": b"", "stderr": b""}
    for stream, chunk in plugin.output(child):
        found[stream] += chunk
    assert children.wait(child) == 0
    assert (found["stdout"], len(found["stderr"])) == (b"4711\n", 300000)
