"""The program of support.forked: imports redeemd, then forks a process of it for each request.

Run with the number of a Unix socket. A request is a JSON object with arguments, environment, folder and umask (-1: the
inherited one). With it come three descriptors: a socket, to which the process id and the exit status are sent, standard
output and standard error.
"""

import contextlib
import gc
import json
import os
import runpy
import socket
import sys
import time
from typing import Any

REQUEST_BYTES_MAX = 1 << 20


def wait_for_request(requests: socket.socket) -> dict[str, Any]:
    """Return in a new process that is to run a request, once for each; end this one when nobody can send any more."""
    while True:
        text, descriptors, _, _ = socket.recv_fds(requests, REQUEST_BYTES_MAX, 3)
        if not text:
            raise SystemExit
        if os.fork() == 0:
            requests.close()
            supervise(*descriptors)
            return dict(json.loads(text))
        for descriptor in descriptors:
            os.close(descriptor)
        reap()


def reap() -> None:
    """Collect the supervisors that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def supervise(control: int, output: int, errors: int) -> None:
    """Return in a new process, with its output and errors; send its id and, at its end, its status to `control`."""
    if process_id := os.fork():
        os.close(output)
        os.close(errors)
        os.write(control, str(process_id).encode())
        _, status = os.waitpid(process_id, 0)
        os.write(control, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    os.close(control)
    for descriptor, standard in ((output, 1), (errors, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)


def become(request: dict[str, Any]) -> None:
    """Take on what a process inherits from the one that starts it."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    if request["umask"] >= 0:
        os.umask(request["umask"])
    sys.argv[1:] = request["arguments"]


if __name__ == "__main__":
    import numpy as np  # noqa: F401 -- what starts and first calls cost
    import redeemd.cli.serving  # noqa: F401
    from redeemd.cli import commands

    commands.every()
    gc.freeze()
    become(wait_for_request(socket.socket(fileno=int(sys.argv[1]))))
    runpy.run_module("redeemd", run_name="__main__", alter_sys=True)
