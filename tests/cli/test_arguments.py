from pathlib import Path

import pytest

from ganworks.cli.arguments import Parser, Usage, apart, call
from ganworks.registry import Setting


def verb(run: str, second: str = "none", *, count: int = 64, flip: bool = True, name: str | None = None) -> int:
    """Does nothing.

    count: how many, 100 % of them
    """
    return hash((run, second, count, flip, name))


def words_of(*words: str, line: str = "ganworks verb RUN") -> int:
    return call(verb, words, line)


@pytest.mark.parametrize(
    "words",
    [
        ("a", "b", "--count", "3", "--no-flip"),
        ("--count", "3", "a", "--no-flip", "b"),
        ("--no-flip", "a", "--count=3", "b"),
    ],
)
def test_words_and_settings_in_any_order(words: tuple[str, ...]):
    assert words_of(*words) == verb("a", "b", count=3, flip=False)


def test_what_is_not_given_is_left_to_the_function():
    assert words_of("a") == verb("a")


@pytest.mark.parametrize(("words", "said"), [((), "something is missing"), (("a", "b", "c"), "'c' is one word too")])
def test_number_of_words(words: tuple[str, ...], said: str):
    with pytest.raises(Usage, match=said):
        words_of(*words)


def test_a_missing_run_names_those_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "run.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Usage, match="runs/mine"):
        words_of()


def test_a_setting_is_never_abbreviated():
    with pytest.raises(Usage, match="Did you mean --count"):
        words_of("a", "--coun", "3")


def test_values_may_be_negative_numbers():
    assert words_of("a", "--count", "-3") == verb("a", count=-3)


def test_help_wins_over_mistakes_and_explains_each_setting(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        words_of("--what", "--help")
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "how many, 100 % of them (64)" in said
    assert said.count("how many") == 1, "the docstring's line belongs to the setting only"


def test_apart_knows_which_settings_take_no_value():
    words = ["--flip", "photos", "--loss", "hinge", "--size=64", "gan"]
    assert apart(words, {"flip"}) == (["photos", "gan"], ["--flip", "--loss", "hinge", "--size=64"])


def test_settings_that_text_cannot_say_are_not_offered():
    parser = Parser("ganworks verb", "", whose="x", see="y")
    parser.offer("own", [Setting("net", "nn.Module", None, True), Setting("size", "int", 3, False)])
    assert parser.settings(["--size", "4"]) == {"size": 4}
    with pytest.raises(Usage, match="unknown setting --net of x"):
        parser.settings(["--net", "big"])
