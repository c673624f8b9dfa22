"""One file per format of points and results; its docstring begins with what users call it.

SUFFIXES                      of its files, the usual one first
open_file(path)               → `PointFile`: the columns, and what reads some of them, batch by batch
open_writer(stream, schema)   → `Writer`: takes record batches of this Arrow schema until it is closed

A format of text can come from standard input, too, where no suffix says what it is:

BEGINNINGS                    of its texts; none where it is whatever no other format is
open_stream(stream, size)     → `PointFile`; the size in bytes is None where nobody knows it
STDOUT                        true in the one format that standard output has, and devices

OSError and ValueError say why a file cannot be read. `_reader.pyarrow` loads that library where it is needed.
"""
