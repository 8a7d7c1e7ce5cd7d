"""The words of the page of models; the others are in `strings.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rag.core.trials import ModelTrial
from rag.models.licences import Permission
from rag.models.ollama import LoadedModel
from rag.models.pulling import PullProgress, PullStage
from rag.ui.strings.general import decimal, duration, listed, number, per_cent, size, time_left
from rag.ui.strings.translation import said, translate, writing

# --- The server ------------------------------------------------------------------------------------------------------
LOOKING: Final = "Looking for the model server"
NOT_REACHED: Final = "No model server is reached"
MEANWHILE: Final = "Until one is, answers are quoted from your documents without a model."
TRIED: Final = "Tried"
LIKELY: Final = "What it most likely is"
FINDING_OUT: Final = "Finding out what it may be."
WHAT_TO_DO: Final = "What to do"
LOOK_AGAIN: Final = "Look again"
NO_MODELS: Final = "No models yet"
NO_MODELS_TEXT: Final = "The server runs and has no model that can answer. Get one below."

# --- Who answers -----------------------------------------------------------------------------------------------------
BY_ITSELF: Final = "Chosen by itself: one that is in memory already, else the largest that runs well on usual machines."
FOR_EVERYBODY: Final = "Chosen here, for everybody who asks this library."
CONFIGURED: Final = (
    "The settings name it (model in kitabu.toml, KITABU_MODEL or --model), and they win over what is chosen here. To "
    "choose here, set it to auto there."
)
QUOTES: Final = "Answers are quoted, without a model"
CHOOSE_BY_ITSELF: Final = "Choose by itself again"
QUOTE_ONLY: Final = "Answer by quotation only"
USE: Final = "Use for everybody"
USE_HERE: Final = "Use in the open conversation"
USED: Final = "It answers for everybody from now on."
USED_HERE: Final = "It answers in the open conversation from now on."
QUOTED_NOW: Final = "Answers are quoted from now on."
BY_ITSELF_NOW: Final = "The model is chosen by itself again."

# --- The list --------------------------------------------------------------------------------------------------------
THERE: Final = "On this server"
MODEL: Final = "Model"
SIZE: Final = "Size"
WINDOW: Final = "Reads at most"
IN_MEMORY: Final = "In memory"
MEASURED: Final = "Measured here"
ANSWERS: Final = "answers for everybody"
ANSWERS_HERE: Final = "answers in the open conversation"
NOT_LOADED: Final = "not in memory"
NOT_MEASURED: Final = "not measured"

# --- The card --------------------------------------------------------------------------------------------------------
CARD_COMING: Final = "Reading what the server says of this model."
LICENCE: Final = "Licence"
MADE_BY: Final = "Made by"
TRAINED_ON: Final = "Trained on"
LANGUAGES: Final = "Languages"
QUANTISATION: Final = "Quantisation"
DIGEST: Final = "Digest"
SOURCE: Final = "Source"
NOT_KNOWN: Final = "not known"
LICENCE_TEXT: Final = "The licence as the server gives it"
NO_LICENCE: Final = "none given"
NOT_RECOGNISED: Final = "not recognised"
PERMISSIONS: Final[Mapping[Permission, str]] = {
    Permission.OPEN: "open source",
    Permission.CONDITIONS: "open weights with conditions",
    Permission.NON_COMMERCIAL: "not for commercial use",
    Permission.UNKNOWN: "what it permits is not known",
}
CLOSE: Final = "Close"

# --- What can be done ------------------------------------------------------------------------------------------------
TEST: Final = "Ask a test question"
TEST_HELP: Final = (
    "Measures how long it takes on this machine until the first word, how fast it writes, and its memory."
)
WARM_UP: Final = "Load into memory"
WARM_UP_HELP: Final = "So that the next question does not wait for it. It stays for 15 minutes after the last one."
COOL_DOWN: Final = "Free its memory"
REMOVE: Final = "Remove"
REMOVE_TITLE: Final = "Remove this model?"
REMOVE_TEXT: Final = "It is deleted from the model server's disk, for every program that uses it. It can be got again."
REMOVE_ANSWERS: Final = "It is the one that answers. Another one is chosen by itself afterwards."
REMOVE_YES: Final = "Remove it"
REMOVE_NO: Final = "Keep it"
TASKS: Final[Mapping[str, str]] = {
    "test": "Asking a test question",
    "load": "Loading into memory",
    "unload": "Freeing its memory",
    "remove": "Removing",
}
"""What is being done with a model, by kind."""
STOPPING: Final = "stopping at the next word"

# --- Getting one -----------------------------------------------------------------------------------------------------
GET: Final = "Get a model"
GET_TEXT: Final = (
    "From Ollama's library, over the internet; it then stays on the model server. Names and sizes stand at "
    "ollama.com/search."
)
NAME: Final = "Name of the model, such as qwen3:4b"
GET_IT: Final = "Get it"
STOPPED: Final = "Stopped. What has come is kept; it goes on from there."
GO_ON: Final = "Go on"
DISMISS: Final = "Dismiss"
STAGES: Final[Mapping[PullStage, str]] = {
    PullStage.LOOKING: "looking it up",
    PullStage.LOADING: "",
    PullStage.CHECKING: "checking what came",
    PullStage.DONE: "there",
}
BAD_NAME: Final = "That is no name of a model"
BAD_NAME_HINT: Final = "Names look like qwen3:4b, or hf.co/organisation/model."


def server_line(version: str, place: str, url: str) -> str:
    """Which server it is: "Ollama 0.33.0 on this computer (http://127.0.0.1:11434)"."""
    return said("Ollama {version} on {place} ({address})", version=version, place=place, address=url)


def answering(name: str) -> str:
    """Title of the section that says who answers."""
    return said("{model} answers", model=name)


def loaded(model: LoadedModel, until: str) -> str:
    """A model in memory: "3.1 GB, on the GPU, window of 8,192 tokens, until 14:05"."""
    share = model.gpu_share
    where = said("on the GPU") if share >= 1 else said("{share} of it on the GPU", share=per_cent(share))
    where = where if share else said("on the processor")
    slots = {"size": size(model.size), "place": where, "n": number(model.context_length)}
    if until:
        return said("{size}, {place}, window of {n} tokens, until {time}", time=until, **slots)
    return said("{size}, {place}, window of {n} tokens", **slots)


def tokens(count: int) -> str:
    """A window: "8,192 tokens"."""
    return said("{n} tokens", n=number(count)) if count else ""


def speed(trial: ModelTrial) -> str:
    """A measurement in short: "12.3 tokens a second, first word after 0.8 seconds"."""
    return writing().comma.join((_fast(trial), _first(trial)))


def measured(trial: ModelTrial, when: str) -> str:
    """A measurement whole."""
    first = _first(trial)
    if trial.prompt_tokens:
        first = said("{first} (reading {n} tokens)", first=first, n=number(trial.prompt_tokens))
    parts = [_fast(trial), first, said("loaded in {time}", time=duration(trial.load_seconds))]
    if trial.memory:
        share = per_cent(trial.gpu_share)
        where = said("{share} of it on the GPU", share=share) if trial.gpu_share else said("on the processor")
        slots = {"size": size(trial.memory), "place": where, "n": number(trial.window)}
        parts.append(said("{size}, {place}, with a window of {n} tokens", **slots))
    return said("{facts}. Measured {date}.", facts="; ".join(parts), date=when)


def licence(names: tuple[str, ...], permission: Permission, given: bool) -> str:
    """A licence with what it permits: "Apache License 2.0, open source"."""
    named = listed(names) or (said(NOT_RECOGNISED) if given else said(NO_LICENCE))
    return writing().comma.join((named, said(PERMISSIONS[permission])))


def source(address: str, as_of: str) -> str:
    """Where facts come from that the server does not tell."""
    return said("What the server does not tell: {address}, of {date}", address=address, date=as_of)


def getting(name: str) -> str:
    """Title of a pull."""
    return said("Getting {model}", model=name)


def how_far(progress: PullProgress) -> str:
    """How far a pull is: "1.2 GB of 2.5 GB · 11.0 MB a second · 2 minutes left"."""
    if progress.stage is not PullStage.LOADING:
        return said(STAGES[progress.stage])
    parts = [said("{part} of {total}", part=size(progress.completed), total=size(progress.total))]
    if progress.seconds_left is not None:
        fast = said("{size} a second", size=size(int(progress.rate)))
        parts += [fast, time_left(progress.seconds_left)]
    return " · ".join(parts)


def already_got(name: str) -> str:
    """A pull that runs is begun again."""
    return said("{model} is being got already.", model=name)


def _fast(trial: ModelTrial) -> str:
    return said("{n} tokens a second", n=decimal(trial.tokens_per_second))


def _first(trial: ModelTrial) -> str:
    return said("first word after {time}", time=duration(trial.first_token_seconds))


translate(__name__)
