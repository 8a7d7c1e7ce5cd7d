"""Which of the usual models suits a machine and the languages of a library, and how long its answers will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from rag.core.language import UNDETERMINED
from rag.models.budget import gpu_budget, memory_budget
from rag.models.hardware import Hardware
from rag.models.usual import UsualModel, usual_models

GPU: Final = "gpu"
PROCESSOR: Final = "processor"
Place = Literal["gpu", "processor"]

PROMPT_TOKENS: Final = 2000
"""A usual prompt: six passages of up to 256 tokens, the instructions, the question."""
ANSWER_TOKENS: Final = 150
"""A usual answer: five sentences."""
PATIENCE: Final = 120.0
"""Seconds to an answer beyond which a model is no first choice."""
CORE_RATE: Final = 22e9
"""Operations a second of one core reading a prompt with 4-bit weights: measured with SmolLM2 on a 2.4 GHz core with
AVX2. Newer cores do more."""
OLD_SHARE: Final = 0.25
"""The same without AVX2: registers half as wide, and no multiplication with addition."""
LEAST_STRENGTH: Final = 1.5
"""Billions of parameters below which a model is no first choice: it writes fluent sentences and gets facts wrong."""
MAIN_SHARE: Final = 0.1
"""Of a library's documents, from which on a language counts."""
_BANDS: Final = (1.5, 2.5, 4.5, 9.0, 16.0)
"""Models between two of these, in billions of parameters, answer about as well: other things then decide."""
_WINDOWS: Final = (4096,)
"""Smaller windows that are tried where nothing fits."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model was, measured here."""

    model: str
    active: float
    """Its active parameters, in billions."""
    place: Place
    prompt_rate: float
    """Tokens read a second."""
    answer_rate: float
    """Tokens written a second."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that this machine can run."""

    model: UsualModel
    place: Place
    needs: int
    """Bytes, at `window`."""
    window: int
    reasons: tuple[str, ...]
    """Plain sentences."""
    seconds: float | None
    """To a usual answer; None where nothing was measured and nothing can be said."""
    measured: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        model = self.model
        return {
            "model": model.name,
            "runs_on": self.place,
            "needs": self.needs,
            "window": self.window,
            "download": model.download,
            "quantisation": model.quantisation,
            "parameters": model.parameters,
            "licence": model.licence,
            "released": model.released,
            "source": model.source,
            "reasons": list(self.reasons),
            "seconds_to_answer": None if self.seconds is None else round(self.seconds, 1),
            "measured": self.measured,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What to take on this machine."""

    hardware: Hardware
    first: Choice | None
    """None: quoting without a model is best here."""
    alternatives: tuple[Choice, ...]
    """Two at most; without a first choice those that run here all the same, slowly."""
    why_none: str = ""
    """In plain sentences, where there is no first choice."""
    freed: str = ""
    """What would fit with other programs closed; empty where that changes nothing."""
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        hardware = self.hardware
        return {
            "hardware": {
                "memory": hardware.memory,
                "free": hardware.free,
                "limited": hardware.limited,
                "cores": hardware.cores,
                "features": sorted(hardware.features & _TOLD_FEATURES),
                "gpus": [asdict(gpu) for gpu in hardware.gpus],
            },
            "first": self.first.to_json() if self.first else None,
            "alternatives": [choice.to_json() for choice in self.alternatives],
            "why_none": self.why_none,
            "freed": self.freed,
            "notes": list(self.notes),
        }


_TOLD_FEATURES: Final = frozenset(
    {"avx", "avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm"}
)


def advise(
    hardware: Hardware,
    languages: Mapping[str, int],
    window: int,
    speed: Speed | None = None,
    names: Mapping[str, str] | None = None,
    models: Sequence[UsualModel] | None = None,
) -> Advice:
    """A first choice and up to two alternatives, or why there is none.

    Args:
        hardware: of the machine that runs the model.
        languages: documents of the library by language; "und" is not counted.
        window: tokens that will be asked for.
        speed: what was measured on this machine.
        names: of languages, by code; codes without one stand for themselves.
        models: to choose from; by default the table.
    """
    asked = _Asked(hardware, _main(languages), window, speed, names or {}, models or usual_models())
    chosen = asked.choose()
    for smaller in (size for size in _WINDOWS if size < window):
        if not chosen:
            asked = replace(asked, window=smaller)
            chosen = asked.choose()
    first = chosen[0] if chosen and asked.may_lead(chosen[0]) else None
    why = "" if first else _why_none(asked)
    others = tuple(choice for choice in chosen if choice is not first)
    return Advice(hardware, first, others, why, _freed(asked, first), _notes(hardware))


def forecast(model: UsualModel, speed: Speed) -> float:
    """Seconds to a usual answer, from what another model took on the same processor: work grows with the parameters."""
    once = PROMPT_TOKENS / speed.prompt_rate + ANSWER_TOKENS / speed.answer_rate
    return once * model.active / speed.active


def embedding_hours(chunks: int, rate: float) -> float:
    """Hours to embed a library of so many passages at so many a second."""
    return chunks / rate / 3600


def _main(languages: Mapping[str, int]) -> dict[str, float]:
    counted = {code: count for code, count in languages.items() if code != UNDETERMINED}
    whole = sum(counted.values())
    return {code: count / whole for code, count in counted.items() if count / whole >= MAIN_SHARE}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question for advice."""

    hardware: Hardware
    languages: Mapping[str, float]
    window: int
    speed: Speed | None
    names: Mapping[str, str]
    models: Sequence[UsualModel]

    def choose(self) -> list[Choice]:
        """First choice and alternatives, best first; where none may be the first, only those that may be borne."""
        possible = sorted((choice for model in self.models if (choice := self._choice(model))), key=self._order)
        possible = [choice for choice in possible if self._bearable(choice)]
        first = next((choice for choice in possible if self.may_lead(choice)), None)
        if first is None:
            return [choice for choice in possible if not _weak(choice.model)][:2]
        others = [choice for choice in possible if choice is not first]
        picked: list[Choice] = []
        for wanted in (
            [other for other in others if _band(other.model) < _band(first.model) and self.may_lead(other)],
            [other for other in others if other.model.family != first.model.family and not _weak(other.model)],
            others,
            others,
        ):
            fresh = [other for other in wanted if other not in picked]
            if fresh and len(picked) < 2:
                picked.append(fresh[0])
        return [first, *(replace(other, reasons=(_beside(first, other), *other.reasons)) for other in picked)]

    def may_lead(self, choice: Choice) -> bool:
        """Whether a choice is good enough to be the first."""
        quick = choice.seconds is None or choice.seconds <= PATIENCE
        return not _weak(choice.model) and quick and self.spoken(choice.model) > 0

    def _bearable(self, choice: Choice) -> bool:
        """Whether a choice may be named at all."""
        return (choice.seconds is None or choice.seconds <= 2 * PATIENCE) and self.spoken(choice.model) > 0

    def _choice(self, model: UsualModel) -> Choice | None:
        needs = model.memory(self.window)
        place: Place
        if needs <= gpu_budget(self.hardware):
            place, budget = GPU, gpu_budget(self.hardware)
        elif needs <= memory_budget(self.hardware) and not self.hardware.shared:
            place, budget = PROCESSOR, memory_budget(self.hardware)
        else:
            return None
        seconds, measured = self._seconds(model, place)
        reasons = (
            self._room(needs, budget, place),
            *([_waiting(seconds, measured)] if seconds is not None else []),
            *(["It is so small that it often gets facts wrong."] if _weak(model) else []),
            *self._about_languages(model),
            _about_licence(model),
        )
        return Choice(model, place, needs, self.window, reasons, seconds, measured)

    def _seconds(self, model: UsualModel, place: Place) -> tuple[float | None, bool]:
        if self.speed is not None and self.speed.place == place:
            return forecast(model, self.speed), True
        if place == GPU:
            return None, False
        features = self.hardware.features
        old = bool(features) and not features & {"avx2", "asimd"}
        rate = self.hardware.cores * CORE_RATE * (OLD_SHARE if old else 1.0)
        # Two operations for each parameter and token. Writing is held up by memory; its share is small beside this.
        return PROMPT_TOKENS * 2 * model.active * 1e9 / rate, False

    def _order(self, choice: Choice) -> tuple[object, ...]:
        model = choice.model
        return (
            -round(self.spoken(model), 2),
            choice.place != GPU,
            -_band(model),
            not model.open_source,
            -(len(model.languages) or 140),
            [-int(part) for part in model.released.split("-")],
            model.name,
        )

    def spoken(self, model: UsualModel) -> float:
        """Share of the library in languages that the model was made for."""
        if not self.languages:
            return 1.0
        whole = sum(self.languages.values())
        return sum(share for code, share in self.languages.items() if model.speaks(code)) / whole

    def _room(self, needs: int, budget: int, place: Place) -> str:
        where = "the graphics processor" if place == GPU else "the memory"
        return (
            f"It takes {gigabytes(needs)} of the {gigabytes(budget)} that {where} can spare, "
            f"with a window of {self.window:,} tokens."
        )

    def _about_languages(self, model: UsualModel) -> list[str]:
        if not self.languages:
            return []
        known = [self._name(code) for code in self.languages if model.speaks(code)]
        unknown = [self._name(code) for code in self.languages if not model.speaks(code)]
        said = []
        if known and not model.languages:
            said.append("Its maker says that it was made for over 140 languages, without naming them.")
        elif known:
            said.append(f"It was made for the library's main languages, here {_listed(known)}.")
        if unknown:
            said.append(f"It was not made for {_listed(unknown)}: there, its answers are weaker than quotations.")
        return said

    def _name(self, code: str) -> str:
        return self.names.get(code, code)


def gigabytes(size: int) -> str:
    """A size as people read it."""
    return f"{size / 1e9:.1f} GB"


def _weak(model: UsualModel) -> bool:
    return model.strength < LEAST_STRENGTH


def _band(model: UsualModel) -> int:
    return sum(model.strength > edge for edge in _BANDS)


def _beside(first: Choice, other: Choice) -> str:
    """How an alternative differs."""
    sizes = _band(other.model) - _band(first.model)
    if sizes < 0:
        sooner = " It answers sooner." if other.model.active < first.model.active else ""
        return f"Smaller: it knows less and leaves more memory.{sooner}"
    if sizes > 0:
        return "Larger: it answers better and takes longer."
    return f"About as large, by {other.model.maker}."


def _waiting(seconds: float, measured: bool) -> str:
    told = f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    if measured:
        return f"From what was measured here, a usual answer takes about {told}."
    return f"By the number of cores, the processor reads the passages of an answer in about {told}."


def _about_licence(model: UsualModel) -> str:
    if model.open_source:
        return f"It is open source ({model.licence})."
    return f"Its weights are open under conditions ({model.licence}): read them first."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _why_none(asked: _Asked) -> str:
    strong = [model for model in asked.models if not _weak(model)]
    smallest = min((model.memory(asked.window) for model in strong), default=0)
    most = max(memory_budget(asked.hardware), gpu_budget(asked.hardware))
    if smallest > most and not asked.hardware.memory:
        why = "Whether a model fits cannot be told."
    elif smallest > most:
        why = (
            f"The smallest model that answers well enough takes {gigabytes(smallest)}, and {gigabytes(most)} can be "
            "spared without swapping to the disk."
        )
    elif not any(asked.spoken(model) for model in strong if model.memory(asked.window) <= most):
        why = "No model that fits was made for the library's languages."
    else:
        why = f"A model that fits would take more than {PATIENCE / 60:.0f} minutes to an answer on this processor."
    return f"{why} Quoting the documents needs no model, answers at once, and says only what they say."


def _freed(asked: _Asked, first: Choice | None) -> str:
    """What would be the first choice with all other programs closed."""
    free = asked.hardware
    idle = replace(free, free=free.memory, gpus=tuple(replace(gpu, free=None) for gpu in free.gpus))
    possible = replace(asked, hardware=idle).choose()
    better = (
        possible and asked.may_lead(possible[0]) and (first is None or _band(possible[0].model) > _band(first.model))
    )
    if not better:
        return ""
    return f"With other programs closed, {possible[0].model.name} would fit."


def _notes(hardware: Hardware) -> tuple[str, ...]:
    notes = []
    if hardware.limited:
        notes.append(
            f"This process is given {gigabytes(hardware.memory)} of memory. A model server outside of this container "
            "may have more."
        )
    if not hardware.memory:
        notes.append("How much memory there is could not be found out.")
    return tuple(notes)
