"""What others wrote, brought in: dotted paths in the configuration, and LangChain without its tracing."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from typing import Final

from rag.core.errors import ConfigError, MissingDependency, UnknownBackend

_TRACING: Final = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def disable_tracing() -> None:
    """Turn LangSmith tracing off, whatever the environment says: it would send questions and documents elsewhere.

    Must run before LangChain is imported, which remembers these variables. Holds for the whole process.
    """
    for variable in _TRACING:
        os.environ[variable] = "false"


def _allowed(registered: Iterable[str]) -> str:
    return f"Allowed: {', '.join([*sorted(registered), 'or the dotted path of a class that can be imported'])}."


def import_dotted(path: str, setting: str, registered: Iterable[str]) -> object:
    """Import what a dotted path names, as it is.

    Args:
        path: `package.module.Name`.
        setting: the configuration key it stands under, for the error.
        registered: the names that are built in, for the error.

    Raises:
        UnknownBackend: it is no dotted path, or the module has no such name.
        MissingDependency: the module, or one that it imports, is not installed.
        ConfigError: the module cannot be imported, for a mistake in it.
    """
    allowed = _allowed(registered)
    module_name, _, attribute = path.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in path.split(".")):
        raise UnknownBackend(f"Setting '{setting}' names '{path}', which is not known.", allowed)
    # It is likely to import LangChain.
    disable_tracing()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        raise MissingDependency(
            f"Setting '{setting}' names '{path}', but the module '{missing}' is not installed.",
            f"Install the package that holds '{missing}'. {allowed}",
        ) from error
    except Exception as error:  # a foreign module: whatever it raises is why it cannot be imported
        raise ConfigError(
            f"Setting '{setting}' names '{path}', but the module '{module_name}' cannot be imported "
            f"({type(error).__name__}: {error}).",
            f"Correct that module, or the setting '{setting}'.",
        ) from error
    try:
        found: object = getattr(module, attribute)
    except AttributeError as error:
        raise UnknownBackend(
            f"Setting '{setting}' names '{path}', but '{module_name}' has no '{attribute}'.", allowed
        ) from error
    return found


def load_dotted(
    path: str, setting: str, registered: Iterable[str], methods: Sequence[str], arguments: Sequence[object] = ()
) -> object:
    """Import what a dotted path names: an object, or a class or function that makes one.

    Args:
        path: `package.module.Name`.
        setting: the configuration key it stands under, for the error.
        registered: the names that are built in, for the error.
        methods: what the object must be able to do.
        arguments: what the class or function is called with.

    Raises:
        UnknownBackend: it is no dotted path, the module has no such name, or the object lacks a method.
        ConfigError: the module cannot be imported, or the object could not be made.
        MissingDependency: the module, or one that it imports, is not installed.
    """
    allowed = _allowed(registered)
    found = import_dotted(path, setting, registered)
    if not callable(found):
        made = found
    elif isinstance(found, type) and not _can(found, methods):
        made = None
    else:
        try:
            made = found(*arguments)
        except Exception as error:
            # A foreign class: whatever it raises (a missing key, a wrong version) is why it could not be made.
            raise ConfigError(
                f"Setting '{setting}' names '{path}', which could not be made: {' '.join(str(error).split())}.",
                "Give the dotted path of a function that makes it.",
            ) from error
    if not _can(made, methods):
        raise UnknownBackend(f"Setting '{setting}' names '{path}', which has no {' or '.join(methods)}.", allowed)
    return made


def _can(thing: object, methods: Sequence[str]) -> bool:
    return all(callable(getattr(thing, method, None)) for method in methods)
