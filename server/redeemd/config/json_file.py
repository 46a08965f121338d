"""Reads and checks JSON files of the configuration."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

Content = TypeVar("Content")


class FromJson(BaseModel):
    """A part of a configuration file. Its names are camelCase; unknown names are refused."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid", strict=True, defer_build=True)


def read(setting: str, path: Path, content: TypeAdapter[Content]) -> Content:
    """Read the file that a setting names. Raises ValueError with every problem."""
    try:
        return content.validate_json(path.read_bytes())
    except OSError as problem:
        raise ValueError(f"{setting} {path}: {problem.strerror}") from None
    except ValidationError as error:
        raise ValueError("; ".join(f"{setting} {text}" for text in problems(error, whole=str(path)))) from None


def problems(error: ValidationError, *, whole: str = "settings") -> list[str]:
    """Return a line for each problem, without the given values; `whole` is what is wrong if that is no part of it."""
    return [
        f"{'.'.join(map(str, problem['loc'])) or whole}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False, include_url=False)
    ]
