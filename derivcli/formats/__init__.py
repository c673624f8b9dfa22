"""One file per format of reports and pages; it yields lines and writes nothing.

render(reports, *, coloured) → lines      of the reports of a run, failures among them, as they come
show(page, *, coloured) → lines           of a `_page.Page`: what is more than a report, as of `doctor`
aside(report, *, written) → lines         optional: what goes to stderr beside them; `written`: as rows went to a file
points(request, stretch) → lines          optional: of consecutive points of a sweep, which has more than a report lists
rest(report) → lines                      optional: of its report, when its points are written
BARE = True                               optional: it says nothing that rows written to a file do not say

A format whose name begins with `json` has failures among its results; for the others they are messages on stderr.
"""
