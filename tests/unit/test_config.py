from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rag.core.config import Settings, load_settings
from rag.core.errors import ConfigError, UnknownBackend
from rag.stores import index_maker


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("KITABU_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_need_no_file_and_data_lies_here(clean: Path) -> None:
    settings = load_settings()
    assert settings.model == "auto"
    assert settings.data == (clean / "data").resolve()


def test_command_line_beats_environment_beats_file_beats_default(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean / "kitabu.toml").write_text('passages = 3\nmodel = "file"\nhost = "file"\n')
    monkeypatch.setenv("KITABU_MODEL", "environment")
    monkeypatch.setenv("KITABU_HOST", "environment")
    settings = load_settings(host="command line", port=None)
    assert (settings.port, settings.passages, settings.model, settings.host) == (8501, 3, "environment", "command line")


def test_a_value_that_is_not_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_CAUTION", "bold")
    with pytest.raises(ConfigError, match=r"'caution' in the environment variable KITABU_CAUTION .*'eager'.*'bold'"):
        load_settings()


def test_a_store_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownBackend, match=r"'faiss'"):
        index_maker("faiss")


def test_relative_data_lies_beside_the_named_file(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean / "etc").mkdir()
    (clean / "etc" / "my.toml").write_text('data = "books"\n')
    monkeypatch.setenv("KITABU_CONFIG", str(clean / "etc" / "my.toml"))
    assert load_settings().data == (clean / "etc" / "books").resolve()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("modle = 'none'", "'modle'", "model"),
        ("passages = 0", "'passages'", "Passages"),
        ("passages = 'many'", "'many'", "Passages"),
        ("passages = = 3", "not valid TOML", "line"),
        ("[table]\nport = 1", "'table'", "Allowed"),
    ],
)
def test_wrong_file_names_the_key_the_place_and_what_is_allowed(
    clean: Path, text: str, message: str, hint: str
) -> None:
    (clean / "kitabu.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert message in caught.value.message
    assert "kitabu.toml" in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('data = "Qualité"'.encode("latin-1"), "kitabu.toml is not UTF-8 text.*Save it as UTF-8"),
        ('model = "none"'.encode("utf-16"), "kitabu.toml is not UTF-8 text"),
    ],
)
def test_a_file_in_another_encoding_is_told(clean: Path, written: bytes, told: str) -> None:
    (clean / "kitabu.toml").write_bytes(written)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert re.search(told, str(caught.value))


def test_a_file_may_begin_with_a_byte_order_mark(clean: Path) -> None:
    (clean / "kitabu.toml").write_text('model = "none"\n', encoding="utf-8-sig")
    assert load_settings().model == "none"


@pytest.mark.parametrize("written", ["", "subtitles.Subtitles", "{.srt: x}"])
def test_readers_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("KITABU_READERS", written)
    with pytest.raises(ConfigError, match="KITABU_READERS is not valid JSON"):
        load_settings()
    monkeypatch.setenv("KITABU_READERS", '{".srt": "subtitles.Subtitles"}')
    assert load_settings().readers == {".srt": "subtitles.Subtitles"}


def test_wrong_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_PORT", "eighty")
    with pytest.raises(ConfigError, match=r"'port' in the environment variable KITABU_PORT .*'eighty'"):
        load_settings()
    monkeypatch.delenv("KITABU_PORT")
    monkeypatch.setenv("KITABU_PROT", "80")
    with pytest.raises(ConfigError, match="KITABU_PROT") as caught:
        load_settings()
    assert "KITABU_PORT" in caught.value.hint


def test_wrong_value_on_the_command_line_is_named() -> None:
    with pytest.raises(ConfigError, match="'port' in the command line"):
        load_settings(port=0)


def test_missing_named_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigError, match=r"nowhere\.toml does not exist"):
        load_settings()


def test_the_switch_of_the_test_suite_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_REQUIRE_BROWSER", "1")
    assert load_settings().port == 8501


@pytest.mark.parametrize("written", ["~", "~/kitabu"])
def test_home_is_written_as_a_tilde(clean: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("HOME", str(clean / "home"))
    monkeypatch.setenv("USERPROFILE", str(clean / "home"))
    (clean / "kitabu.toml").write_text(f'data = "{written}"\n')
    assert load_settings().data == (clean / "home" / written[2:]).resolve()


@pytest.mark.parametrize("written", ["", "  "])
def test_empty_data_is_an_error(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("KITABU_DATA", written)
    with pytest.raises(ConfigError, match=r"KITABU_DATA.*empty"):
        load_settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        setattr(load_settings(), "port", 1)  # noqa: B010 - plainly assigned it would not pass the type check


@given(
    st.dictionaries(
        st.sampled_from([*Settings.model_fields, "other"]), st.one_of(st.text(), st.integers(), st.floats())
    )
)
def test_any_values_load_or_are_a_config_error(given_values: dict[str, object]) -> None:
    try:
        settings = load_settings(**given_values)
    except ConfigError as error:
        said = str(error)
    else:
        said = "loaded"
        assert settings.data.is_absolute()
    assert said
    assert "\n" not in said
