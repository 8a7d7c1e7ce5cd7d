"""Every error that a user can meet. Each says what happened, to which file or model, and what to do next."""

from __future__ import annotations

from typing import ClassVar, Final


class KitabuError(Exception):
    """Root of all errors that are shown to people.

    Args:
        message: what happened, to what.
        hint: what to do next.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 10
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Stopped(KitabuError):
    """Somebody stopped the work before it began."""

    code = "stopped"


class InvalidQuestion(KitabuError):
    """The question is empty or too long to be one, or asks for too few or too many passages."""

    code = "invalid_question"
    exit_code = 2
    http_status = 422


class InvalidFilter(KitabuError):
    """What a search is to be kept to cannot be: no date, or no document is left."""

    code = "invalid_filter"
    exit_code = 2
    http_status = 422


class InvalidEdit(KitabuError):
    """What somebody wants to say of a document cannot be: no date, or a document that takes its own place."""

    code = "invalid_edit"
    exit_code = 2
    http_status = 422


class ConfigError(KitabuError):
    """A configuration key or value is wrong."""

    code = "config"
    exit_code = 3
    http_status = 400


class UnknownBackend(ConfigError):
    """A configured name is neither registered nor an importable dotted path."""

    code = "unknown_backend"


class MissingDependency(ConfigError):
    """An optional package is needed and not installed."""

    code = "missing_dependency"


class InvalidDataset(ConfigError):
    """A file of questions, documents or judgements for an evaluation is not what it should be."""

    code = "invalid_dataset"


class IngestError(KitabuError):
    """A file could not be read into the library."""

    code = "ingest"
    exit_code = 4
    http_status = 422


class UnsupportedFormat(IngestError):
    """No reader for what the file's bytes are."""

    code = "unsupported_format"


class PasswordProtected(IngestError):
    """The file is locked."""

    code = "password_protected"


class NoText(IngestError):
    """The file was read and has no text."""

    code = "no_text"


class TooLarge(IngestError):
    """The file exceeds a limit."""

    code = "too_large"


class Damaged(IngestError):
    """The file's content does not parse as what it claims to be."""

    code = "damaged"


class Crashed(Damaged):
    """The reader's process ended while it read the file."""

    code = "crashed"


class Unreadable(IngestError):
    """The file cannot be opened: missing, no permission, a link out of the folder, changing while read."""

    code = "unreadable"


class StoreError(KitabuError):
    """The catalog or an index failed."""

    code = "store"
    exit_code = 5
    http_status = 503


class FingerprintMismatch(StoreError):
    """The index was built by another embedder or chunker than the configured one."""

    code = "fingerprint_mismatch"


class StoreUnavailable(StoreError):
    """The catalog or an index cannot be opened or written (disk full, no permission, damaged)."""

    code = "store_unavailable"


class LibraryLocked(StoreError):
    """Another process owns the library and this work cannot wait for it."""

    code = "library_locked"


class DocumentNotFound(StoreError):
    """No document of that name or id is in the library."""

    code = "document_not_found"
    exit_code = 2
    http_status = 404


class ModelError(KitabuError):
    """The answering or embedding model failed."""

    code = "model"
    exit_code = 6
    http_status = 502


class NoModel(ModelError):
    """What is asked for needs a model, and answers are quoted without one."""

    code = "no_model"

    def __init__(
        self,
        message: str = "Explaining simply and telling in another language need an answering model, and none is in use.",
        hint: str = "Run: kitabu doctor. It says how to get one.",
    ) -> None:
        super().__init__(message, hint)


class ServerUnreachable(ModelError):
    """Nothing answers at the model server's address."""

    code = "server_unreachable"


class ConnectionLost(ServerUnreachable):
    """The model server closed the connection before its first word."""

    code = "connection_lost"


class AccessDenied(ModelError):
    """The model server wants a key, or another one."""

    code = "access_denied"


class ModelNotPulled(ModelError):
    """The server does not have the model."""

    code = "model_not_pulled"


class ModelNotFound(ModelError):
    """No model of that name can be got."""

    code = "model_not_found"
    exit_code = 2
    http_status = 404


class ServerBusy(ModelError):
    """The server's queue is full."""

    code = "server_busy"


class TimedOut(ModelError):
    """The server stopped answering."""

    code = "timed_out"


class ContextOverflow(ModelError):
    """The prompt does not fit the model's window."""

    code = "context_overflow"


class Truncated(ModelError):
    """The stream ended before the model was done; what came was kept."""

    code = "truncated"


class InvalidWeights(ModelError):
    """Model weights on disk are not the ones expected."""

    code = "invalid_weights"


MAY_ANSWER_LATER: Final = (ServerUnreachable, ServerBusy, TimedOut)
"""What is raised for a model server that may answer the same in a minute."""
