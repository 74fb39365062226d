import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main
from ganworks.data.pairs import kept_apart


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory):
    """A folder with pairs of 16x16, and one step of pix2pix on them."""
    folder = tmp_path_factory.mktemp("apply")
    random = np.random.default_rng(0)
    for side in ("before", "after"):
        (folder / "pairs" / side).mkdir(parents=True)
        for number in range(4):
            pixels = random.integers(0, 255, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "pairs" / side / f"{number}.png")
    words = ["--from", "before", "--to", "after", "--size", "16", "--width", "4", "--batch", "2", "--steps", "1"]
    out = ["--out", str(folder / "run"), "--precision", "float32"]
    assert main(["train", "pix2pix", str(folder / "pairs"), *words, *out]) == 0
    return folder


def test_a_folder_with_a_broken_file_and_the_truth(paired, tmp_path, capsys):
    source = tmp_path / "mine"
    source.mkdir()
    Image.new("RGBA", (50, 20), (200, 0, 0, 100)).save(source / "wide.png")
    Image.open(paired / "pairs" / "before" / "2.png").save(source / "2.bmp")
    Image.open(paired / "pairs" / "before" / "3.png").save(source / "3.png")
    (source / "bad.jpg").write_bytes(b"\xff\xd8?")
    capsys.readouterr()
    words = ["--out", str(tmp_path / "out"), "--truth", str(paired / "pairs" / "after")]
    assert main(["apply", str(paired / "run"), str(source), *words]) == 0
    said = capsys.readouterr().out
    assert "skipped: 1 (bad.jpg (" in said
    assert "not compared: 1 (wide (no true picture))" in said
    assert "PSNR (RGB, shave 0, 8 bits)" in said and "worst" in said
    assert f"3 pictures in {tmp_path / 'out'}; before and after: {tmp_path / 'out' / 'report.html'}" in said
    assert Image.open(tmp_path / "out" / "wide.png").size == (50, 20)
    assert Image.open(tmp_path / "out" / "wide.png").mode == "RGBA"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["2.png", "3.png", "report.html", "wide.png"]


def test_one_file_goes_into_the_run(paired):
    picture = str(paired / "pairs" / "before" / "1.png")
    truth = str(paired / "pairs" / "after" / "0.png")
    made = paired / "run" / "out" / "1" / "1.png"
    pixels = []
    for seed in ("1", "1", "2"):
        assert main(["apply", str(paired / "run"), picture, "--truth", truth, "--seed", seed]) == 0
        pixels.append(np.asarray(Image.open(made)))
    assert np.array_equal(pixels[0], pixels[1])
    assert not np.array_equal(pixels[0], pixels[2])  # dropout is the noise


def test_tiles_that_are_normalised_by_themselves_are_told(paired, tmp_path, capsys):
    Image.new("RGB", (100, 30), (200, 90, 0)).save(tmp_path / "long.png")
    for tile, is_told in (("64", True), ("128", False)):
        words = ["--tile", tile, "--out", str(tmp_path / "out")]
        assert main(["apply", str(paired / "run"), str(tmp_path / "long.png"), *words]) == 0
        assert ("a larger --tile than 64 helps" in capsys.readouterr().out) == is_told


def test_what_was_kept_apart(tmp_path, capsys):
    """Pairs at the size of the run; photographs whole, degraded as they are learnt."""
    random = np.random.default_rng(0)
    for side in ("before", "after"):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        for number in range(20):
            pixels = random.integers(0, 255, (24, 18, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pairs" / side / f"{number}.png")
    kept = [
        str(number) for number, is_kept in enumerate(kept_apart([f"{number}.png" for number in range(20)])) if is_kept
    ]
    pix2pix = ["pix2pix", str(tmp_path / "pairs"), "--from", "before", "--to", "after", "--size", "16", "--width", "4"]
    raisr = ["raisr", str(tmp_path / "pairs" / "after"), "--size", "16", "--filter", "3", "--angles", "2"]
    for words, before, true in ((pix2pix, (16, 16), (16, 16)), (raisr, (9, 12), (18, 24))):
        run = tmp_path / words[0]
        assert main(["train", *words, "--batch", "2", "--steps", "2", "--out", str(run)]) == 0
        capsys.readouterr()
        assert main(["apply", str(run), "--kept-apart"]) == 0
        out = run / "out" / "kept_apart"
        for place, size in (("before", before), ("true", true), ("after", true)):
            assert {path.stem: Image.open(path).size for path in (out / place).glob("*.png")} == dict.fromkeys(
                kept, size
            )
        assert "PSNR" in capsys.readouterr().out
    learnt = np.asarray(Image.open(tmp_path / "pairs" / "after" / f"{kept[0]}.png"))
    assert np.array_equal(
        np.asarray(Image.open(tmp_path / "raisr" / "out" / "kept_apart" / "true" / f"{kept[0]}.png")), learnt
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "give either PICTURES, with or without --truth, or --kept-apart"),
        ("{before} --kept-apart", "give either PICTURES"),
        ("--kept-apart", "kept nothing apart: its pictures are too few, or no pairs; give PICTURES"),
        ("nowhere", "no picture and no folder at 'nowhere'"),
        ("{empty}", "no pictures in"),
        ("{bad}", "none of the pictures in"),
        ("{before} --tile 8", "--tile: 8 was given; possible: 64 or more"),
        ("{before} --out {before}", "is where the pictures are"),
        ("{before} --truth {empty}", "no pictures in"),
        ("{before}/1.png --truth {bad}", "no picture in {bad} has the name of one to be made (there are a and 1)"),
    ],
)
def test_mistakes(paired, tmp_path, words, expected, capsys):
    places = {name: tmp_path / name for name in ("empty", "bad")} | {"before": paired / "pairs" / "before"}
    for name in ("empty", "bad"):
        places[name].mkdir()
    (places["bad"] / "a.png").write_text("no picture")
    capsys.readouterr()
    out = [] if "--out" in words or not words else ["--out", str(tmp_path / "out")]
    assert main(["apply", str(paired / "run"), *words.format(**places).split(), *out]) == 2
    said = capsys.readouterr().err
    assert expected.format(**places) in said
    assert len(said.splitlines()) == 1


def test_a_system_without_a_start(run, pictures, capsys):
    capsys.readouterr()
    assert main(["apply", str(run), str(pictures)]) == 2
    assert "cgan starts from no picture; ganworks sample" in capsys.readouterr().err


def test_verbs_for_what_starts_from_nothing_say_what_to_do_instead(paired, capsys):
    run, real = str(paired / "run"), str(paired / "pairs" / "after")
    for words, expected in (
        (["evaluate", run, real, "--features", "convs"], f"judge them by ganworks apply {run} PICTURES --truth FOLDER"),
        (["walk", run], "nothing to walk through"),
        (["train", "pix2pix", real, "--other", real, "--evaluate-every", "5"], "leave it out"),
    ):
        capsys.readouterr()
        assert main(words) == 2, words
        assert expected in capsys.readouterr().err
