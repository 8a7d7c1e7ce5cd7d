"""Which model is advised for described machines, and why; and that no advice makes a machine swap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.advice import GPU, PROCESSOR, Advice, Speed, advise, embedding_hours, forecast
from rag.models.budget import SYSTEM, gpu_budget, memory_budget, with_loaded
from rag.models.hardware import Gpu, Hardware
from rag.models.ollama import LoadedModel
from rag.models.usual import UsualModel, bits, usual_models

GIB = 1024**3
MODERN = frozenset({"avx2"})
ENGLISH = {"en": 12}
MIXED = {"en": 6, "sw": 4}
WINDOW = 8192


@dataclass(frozen=True)
class Case:
    """A described machine, and what it is to be told. Memory in GiB."""

    about: str
    memory: float
    free: float
    cores: int
    expected: str | None
    why: str
    """Words of the reasons."""
    place: str = PROCESSOR
    gpus: tuple[tuple[str, float], ...] = ()
    languages: Mapping[str, int] = None  # type: ignore[assignment]
    features: frozenset[str] = MODERN
    limited: bool = False

    @property
    def hardware(self) -> Hardware:
        gpus = tuple(Gpu(f"{vendor} {size}", vendor, int(size * GIB)) for vendor, size in self.gpus)
        return Hardware(
            int(self.memory * GIB), int(self.free * GIB), self.cores, self.features, gpus, self.limited
        )  # fmt: skip


CASES = [
    Case("a 4 GB laptop", 3.8, 2.2, 2, None, "without swapping to the disk"),
    Case("an 8 GB laptop with four cores", 7.7, 4.5, 4, "qwen3:1.7b", "2.9 GB of the 4.3 GB"),
    Case("an 8 GB laptop with two cores", 7.7, 4.5, 2, None, "more than 2 minutes to an answer"),
    Case("a 16 GB laptop with four cores", 15.5, 10, 4, "qwen3:1.7b", "in about 2 minutes"),
    Case("a 16 GB desktop with eight cores", 15.5, 10, 8, "qwen3:4b-instruct", "4.6 GB of the 10.2 GB"),
    Case("32 GB and eight cores: few active parameters", 31, 26, 8, "qwen3:30b-instruct", "in about 75 seconds"),
    Case("a server with 64 GB and no GPU", 62, 55, 16, "qwen3:30b-instruct", "in about 38 seconds"),
    Case("an old processor without AVX2", 16, 12, 4, None, "more than 2 minutes", features=frozenset({"sse2"})),
    Case("an 8 GB Mac, English", 8, 4.2, 8, "granite4:micro", "main languages, here en", GPU, (("Apple", 8),)),
    Case("an 8 GB Mac, Swahili too", 8, 4.2, 8, "qwen3:1.7b", "here en and sw", GPU, (("Apple", 8),), MIXED),
    Case("a 16 GB Mac", 16, 9, 8, "qwen3:8b", "graphics processor can spare", GPU, (("Apple", 16),)),
    Case("a 64 GB Mac", 64, 50, 12, "qwen3:32b", "graphics processor can spare", GPU, (("Apple", 64),)),
    Case("4 GB NVIDIA", 15.5, 10, 6, "qwen3:1.7b", "2.9 GB of the 3.3 GB", GPU, (("NVIDIA", 4),)),
    Case("6 GB NVIDIA", 15.5, 10, 6, "qwen3:4b-instruct", "4.6 GB of the 5.4 GB", GPU, (("NVIDIA", 6),)),
    Case("8 GB NVIDIA", 31, 25, 8, "qwen3:8b", "7.3 GB of the 7.6 GB", GPU, (("NVIDIA", 8),)),
    Case("12 GB NVIDIA", 31, 25, 8, "qwen3:14b", "11.6 GB of the 11.9 GB", GPU, (("NVIDIA", 12),)),
    Case("24 GB NVIDIA", 62, 50, 16, "qwen3:32b", "open source", GPU, (("NVIDIA", 24),)),
    Case("80 GB NVIDIA", 250, 200, 32, "qwen3:32b", "open source", GPU, (("NVIDIA", 80),)),
    Case("two of 8 GB", 31, 25, 8, "qwen3:14b", "of the 15.2 GB", GPU, (("NVIDIA", 8), ("NVIDIA", 8))),
    Case("16 GB AMD", 31, 25, 8, "qwen3:14b", "graphics processor can spare", GPU, (("AMD", 16),)),
    Case("two makers: a model is not spread over both", 31, 25, 8, "qwen3:8b", "of the 7.6 GB", GPU,
         (("AMD", 8), ("NVIDIA", 8))),
    Case("a container limited to 2 GB on a large host", 2, 1.8, 8, None, "without swapping", limited=True),
    Case("a virtual machine limited to 8 GB", 8, 7.5, 8, "qwen3:4b-instruct", "4.6 GB of the 4.9 GB", limited=True),
    Case("16 GB, of which little is free", 15.5, 3.5, 8, "qwen3:1.7b", "2.9 GB of the 3.3 GB"),
    Case("16 GB, of which nothing is free", 15.5, 1, 8, None, "without swapping"),
]  # fmt: skip


def told(case: Case, window: int = WINDOW) -> Advice:
    return advise(case.hardware, case.languages or ENGLISH, window)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_described_machines(case: Case) -> None:
    advice = told(case)
    if case.expected is None:
        assert advice.first is None
        assert case.why in advice.why_none
        assert "Quoting" in advice.why_none
        return
    assert advice.first is not None
    assert (advice.first.model.name, advice.first.place) == (case.expected, case.place)
    assert case.why in " ".join(advice.first.reasons)
    names = [advice.first.model.name, *(choice.model.name for choice in advice.alternatives)]
    assert len(set(names)) == len(names) == 3
    assert all(choice.reasons[0].split(":")[0].startswith(("Smaller", "Larger", "About as")) for choice in
               advice.alternatives)  # fmt: skip


machines = st.builds(
    lambda memory, free, cores, gpus: Hardware(memory, min(memory, free), cores, MODERN, tuple(gpus)),
    st.integers(GIB // 2, 300 * GIB),
    st.integers(0, 300 * GIB),
    st.integers(1, 64),
    st.lists(
        st.builds(
            lambda vendor, size, share: Gpu("any", vendor, size, int(size * share)),
            st.sampled_from(["NVIDIA", "AMD", "Apple"]),
            st.integers(3 * GIB, 90 * GIB),
            st.floats(0, 1),
        ),
        max_size=2,
    ),
)


@given(machines, st.sampled_from([ENGLISH, MIXED, {"am": 3}, {}]), st.sampled_from([2048, 8192, 100_000]))
def test_no_advice_takes_more_than_can_be_spared(hardware: Hardware, languages: Mapping[str, int], window: int) -> None:
    advice = advise(hardware, languages, window)
    for choice in (*([advice.first] if advice.first else []), *advice.alternatives):
        assert choice.needs == choice.model.memory(choice.window)
        if choice.place == PROCESSOR or hardware.shared:
            assert choice.needs < min(hardware.free, hardware.memory - SYSTEM)
        else:
            free = [gpu.free for gpu in hardware.gpus if gpu.free is not None]
            assert choice.needs < sum(free)
    assert bool(advice.first) != bool(advice.why_none)


def test_english_only_models_stand_behind_in_a_library_of_several_languages() -> None:
    small = [model for model in usual_models() if model.name in {"smollm2:1.7b", "qwen3:1.7b"}]
    hardware = Hardware(16 * GIB, 12 * GIB, 8, MODERN)
    for order in (small, small[::-1]):
        first = advise(hardware, MIXED, 4096, models=order).first
        assert first is not None
        assert first.model.name == "qwen3:1.7b"
    only = advise(hardware, MIXED, 4096, models=[model for model in small if model.name == "smollm2:1.7b"])
    assert only.first is not None
    assert "It was not made for Swahili" in " ".join(
        advise(hardware, MIXED, 4096, names={"sw": "Swahili"}, models=[only.first.model]).first.reasons
    )
    assert advise(hardware, {"sw": 3}, 4096, models=[only.first.model]).why_none.startswith("No model that fits")


def test_where_nobody_names_the_language_the_one_who_names_none_is_taken() -> None:
    advice = advise(Hardware(16 * GIB, 10 * GIB, 8, MODERN), {"am": 1}, WINDOW)
    assert (advice.first.model.name, advice.alternatives) == ("gemma3:4b", ())
    assert "over 140 languages" in " ".join(advice.first.reasons)


def test_a_language_of_a_few_documents_does_not_decide() -> None:
    hardware = Hardware(16 * GIB, 12 * GIB, 8, MODERN, (Gpu("a", "Apple", 8 * GIB),))
    assert advise(hardware, {"en": 95, "am": 5}, WINDOW).first.model.family == "Qwen3"
    assert advise(hardware, {"und": 95, "am": 5}, WINDOW).first.model.family == "Gemma 3"


def test_what_was_measured_decides_over_what_was_reckoned() -> None:
    hardware = Hardware(16 * GIB, 10 * GIB, 8, MODERN)
    small = next(model for model in usual_models() if model.name == "qwen3:1.7b")
    # 2,000 tokens at 40 a second and 150 at 5: 80 seconds, and twice as much for the next larger one.
    slow = Speed("qwen3:1.7b", 2.03, PROCESSOR, 40.0, 5.0)
    assert forecast(small, slow) == pytest.approx(80.0)
    first = advise(hardware, ENGLISH, WINDOW, slow).first
    assert (first.model.name, first.measured, round(first.seconds)) == ("qwen3:1.7b", True, 80)
    assert "what was measured here, a usual answer takes about 80 seconds" in " ".join(first.reasons)
    fast = replace(slow, prompt_rate=400.0, answer_rate=40.0)
    assert advise(hardware, ENGLISH, WINDOW, fast).first.model.name == "qwen3:8b"
    crawl = replace(slow, prompt_rate=10.0, answer_rate=1.0)
    assert advise(hardware, ENGLISH, WINDOW, crawl).first is None
    # What the processor takes says nothing of the graphics processor.
    with_gpu = replace(hardware, gpus=(Gpu("n", "NVIDIA", 8 * GIB),))
    assert advise(with_gpu, ENGLISH, WINDOW, crawl).first.model.name == "qwen3:8b"


def test_hours_to_embed() -> None:
    assert embedding_hours(90_000, 25.0) == 1.0


def test_a_smaller_window_is_tried_before_giving_up() -> None:
    tight = Hardware(16 * GIB, int(2.75 * GIB), 8, MODERN)
    advice = advise(tight, ENGLISH, WINDOW)
    assert (advice.first.model.name, advice.first.window) == ("qwen3:1.7b", 4096)
    assert "a window of 4,096 tokens" in advice.first.reasons[0]


def test_closed_programs_and_the_loaded_model_make_room() -> None:
    busy = Hardware(16 * GIB, 3 * GIB, 8, MODERN)
    assert "With other programs closed, qwen3:4b-instruct would fit." in advise(busy, ENGLISH, WINDOW).freed
    idle = replace(busy, free=12 * GIB)
    assert advise(idle, ENGLISH, WINDOW).freed == ""
    loaded = [LoadedModel("any", 7 * GIB, 0, 4096)]
    assert with_loaded(busy, loaded).free == 10 * GIB
    gpu = replace(busy, gpus=(Gpu("n", "NVIDIA", 8 * GIB, GIB),))
    on_gpu = with_loaded(gpu, [LoadedModel("any", 6 * GIB, 6 * GIB, 4096)])
    assert (on_gpu.gpus[0].free, on_gpu.free) == (7 * GIB, 3 * GIB)
    assert gpu_budget(on_gpu) > gpu_budget(gpu)
    mac = replace(busy, gpus=(Gpu("a", "Apple", 16 * GIB),))
    assert with_loaded(mac, [LoadedModel("any", 6 * GIB, 6 * GIB, 4096)]).free == 9 * GIB


def test_a_limit_is_told() -> None:
    assert "given 8.6 GB" in advise(Hardware(8 * GIB, 8 * GIB, 8, limited=True), ENGLISH, WINDOW).notes[0]
    assert memory_budget(Hardware(0, 0, 4)) == 0
    assert "could not be found out" in advise(Hardware(0, 0, 4), ENGLISH, WINDOW).notes[0]


@pytest.mark.parametrize("model", usual_models(), ids=lambda model: model.name)
def test_the_table_agrees_with_itself(model: UsualModel) -> None:
    # A download is the weights at their bits, give or take the layers that are kept finer.
    assert model.download == pytest.approx(model.parameters * 1e9 * bits()[model.quantisation] / 8, rel=0.35)
    assert model.active <= model.parameters
    assert model.memory(2048) < model.memory(8192) <= model.memory(10**9)
    assert model.size("Q8_0") < model.size("F16")
    assert model.source.startswith("https://")
    assert model.released >= "2024"
    assert all(len(code) == 2 for code in model.languages)


def test_memory_is_weights_window_and_largest_step() -> None:
    model = next(model for model in usual_models() if model.name == "qwen3:4b-instruct")
    kept = 2 * 36 * 8 * 128 * 2 * 8192
    computed = 512 * (151_936 + 32 * 8192) * 4
    assert model.memory(8192) == 2_500_000_000 + kept + computed
    assert model.memory(8192, "Q8_0") > model.memory(8192)


def test_memory_that_is_not_known_is_not_told_as_none() -> None:
    advice = advise(Hardware(0, 0, 8, MODERN), {"en": 1}, WINDOW)
    assert advice.first is None
    assert "0.0 GB" not in advice.why_none
    assert "could not be found out" in " ".join(advice.notes)
