"""The site is built without a warning, at the path in UNISCHED_SITE where one is given, and is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sitecheck.building import ROOT, build
from sitecheck.reading import Page, dead, foreign, pages

PAGES = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs" / "api").glob("*.rst"), *ROOT.glob("plugins/*/README.md")]
NAMES = sorted(path.relative_to(ROOT).as_posix() for path in PAGES)
SOURCES = [name for name in NAMES if "/." not in name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("UNISCHED_SITE")
    built = build(ROOT, Path(given) if given else tmp_path_factory.mktemp("site"))
    assert built.code == 0, built.warnings
    return built.pages


@pytest.fixture(scope="module")
def site(folder: Path) -> dict[Path, Page]:
    return pages(folder)


def test_every_page_is_on_the_site_and_in_its_navigation(folder: Path, site: dict[Path, Page]) -> None:
    front = site[(folder / "docs" / "index.html").resolve()]
    linked = {(front.path.parent / link.partition("#")[0]).resolve() for link in front.links if "://" not in link}
    wanted = {(folder / source).with_suffix(".html").resolve() for source in SOURCES}
    assert wanted - set(site) == set()
    assert wanted - linked == {front.path}


def test_every_address_on_the_site_leads_somewhere(site: dict[Path, Page]) -> None:
    assert sorted(set(dead(site))) == []


def test_no_page_loads_anything_from_elsewhere(site: dict[Path, Page]) -> None:
    assert list(foreign(site)) == []


def test_the_address_of_the_site_itself_leads_to_its_front_page(site: dict[Path, Page], folder: Path) -> None:
    assert site[(folder / "index.html").resolve()].links == ["docs/index.html"]


def test_the_search_knows_the_pages(folder: Path) -> None:
    known = (folder / "searchindex.js").read_text(encoding="utf-8")
    assert all(f'"{source.rpartition(".")[0]}"' in known for source in SOURCES)
