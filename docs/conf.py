"""Settings of Sphinx for the documentation site; `scripts/build_docs.py` stages the pages and runs it."""

project = "connvo"
extensions = ["myst_parser"]
root_doc = "index"
html_theme = "furo"
html_title = "connvo"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_theme_options = {
    # The site is served at `/docs/`, beside the page for meetings.
    "announcement": '<a href="/">Open connvo</a>',
    "light_css_variables": {"color-brand-primary": "#0f766e", "color-brand-content": "#0f766e"},
}
# Anchors of headings as on the forge, which the links between pages use.
myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]
