"""Charts become text, pictures and pages: with the numbers, for both kinds of paper, without a word to the network."""

from __future__ import annotations

import hashlib
import html.parser
import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from unisched import Program, compile
from unisched.drawing import Chart, overlaid, text, write
from unisched.drawing.looks import looks, widths
from unisched.drawing.numerals import alike
from unisched.drawing.page import page
from unisched.drawing.picture import figure, picture
from unisched.drawing.scale import Scale
from unisched.errors import BindingError

PROGRAM = compile({
    "name": "demo", "total": 1000, "steps_per_epoch": 100,
    "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}, "momentum": 0.9},
    "groups": {"head": {"learning_rate": {"scale": 0.5}}},
})  # fmt: skip
NASTY = "</script><b>$x^2$ & _y_ größer"


def constant(value: float, total: int = 100) -> Program:
    return compile({"total": total, "schedules": {"rate": value}})


def line(**fields: Any) -> Program:
    return compile({"kind": "linear", "start": 1, "end": 0} | fields, total=100)


ODD: dict[str, Chart] = {
    "one step": constant(0.1, 1).chart(),
    "nothing but 0": constant(0).chart(),
    "below 0": constant(-0.5).chart(),
    "huge": line(start=1e300, end=1e299).chart(),
    "the greatest that is drawn": line(start=1e-300, end=1e304).chart(),
    "below every normal number": line(start=5e-324, end=1e-320).chart(),
    "smallest": constant(5e-324).chart(),
    "tiny": line(start=1e-300, end=1e-310).chart(),
    "of the last bits": line(start=0.1, end=0.1 + 2**-50).chart(),
    "a nasty name": overlaid({NASTY: line().chart(), "_": line(end=0.5).chart()}, title=NASTY),
    "very long names": overlaid({"a" * 300: line().chart(), "b" * 300: line(end=0.5).chart()}),
    "thirty lines": overlaid({f"run {n}": line(start=n + 1).chart() for n in range(30)}),
    "a trillion steps": compile({"kind": "cosine", "start": 1, "end": 0}, total=10**12).chart(),
}


# --- text


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("width", [40, 80])
def test_text_is_no_wider_than_it_may_be(name: str, log: bool, width: int) -> None:
    plain = text(ODD[name], width=width, log=log)
    rows = [row for row in plain.splitlines() if any(sign in row for sign in "┤│└")]
    assert rows
    assert max(map(len, rows)) <= width
    assert "nan" not in plain


def test_text_has_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert max(map(len, text(line().chart()).splitlines())) == 57


def test_text_shows_round_numbers_at_both_axes() -> None:
    rows = text(PROGRAM.select("momentum").chart("epoch"), width=60).splitlines()
    assert rows[0] == "momentum"
    assert [row.partition("┤")[0].strip() for row in rows if "┤" in row] == [
        "1", "0.9", "0.8", "0.6", "0.4", "0.2", "0",
    ]  # fmt: skip
    assert rows[-2].split() == ["0", "5", "10"]
    assert rows[-1].strip() == "epochs"


def test_without_colour_each_line_has_a_plot_and_with_it_they_share_one() -> None:
    chart = PROGRAM.select("learning_rate").chart()
    plain, coloured = text(chart, width=60), text(chart, width=60, colour=True)
    assert "\x1b[" not in plain
    assert (plain.count("└"), coloured.count("└")) == (2, 1)
    assert "── head" in coloured


# --- pictures


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.filterwarnings("ignore:Glyph")
def test_anything_can_be_drawn_large_and_small(name: str, log: bool) -> None:
    for size in ((300, 200), (1600, 900)):
        found = picture(ODD[name], "png", log=log, size=size)
        assert found.startswith(b"\x89PNG")
        assert (int.from_bytes(found[16:20]), int.from_bytes(found[20:24])) == size


def test_a_figure_shows_every_value_and_names_every_line() -> None:
    drawn = figure(PROGRAM.chart())
    rate, momentum = drawn.axes
    assert [axes.get_ylabel() for axes in drawn.axes] == ["learning_rate", "momentum"]
    assert momentum.get_xlabel() == "step"
    drawn_lines = [found for found in rate.lines if len(found.get_xdata()) > 2]
    assert drawn_lines[0].get_ydata().tolist() == [PROGRAM(step) for step in range(1001)]
    assert [words.get_text() for words in drawn.legends[0].get_texts()] == ["other groups", "head"]
    assert {"linear", "cosine"} <= {words.get_text() for words in rate.texts}


def test_a_jump_is_drawn_upright() -> None:
    program = compile({"kind": "piecewise", "points": [[0, 1], [3, 0.1]], "interpolation": "previous"}, total=5)
    shown = figure(program.chart(), marks=False).axes[0].lines[0]
    assert shown.get_xdata().tolist() == [0, 1, 2, 3, 3, 4, 5]
    assert shown.get_ydata().tolist() == [1, 1, 1, 1, 0.1, 0.1, 0.1]
    assert shown.get_markevery() == [0, 1, 2, 4, 5, 6]  # the corner is the value of no step


def words_overlap(drawn: Any) -> bool:
    """Whether any two names of phases, or numbers at one axis, lie over each other."""
    drawn.draw_without_rendering()
    for axes in drawn.axes:
        for group in (axes.texts, axes.get_xticklabels(), axes.get_yticklabels()):
            boxes = [words.get_window_extent() for words in group if words.get_text() and words.get_visible()]
            if any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :]):
                return True
    return False


@pytest.mark.parametrize("size", [(300, 200), (800, 300)])
def test_no_two_names_of_phases_run_into_each_other(size: tuple[int, int]) -> None:
    parts = [{"kind": "cosine", "start": 1, "end": 0, "duration": length} for length in (100, 5, 5, 200, 1, 400)]
    drawn = figure(compile({"kind": "sequence", "parts": parts}, total=711).chart(), size=size)
    assert not words_overlap(drawn)
    assert drawn.axes[0].texts
    first = drawn.axes[0].texts[0]
    drawn.axes[0].annotate(first.get_text(), first.xy, xycoords=first.xycoords)
    drawn.axes[0].annotate(first.get_text(), first.xy, xycoords=first.xycoords)
    assert words_overlap(drawn)


@pytest.mark.parametrize(("values", "shown"), [
    ((1e-5, 3e-5), {"1e-05", "2e-05", "3e-05"}), ((0.1, 0.1000001), {"0.1", "0.10000005", "0.1000001"}),
    ((1e300, 2e300), {"1e+300", "1.5e+300", "2e+300"}),
])  # fmt: skip
def test_numbers_at_an_axis_stand_there_in_full(values: tuple[float, float], shown: set[str]) -> None:
    drawn = figure(line(start=values[0], end=values[1]).chart(), size=(600, 300))
    drawn.draw_without_rendering()
    axes = drawn.axes[0]
    assert axes.yaxis.get_offset_text().get_text() == ""
    labels = {words.get_text() for words in axes.get_yticklabels()}
    assert labels & shown
    assert len(labels) == len(axes.get_yticklabels())


def test_a_logarithmic_axis_shows_what_is_above_0_and_a_negative_curve_has_none() -> None:
    chart = line(start=1, end=0).chart()
    assert figure(chart, log=True).axes[0].get_yscale() == "log"
    assert 0 < Scale.of(chart.panels[0], log=True).low < 0.01
    assert figure(constant(-1).chart(), log=True).axes[0].get_yscale() == "linear"


def text_of(svg: bytes) -> str:
    return " ".join("".join(element.itertext()) for element in ET.fromstring(svg).iter()
                    if element.tag.endswith("text"))  # fmt: skip


def test_an_svg_is_made_of_letters_and_loads_nothing() -> None:
    found = picture(PROGRAM.chart(), "svg")
    words = text_of(found)
    assert {"learning_rate", "momentum", "cosine", "head", "0.1", "1000", "demo"} <= set(words.split()) | {words}
    assert re.findall(rb"(?:href|src)=\"(?!#)[^\"]*", found) == []


def test_equal_charts_give_equal_bytes_whatever_the_settings_of_the_caller() -> None:
    digests = []
    for settings in ({}, {"font.size": 30, "lines.linewidth": 9, "axes.grid": True}):
        with mpl.rc_context(settings):
            digests.append(hashlib.sha256(picture(PROGRAM.chart(), "svg")).hexdigest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#0d1117"), ("auto", "none")])
def test_a_theme_colours_the_ground(theme: Any, ground: str) -> None:
    drawn = picture(line().chart(), "svg", theme=theme).decode()
    patch = drawn[drawn.index('id="patch_1"') :].partition("style=")[2].partition("/>")[0]
    assert f"fill: {ground}" in patch or (theme == "auto" and "fill: none" in patch)


# --- what tells the lines of several documents apart

OTHER = compile({"total": 500, "schedules": {"learning_rate": 0.3}})
DECAY = compile({"total": 500, "schedules": {"weight_decay": 0.3}})
JOINT = overlaid({"demo": PROGRAM.chart(), "other": OTHER.chart(), "decay": DECAY.chart()})


def test_each_document_has_one_colour_in_all_panels_and_each_of_its_groups_a_dash() -> None:
    known = looks(JOINT)
    colours = {source: {look.colour for (of, _), look in known.items() if of == source} for source in JOINT.sources}
    assert [len(found) for found in colours.values()] == [1, 1, 1]
    assert len(set.union(*colours.values())) == 3
    assert [known["demo", group].dash for group in (None, "head")] == ["solid", "dash"]


def test_of_one_document_each_group_has_a_colour() -> None:
    chart = PROGRAM.chart()
    assert len({look.colour for look in looks(chart).values()}) == 2
    assert {look.dash for look in looks(chart).values()} == {"solid"}


def test_no_two_groups_of_a_document_look_the_same_until_shades_and_dashes_are_used_up() -> None:
    groups = {f"g{number}": {"learning_rate": {"scale": 0.5}} for number in range(11)}
    many = compile({"total": 10, "schedules": {"learning_rate": 0.1}, "groups": groups})
    found = looks(overlaid({"many": many.chart(), "other": OTHER.chart()})).values()
    assert len({(look.colour, look.dash) for look in found}) == 13


def test_documents_without_a_hyperparameter_in_common_are_all_named() -> None:
    chart = overlaid({"other": OTHER.chart(), "decay": DECAY.chart()})
    drawn = figure(chart)
    assert [words.get_text() for words in drawn.legends[0].get_texts()] == ["other", "decay"]
    assert drawn.axes[0].lines[0].get_color() != drawn.axes[1].lines[0].get_color()
    assert [shown["lines"][0]["name"] for shown in data_of(page(chart))["panels"]] == ["other", "decay"]
    assert [row for row in text(chart, width=60).splitlines() if ":" in row] == [
        "learning_rate: other", "weight_decay: decay",
    ]  # fmt: skip
    assert {"── other", "── decay"} <= set(
        re.sub(r"\x1b\[[0-9;]*m", "", text(chart, width=60, colour=True)).splitlines()
    )


def test_a_line_that_another_hides_is_wider_and_no_other_is() -> None:
    same, apart = OTHER.chart(), line(start=1, end=0).chart()
    (covered, above, other), (one, two) = (
        widths(overlaid(charts).panels[0]) for charts in ({"a": same, "b": same, "c": apart}, {"a": same, "c": apart})
    )
    assert covered > above == other == one == two


@pytest.mark.parametrize(("numerals", "is_log", "expected"), [
    (["0", "5e-05", "0.0001"], False, ["0", "0.00005", "0.0001"]),
    (["5e-06", "1e-05", "1.5e-05"], False, ["0.5e-05", "1e-05", "1.5e-05"]),
    (["500000", "1e+06"], False, ["0.5e+06", "1e+06"]),
    (["-5e-05", "-0.0002"], False, ["-0.00005", "-0.0002"]),
    (["1e-05", "0.0001", "1"], True, ["1e-05", "1e-04", "1e+00"]),
    (["0.1", "0.2"], False, ["0.1", "0.2"]),
])  # fmt: skip
def test_the_numbers_of_an_axis_have_one_notation(numerals: list[str], is_log: bool, expected: list[str]) -> None:
    assert alike(numerals, is_log=is_log) == expected


@pytest.mark.parametrize("height", [5, 6, 12])
def test_text_labels_the_highest_and_the_lowest_value(height: int) -> None:
    rows = text(line(start=0.0123, end=0.0077).chart(), width=60, height=height).splitlines()
    shown = [row.partition("┤")[0].strip() for row in rows if "┤" in row]
    assert (shown[0], shown[-1]) == ("0.0123", "0.0077")


# --- pages


class Loads(html.parser.HTMLParser):
    """Finds what a browser would fetch, and the texts of the scripts by id."""

    ATTRIBUTES: ClassVar = {"src", "href", "srcset", "data", "poster", "action", "xlink:href", "background"}

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: dict[str, str] = {}
        self.policy = ""
        self._inside: str | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [f"{tag} {name}={value}" for name, value in attrs if name in self.ATTRIBUTES]
        self._inside = (given.get("id") or "script") if tag == "script" else tag if tag == "style" else None
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += re.findall(r"@import[^;]*|url\([^)]*\)", data)
        elif self._inside is not None:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data
            self._inside = None


def test_a_page_loads_nothing_and_forbids_it() -> None:
    loads = Loads(page(PROGRAM.chart()))
    assert loads.found == []
    assert "default-src 'none'" in loads.policy
    assert not re.search(r"https?:", loads.policy)


@pytest.mark.parametrize("source", [
    '<script src="https://cdn.example/plotly.js"></script>', '<link href="//fonts.example/a.css">',
    "<style>@import 'https://example/a.css';</style>", "<style>a { background: url(https://example/a.png) }</style>",
])  # fmt: skip
def test_a_page_that_loads_something_would_be_caught(source: str) -> None:
    assert Loads(source).found


def data_of(source: str) -> Any:
    return json.loads(Loads(source).scripts["data"])


def test_a_page_holds_every_value_the_units_and_the_phases() -> None:
    data = data_of(page(PROGRAM.chart("epoch")))
    rate, momentum = data["panels"]
    assert (data["unit"], data["units"]) == ("epoch", ["step", "epoch"])
    assert rate["lines"][0]["values"] == [PROGRAM(step) for step in range(1001)]
    assert rate["lines"][0]["at"]["epoch"][:3] == [0.0, 0.01, 0.02]
    assert [shown["name"] for shown in rate["lines"]] == ["other groups", "head"]
    assert (rate["marks"], rate["places"]["epoch"]) == (["linear", "cosine"], [0.0, 1.0])
    assert rate["log"][0] > 0
    assert momentum["lines"][0]["values"] == [0.9] * 1001


def test_a_page_of_a_long_run_says_how_much_of_it_is_drawn() -> None:
    assert "of 1000001 steps" in page(compile({"kind": "cosine", "start": 1, "end": 0}, total=10**6).chart())
    assert "Drawn through" not in page(PROGRAM.chart())


def test_names_are_words_on_a_page_not_markup() -> None:
    source = page(ODD["a nasty name"])
    assert "<b>$x" not in source
    assert data_of(source)["panels"][0]["lines"][0]["name"] == "&lt;/script&gt;&lt;b&gt;&#36;x^2&#36; &amp; _y_ größer"


def test_a_page_follows_the_system_unless_told_otherwise() -> None:
    assert "prefers-color-scheme: dark" in page(PROGRAM.chart())
    assert '<body data-theme="dark">' in page(PROGRAM.chart(), theme="dark")


# --- files, Axes, and what is missing


@pytest.mark.parametrize(("suffix", "start"), [
    ("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("html", b"<!DOCTYPE html>"), ("SVG", b"<?xml"),
])  # fmt: skip
def test_the_suffix_says_what_is_written(tmp_path: Path, suffix: str, start: bytes) -> None:
    write(PROGRAM.chart(), tmp_path / f"demo.{suffix}")
    assert (tmp_path / f"demo.{suffix}").read_bytes().startswith(start)


def test_a_chart_is_drawn_on_the_axes_of_the_caller_without_pyplot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    axes = Figure().subplots()
    program = PROGRAM.select("momentum")
    assert program.plot(axes, color="black", lw=3, label="mine") is axes
    assert (axes.lines[0].get_color(), axes.lines[0].get_linewidth(), axes.lines[0].get_label()) == ("black", 3, "mine")


def test_several_hyperparameters_take_as_many_axes() -> None:
    axes = Figure().subplots(2)
    assert PROGRAM.plot(axes, by="epoch", log=True).tolist() == axes.tolist()
    assert [one.get_xlabel() for one in axes] == ["epochs", "epochs"]


def test_two_programs_on_the_same_axes_keep_both_in_sight() -> None:
    axes = Figure().subplots()
    line(start=1).plot(axes, label="one")
    line(start=5).plot(axes, label="five")
    assert axes.get_ylim()[1] >= 5
    assert axes.lines[0].get_color() != axes.lines[-1].get_color()


def test_a_new_figure_is_pyplots_and_nobody_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    axes = PROGRAM.plot()
    assert [one.get_ylabel() for one in axes] == ["learning_rate", "momentum"]
    assert plt.get_fignums()
    plt.close("all")


@pytest.mark.parametrize("colour", [False, True])
def test_of_a_thousand_groups_the_terminal_shows_some_and_counts_the_others(colour: bool) -> None:
    groups = {f"group {number}": {"learning_rate": {"scale": 0.5}} for number in range(1000)}
    program = compile({"total": 10, "schedules": {"learning_rate": 0.1}, "groups": groups})
    drawn = text(program.chart(), colour=colour)
    assert (drawn.count("group "), drawn.endswith("learning_rate: and 977 more")) == (23, True)


def wrong_number_of_axes() -> object:
    return PROGRAM.plot(Figure().subplots())


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "plot.format": ("none of .png, .svg, .pdf, .html", lambda folder: write(PROGRAM.chart(), folder / "demo.gif")),
    "plot.size": ("Give 300x", lambda folder: write(PROGRAM.chart(), folder / "demo.png", size=(300, 100))),
    "plot.axes": ("1 Axes for 2", lambda _: wrong_number_of_axes()),
    "plot.range": ("1.0 to 1.7e+308 fit on no axis", lambda _: text(line(end=1.7e308).chart())),
}


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_written_is_refused_with_the_way_out(code: str, tmp_path: Path) -> None:
    message, draw = FAULTS[code]
    with pytest.raises(BindingError, match=re.escape(message)) as caught:
        draw(tmp_path)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "extra", "draw"), [
    ("matplotlib", "plot", lambda: picture(PROGRAM.chart(), "png")), ("matplotlib", "plot", PROGRAM.plot),
    ("plotille", "plot", lambda: text(PROGRAM.chart())), ("plotly.offline", "html", lambda: page(PROGRAM.chart())),
])  # fmt: skip
def test_a_missing_library_is_named_with_the_extra_to_install(
    module: str, extra: str, draw: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BindingError, match=re.escape(f"unisched-core[{extra}]")) as caught:
        draw()
    assert caught.value.code == "extra.missing"
