"""Records of archives as PBCore, MODS and JSON-LD: the item's own words are read."""

import json

import pytest

from tremendo.archive.sidecar import read_record

PBCORE = """<pbcoreDescriptionDocument xmlns="http://www.pbcore.org/PBCore/PBCoreNamespace.html">
<pbcoreAssetDate dateType="Copyright">1957</pbcoreAssetDate>
<pbcoreAssetDate dateType="Created">1956-03-02</pbcoreAssetDate>
<pbcoreTitle titleType="Series">Evening Hour</pbcoreTitle>
<pbcoreTitle titleType="Program">The Lighthouse Keeper</pbcoreTitle>
</pbcoreDescriptionDocument>"""
MODS = """<mods xmlns="http://www.loc.gov/mods/v3">
<relatedItem type="host"><titleInfo><title>The Harbor Collection</title></titleInfo></relatedItem>
<titleInfo><title>Boats at noon</title></titleInfo>
<originInfo><dateCreated>1911</dateCreated><dateIssued>1912</dateIssued></originInfo></mods>"""


@pytest.mark.parametrize(
    ("text", "title"), [(PBCORE, "The Lighthouse Keeper"), (MODS, "Boats at noon")]
)
def test_the_title_is_the_items_not_its_series_or_host(tmp_path, text, title):
    (tmp_path / "a.xml").write_text(text)
    record, wrong = read_record(tmp_path / "a.mkv")
    assert wrong is None
    assert record.title == title


@pytest.mark.parametrize(("text", "year"), [(PBCORE, "1956"), (MODS, "1911")])
def test_the_year_is_that_of_making(tmp_path, text, year):
    (tmp_path / "a.xml").write_text(text)
    assert read_record(tmp_path / "a.mkv")[0].year == year


def test_values_of_json_ld_are_read(tmp_path):
    content = {"dc:title": {"@value": "Snow", "@language": "en"}, "date": [{"@value": "1904"}]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    record, _ = read_record(tmp_path / "a.mkv")
    assert (record.title, record.year) == ("Snow", "1904")
