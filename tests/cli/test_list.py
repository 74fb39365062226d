from contextlib import suppress

import pytest

from ganworks import registry
from ganworks.__main__ import main
from ganworks.cli.show import option
from ganworks.cli.train import common


def test_list_names_every_system_under_its_domain(capsys: pytest.CaptureFixture[str]):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == sorted({entry.domain for entry in registry.entries().values()})[0]
    shown = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert set(shown) == set(registry.entries())
    for name, entry in registry.entries().items():
        assert len(entry.about) > len(name) + 20, f"the first line of {name}'s file says too little of it"
        assert len(entry.about) < 100, f"the first line of {name}'s file is too long for the list"


def test_lines_end_between_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    for words in (["list"], ["--help"], ["help", "edit"]):
        with suppress(SystemExit):
            main(words)
        out = capsys.readouterr().out
        lines = [line for line in out.splitlines() if "ganworks train " not in line]
        assert max(map(len, lines)) <= 80, words
    assert "\n\nWith --direction: a row for each" in out, "paragraphs stay apart"


@pytest.mark.parametrize("name", sorted(registry.entries()))
def test_show_tells_every_setting_once(name: str, capsys: pytest.CaptureFixture[str]):
    assert main(["show", name]) == 0
    shown = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  --")]
    entry = registry.entries()[name]
    wanted = {option(setting).split()[0] for setting in (*entry.settings, *common())}
    for setting in wanted:
        assert shown.count(setting) == 1, setting


def test_the_example_of_show_can_be_typed(capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["show", "wgan_gp"])
    example = capsys.readouterr().out.partition("example: ganworks ")[2].split()
    assert example[:3] == ["train", "wgan_gp", "photos/"]
    main(example)
    assert "no pictures at 'photos/'" in capsys.readouterr().err
