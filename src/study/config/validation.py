"""Reads a YAML file into a pydantic model and says on which line a mistake stands."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from study.common.errors import StudyError

Model = TypeVar("Model")

Loc = tuple[int | str, ...]  # keys and positions that lead to a place in a YAML file, from the outside


class ConfigError(StudyError):
    """A mistake in a configuration file or on the command line, in words for the person who made it."""


class StrictModel(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def did_you_mean(name: object, known: list[str]) -> str:
    """Name the nearest valid name, or list them all when none is near."""
    near = get_close_matches(str(name), known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"valid: {', '.join(sorted(known))}"


def require_known(what: str, name: str, known: list[str]) -> None:
    """Raise ConfigError with the nearest valid name unless `name` is known."""
    if name not in known:
        raise ConfigError(f"unknown {what} '{name}': {did_you_mean(name, known)}")


def load_yaml(path: str | Path, model: type[Model]) -> Model:
    """Read `path` as `model` (any type pydantic can check).

    Raises
    ------
    ConfigError
        Naming file, line, key, what was found and, for an unknown key or value, the nearest valid one.
    """
    text = read_text(path)
    return check(parse_yaml(text, path), model, lambda loc: f"{path}:{line_of(text, loc)}")


def parse_yaml(text: str, path: str | Path) -> Any:
    """Parse the `text` of the file at `path`."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error


def read_text(path: str | Path) -> str:
    """Read a text file, or say which one could not be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def check(content: Any, model: type[Model], where: Any) -> Model:
    """Validate `content` as `model`; `where` turns the location of a mistake into the words that name it."""
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(item, model, content, where) for item in error.errors())) from error


def line_of(text: str, loc: Loc) -> int:
    """Line (from 1) of the deepest part of `loc` that stands in the YAML `text`."""
    node, line = yaml.compose(text, Loader=yaml.CSafeLoader), 1
    for key in loc:
        step = _child(node, key)
        if step is None:
            break
        key_node, node = step
        line = key_node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, key: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None


def _explain(item: Any, model: type, content: Any, where: Any) -> str:
    loc, message = _without_tags(item["loc"], content), item["msg"].removeprefix("Value error, ")
    context = item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            message = f"unknown key; {did_you_mean(loc[-1], _keys_beside(model, item['loc'][:-1]))}"
        case "literal_error":
            message = _unknown(item["input"], context["expected"].replace(" or ", ", "))
        case "union_tag_invalid":
            loc = (*loc, context["discriminator"].strip("'"))
            message = _unknown(context["tag"], context["expected_tags"])
        case "missing" if tagged := [key for key, value in item["input"].items() if (value,) == item["loc"][-2:-1]]:
            loc, message = loc[:-1], f"the {tagged[0]} '{item['loc'][-2]}' needs {loc[-1]}"
        case "missing" | "value_error" | "union_tag_not_found":
            pass
        case _:
            message = f"{message}, found {item['input']!r}"
    key = ".".join(str(part) for part in loc if part != "[key]")
    return f"{where(loc)}: {key}: {message}" if key else f"{where(loc)}: {message}"


def _unknown(name: str, quoted: str) -> str:
    known = [part.strip("'") for part in quoted.split(", ")]
    return f"'{name}' is not known; {did_you_mean(name, known)}"


def _without_tags(loc: Loc, content: Any) -> Loc:
    """Leave out of `loc` by which value pydantic chose a member of a union: no key stands there."""
    kept: list[int | str] = []
    for part in loc:
        if isinstance(content, dict) and part not in content and part in content.values():
            continue
        kept.append(part)
        there = (isinstance(content, dict) and part in content) or isinstance(content, list)
        content = content[part] if there else None
    return tuple(kept)


def _keys_beside(model: Any, loc: Loc) -> list[str]:
    """Keys allowed where `loc` points to, found by walking the JSON schema of `model`."""
    schema = TypeAdapter(model).json_schema()
    definitions = schema.get("$defs", {})
    for part in loc:
        schema = _descend(_resolve(schema, definitions), part)
    return sorted(_resolve(schema, definitions).get("properties", {}))


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    for option in schema.get("anyOf", []):
        if "$ref" in option or "properties" in option:
            schema = option
    return definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _descend(schema: dict[str, Any], part: int | str) -> dict[str, Any]:
    if isinstance(part, int):
        return dict(schema.get("items", {}))
    if "discriminator" in schema:
        return {"$ref": schema["discriminator"]["mapping"][part]}
    return dict(schema.get("properties", {}).get(part) or schema.get("additionalProperties") or {})


Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
