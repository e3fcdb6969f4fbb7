import re

import pytest
from nbformat.v4 import new_markdown_cell, new_output
from small_notebooks import code, notebook

from workbench.errors import RunFailed
from workbench.publish.inline_svg import inline_svg
from workbench.publish.pages import Link, Page, report_page

SUMMARY, AUDIT = Link("Summary", "index.html"), Link("1 Data audit", "01_data_audit.html")
SVG = (
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
    '<metadata><a href="http://creator"/></metadata><style>*{stroke-linecap:butt}</style>'
    '<defs><clipPath id="p1"><rect width="9" height="9"/></clipPath><path id="g1" d="M0 0"/></defs>'
    '<g id="axes" clip-path="url(#p1)"><use xlink:href="#g1"/><text> id="p1" url(#p1)</text></g></svg>'
)
HOSTILE = "<script>alert(1)</script> & \"Co\" 'x' {{ 7*7 }} {% raw %}"


def showing(data, *tags, metadata=None, **cell_metadata):
    cell = code("display(secret_source)", *tags)
    cell.metadata.update(cell_metadata)
    cell.outputs = [new_output("display_data", data=data, metadata=metadata or {})]
    return cell


def figure(kind="image/svg+xml", value=SVG, **about):
    return showing({kind: value, "text/plain": "<Figure>"}, metadata={kind: about})


def rendered(*cells, company="Acme", edition="internal", **changes):
    page = Page(
        "01_data_audit", AUDIT, (SUMMARY, AUDIT), company, "as of", "an edition", (("Study", "acme"),), edition=edition
    )
    return report_page(notebook(*cells, **changes), page)


def test_the_page_carries_title_company_navigation_and_provenance():
    text = rendered(title="Who *really* pays?")
    assert "<h1>Who <em>really</em> pays?</h1>" in text
    assert text.count("<h1") == 1
    assert '<html lang="en">' in text
    assert '<p class="company">Acme</p>' in text
    assert '<a href="index.html">Summary</a>' in text
    assert '<a href="01_data_audit.html" aria-current="page">1 Data audit</a>' in text
    assert "<dt>Study</dt><dd>acme</dd>" in text


def test_code_streams_parameters_and_hidden_cells_are_never_shown():
    told = code("x")
    told.outputs = [
        new_output("stream", name="stdout", text="a stream"),
        new_output("stream", name="stderr", text="noise"),
    ]
    text = rendered(told, showing({"text/html": "<p>hidden one</p>"}, "hide"), showing({"text/html": "<p>shown</p>"}))
    assert "<p>shown</p>" in text
    for absent in ("secret_source", "a stream", "noise", "hidden one", "params_file"):
        assert absent not in text


def test_the_page_loads_nothing():
    text = rendered(
        figure(alt="a", caption="b"), showing({"text/html": '<table class="sheet"><tr><td>1</td></tr></table>'})
    )
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<link\b|<iframe\b|@import|\bsrc=(?!\"data:)", text)


def test_the_policy_allows_nothing_but_the_pages_own_script():
    import base64
    import hashlib

    text = rendered()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1]
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_hostile_names_stay_text():
    text = rendered(figure(alt=HOSTILE, caption=HOSTILE), code("x"), company=HOSTILE)
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert 'aria-label="&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot; &#x27;x&#x27; {{ 7*7 }}' in text
    plain = rendered(showing({"text/plain": HOSTILE}))
    assert "<script>alert" not in plain


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png"])
@pytest.mark.parametrize("about", [{}, {"alt": "  "}, {"caption": "no alt"}])
def test_a_figure_without_alternative_text_fails(kind, about):
    with pytest.raises(RunFailed, match="01_data_audit: figure 1 has no alternative text"):
        rendered(figure(kind, SVG if "svg" in kind else "aGk=", **about))


def test_an_img_without_alternative_text_fails():
    with pytest.raises(RunFailed, match="no alternative text"):
        rendered(showing({"text/html": '<p><img src="data:image/png;base64,aGk="></p>'}))
    assert 'alt="a map"' in rendered(showing({"text/html": '<img alt="a map" src="data:image/png;base64,aGk=">'}))


def test_figures_say_what_they_show_and_do_not_share_ids():
    text = rendered(figure(alt="first", caption="How to read"), figure(alt="second"))
    assert 'role="img" aria-label="first"' in text
    assert "<figcaption>How to read</figcaption>" in text
    ids = re.findall(r'<[^>]*\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "url(#figure-1-p1)" in text and "url(#figure-2-p1)" in text


def test_an_svg_keeps_only_what_is_drawn():
    drawn = inline_svg(SVG, name="f")
    assert drawn.startswith('<svg id="f" aria-hidden="true"')
    assert "DOCTYPE" not in drawn and "creator" not in drawn
    assert 'xlink:href="#f-g1"' in drawn and 'id="f-p1"' in drawn
    assert "#f { *{stroke-linecap:butt} }" in drawn
    assert '<text> id="p1" url(#p1)</text>' in drawn
    with pytest.raises(RunFailed, match="figure 1 is no SVG"):
        rendered(figure(value="<p>", alt="a"))


def test_contents_list_the_headings_with_anchors_of_their_own():
    text = rendered(
        new_markdown_cell("## The margin\n\n### By zone & month"),
        showing({"text/markdown": "## The margin"}),
        showing({"text/html": "<h4>deeper</h4>"}),
    )
    listed = re.findall(r'<li class="level-(\d)"><a href="#([^"]+)">([^<]+)</a>', text)
    assert listed == [
        ("2", "the-margin", "The margin"),
        ("3", "by-zone-month", "By zone &amp; month"),
        ("2", "the-margin-2", "The margin"),
    ]
    for _, anchor, _ in listed:
        assert text.count(f' id="{anchor}"') == 1


def test_headline_cells_stand_under_the_title_and_details_are_folded():
    text = rendered(
        new_markdown_cell("## Later"),
        showing({"text/html": "<p>the number</p>"}, "headline"),
        showing({"text/html": "<p>fine print</p>"}, "details", title="Rates <x>"),
        showing({"text/html": "<p>more print</p>"}, "details"),
    )
    assert text.index("<h1>") < text.index("the number") < text.index('<h2 id="later">')
    assert re.search(r"<details><summary>Rates &lt;x&gt;<.*?</summary>.*?fine print.*?</details>", text, re.DOTALL)
    assert "<summary>Details<" in text


def test_the_shared_edition_has_the_prose_that_leads_to_what_it_shows():
    cells = (
        new_markdown_cell("## Told"),
        showing({"text/html": "secret 1"}),
        new_markdown_cell("of a secret"),
        showing({"text/html": "secret 2"}),
        new_markdown_cell("of what is told"),
        showing({"text/html": "told 1"}, "shared"),
        new_markdown_cell("how to read it"),
        new_markdown_cell("## Kept apart"),
        showing({"text/html": "secret 3"}),
        new_markdown_cell("how to read that"),
        new_markdown_cell("## Limits\n\nalways"),
        showing({"text/html": "the answer"}, "headline", "shared"),
        new_markdown_cell("## Written tables", metadata={"tags": ["internal"]}),
    )
    shared, internal = rendered(*cells, edition="shared"), rendered(*cells)
    told = ("Told", "of what is told", "told 1", "how to read it", "Limits", "always", "the answer")
    untold = ("secret", "Kept apart", "how to read that", "Written tables")
    assert [text for text in (*told, *untold) if text not in internal] == []
    assert [text for text in told if text not in shared] == [] and [text for text in untold if text in shared] == []


def test_a_page_without_a_question_fails():
    whole = notebook()
    whole.cells[0].source = "## no title"
    with pytest.raises(RunFailed, match="first cell must be Markdown with an H1"):
        report_page(whole, Page("01", AUDIT, (), "Acme", "", "", ()))


def test_an_output_that_no_page_can_show_fails():
    with pytest.raises(RunFailed, match="only application/javascript"):
        rendered(showing({"application/javascript": "alert(1)"}))
