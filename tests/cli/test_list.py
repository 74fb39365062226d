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
    assert registry.entries()["wgan_gp"].title in shown["wgan_gp"]


@pytest.mark.parametrize("name", sorted(registry.entries()))
def test_show_tells_every_setting_once(name: str, capsys: pytest.CaptureFixture[str]):
    assert main(["show", name]) == 0
    words = capsys.readouterr().out.partition("example:")[0].split()
    entry = registry.entries()[name]
    wanted = {option(setting).split()[0] for setting in (*entry.settings, *common())}
    for setting in wanted:
        assert words.count(setting) == 1, setting


def test_the_example_of_show_can_be_typed(capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["show", "wgan_gp"])
    example = capsys.readouterr().out.partition("example: ganworks ")[2].split()
    assert example[:3] == ["train", "wgan_gp", "photos/"]
    main(example)
    assert "no pictures at 'photos/'" in capsys.readouterr().err
