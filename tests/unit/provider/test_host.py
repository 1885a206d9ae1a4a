"""The host module against the SDK's own host: the real process, called over gRPC as the engine calls it."""

import asyncio
import base64
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import dill
import grpc
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
URN = "urn:pulumi:dev::hyperone-image::pulumi-python:dynamic/hyperone:Image::x"


@pytest.fixture
def engine():
    """A listener that stands for the engine's address; closing it is the engine's death."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def started(engine):
    """The SDK's host process as the engine starts it, and a stub to call it."""
    address = "{}:{}".format(*engine.getsockname())
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}", "HYPERONE_DEBUG": ""}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", address], stdout=subprocess.PIPE, env=environment, text=True
    )
    port = process.stdout.readline().strip()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield process, provider_pb2_grpc.ResourceProviderStub(channel)
    process.kill()
    process.wait()


def pickled() -> str:
    """The probe as the engine hands it over: by the name of its class."""
    sys.path.insert(0, str(HERE))
    try:
        from host_probe import Probe
    finally:
        sys.path.remove(str(HERE))
    return base64.b64encode(dill.dumps(Probe())).decode()


def properties(**values):
    """Inputs in the engine's form."""
    return asyncio.run(rpc.serialize_properties({**values, "__provider": pickled()}, {}))


def create(stub, **values):
    """Start a Create call; returns its future."""
    return stub.Create.future(provider_pb2.CreateRequest(urn=URN, properties=properties(**values)))


def prepared(stub) -> None:
    """Have the provider configured, as the engine's first call does."""
    create(stub, folder="/", name="tmp", companions=1).result(timeout=30)


def test_more_calls_run_at_once_than_the_sdk_allows(started, tmp_path):
    """Twenty creates that wait for each other all finish: the pool is wider than the SDK's four."""
    _, stub = started
    prepared(stub)
    calls = [create(stub, folder=str(tmp_path), name=f"n{i}", companions=20) for i in range(20)]
    assert {call.result(timeout=30).id for call in calls} == {f"n{i}" for i in range(20)}


def test_cancel_ends_a_running_create_at_once_and_refuses_new_ones(started, tmp_path):
    """After Cancel a waiting create fails with the reason, and nothing new starts."""
    _, stub = started
    prepared(stub)
    call = create(stub, folder=str(tmp_path), name="one", companions=99)
    wait_for(lambda: list(tmp_path.iterdir()))
    stub.Cancel(provider_pb2.google_dot_protobuf_dot_empty__pb2.Empty(), timeout=5)
    with pytest.raises(grpc.RpcError, match="interrupted: the engine was asked to stop"):
        call.result(timeout=5)
    with pytest.raises(grpc.RpcError, match="not started"):
        create(stub, folder=str(tmp_path), name="two", companions=1).result(timeout=5)


def test_own_errors_reach_the_user_without_traceback_class_name_or_secret(started):
    """A refused create shows exactly its message, secrets scrubbed, further lines kept."""
    _, stub = started
    prepared(stub)
    with pytest.raises(grpc.RpcError) as caught:
        create(stub, refuse=True).result(timeout=30)
    assert caught.value.details() == "the cloud will not: ***\nask it nicely"


def test_the_first_call_fails_plainly_too(started):
    """The call in whose middle the provider is configured is treated like all others."""
    _, stub = started
    with pytest.raises(grpc.RpcError) as caught:
        create(stub, refuse=True).result(timeout=30)
    assert caught.value.details() == "the cloud will not: ***\nask it nicely"


def test_the_first_call_knows_its_urn(started, tmp_path):
    """The URN is known before this module could guard any call."""
    _, stub = started
    reply = create(stub, folder=str(tmp_path), name="x", companions=1).result(timeout=30)
    assert rpc.deserialize_properties(reply.properties)["urn_seen"] == URN


def test_a_name_that_is_no_text_can_be_told(started):
    """Files may have names that are no UTF-8; rows and errors show what of them cannot be sent as escapes.

    Nor does a name act on the terminal.
    """
    _, stub = started
    prepared(stub)
    with pytest.raises(grpc.RpcError) as caught:
        create(stub, strange=True).result(timeout=30)
    assert caught.value.details() == "caf\\udce9\\u202e cannot be read"


def test_a_bug_is_one_line_that_says_so(started):
    """An unexpected exception is named as an internal error, without its traceback."""
    _, stub = started
    prepared(stub)
    with pytest.raises(grpc.RpcError) as caught:
        create(stub, bug=True).result(timeout=30)
    assert caught.value.details().startswith("internal error, please report it: KeyError: 'missing'")
    assert "\n" not in caught.value.details()


def test_the_urn_and_stack_of_the_call_are_known(started, tmp_path):
    """Inside a call the provider knows its resource's URN and the stack in it, with no property for that."""
    _, stub = started
    prepared(stub)
    reply = create(stub, folder=str(tmp_path), name="x", companions=1).result(timeout=30)
    outs = rpc.deserialize_properties(reply.properties)
    assert (outs["urn_seen"], outs["stack"]) == (URN, "dev")


def test_the_process_leaves_when_its_engine_is_gone(started, engine, tmp_path):
    """With the engine's address refusing connections, running work ends and the process exits within seconds."""
    process, stub = started
    prepared(stub)
    running = create(stub, folder=str(tmp_path), name="x", companions=99)
    wait_for(lambda: list(tmp_path.iterdir()))
    assert not running.done()
    engine.close()
    assert process.wait(timeout=20) == 1


def test_the_process_stays_while_its_engine_lives(started, engine):
    """An engine that accepts connections is alive however long nothing happens."""
    process, stub = started
    accepting = threading.Thread(target=lambda: [engine.accept() for _ in range(2)], daemon=True)
    accepting.start()
    prepared(stub)
    accepting.join(timeout=10)
    assert not accepting.is_alive(), "the watch asked twice"
    assert process.poll() is None


def wait_for(condition, seconds: float = 20) -> None:
    """Poll until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not reached in time"
        time.sleep(0.02)
