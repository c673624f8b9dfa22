"""One file per format of a picture; the picture is data (`_picture`).

render(picture, sheet) → bytes      the whole file; `Sheet` has its size, and whether it is coloured
"""
