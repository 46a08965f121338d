"""Unix sockets in place of a port."""

import grpc
import pytest
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from support.patience import WAIT_SECONDS
from support.service import bearer, running


async def test_a_unix_socket_is_served(tmp_path):
    """Its file is removed from the way of the next server, and another process cannot take it over."""
    path = tmp_path / "redeemd.sock"
    for folder in ("first", "second"):
        async with running(tmp_path / folder, listen=f"unix:{path}") as service:
            assert path.stat().st_mode & 0o777 == 0o660
            async with grpc.aio.insecure_channel(f"unix:{path}") as opened:
                stub = auth_service_pb2_grpc.AuthServiceStub(opened)
                metadata = bearer(service.key)
                assert (await stub.ListKeys(auth_pb.ListKeysRequest(), metadata=metadata, timeout=WAIT_SECONDS)).items
            with pytest.raises(OSError, match="another process listens on it"):
                async with running(tmp_path / "intruder", listen=f"unix:{path}"):
                    pass


async def test_a_file_is_not_replaced_by_a_unix_socket(tmp_path):
    """A file that is not a socket is kept."""
    path = tmp_path / "precious"
    path.write_text("kept")
    with pytest.raises(OSError, match="it is not a socket"):
        async with running(tmp_path / "data", listen=f"unix:{path}"):
            pass
    assert path.read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "reason"), [("absent/sock", "No such file"), ("x" * 120, "too long")], ids=["no folder", "too long"]
)
async def test_a_path_that_no_socket_can_have_is_refused(tmp_path, capfd, name, reason):
    """With the reason, and without a line of gRPC's own."""
    path = tmp_path / name
    with pytest.raises(OSError, match=f"cannot listen on {path}: .*{reason}"):
        async with running(tmp_path / "data", listen=f"unix:{path}"):
            pass
    assert capfd.readouterr().err == ""
