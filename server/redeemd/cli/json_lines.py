"""Codes and their states as lines of JSON."""

import json
from collections.abc import Sequence

from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.cli.codes import status_name


def json_lines(chunk: pb.StreamSerialKeysResponse) -> tuple[bytes, int]:
    """Return a line for each code of a chunk, and their number."""
    names = {status: status_name(status) for status in {chunk.status, *(state.status for state in chunk.states)}}
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines: list[str] = []
    end = 0
    for state in sorted(chunk.states, key=lambda state: state.index):
        lines.append(_alike(chunk.codes[end : state.index], names[chunk.status]))
        line: dict[str, object] = {"code": chunk.codes[state.index], "status": names[state.status]}
        if state.HasField("used_user_id"):
            line["usedUserId"] = state.used_user_id
        if state.HasField("used_at"):
            line["usedAt"] = state.used_at
        lines.append(encode(line) + "\n")
        end = state.index + 1
    lines.append(_alike(chunk.codes[end:], names[chunk.status]))
    return "".join(lines).encode(), len(chunk.codes)


def _alike(codes: Sequence[str], status: str) -> str:
    """Return the lines of codes with the same status. Codes contain no control characters."""
    if not codes:
        return ""
    between = f'", "status": "{status}"}}\n{{"code": "'
    lines = between.join(codes)
    if '"' in lines.replace(between, "") or "\\" in lines:
        lines = between.join(json.dumps(code, ensure_ascii=False)[1:-1] for code in codes)
    return f'{{"code": "{lines}", "status": "{status}"}}\n'
