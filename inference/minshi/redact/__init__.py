"""Copies with the findings replaced, in the format of the source: a source is read as `minshi batch` reads it, and what was
found is written back at its place. The copy is then read and tagged again, until nothing is found in it.

strategies.py   what stands in place of a finding
source.py       what a format gives: documents, a way to write edits back, and the parts that nobody looked at
text, csv, json, html, docx, xlsx   one module a format
copy.py         one file; process.py in a process of its own; job.py a directory
"""

from minshi.redact.copy import Copied, redact_file
from minshi.redact.strategies import Replacer, redact_text

__all__ = ["Copied", "Replacer", "redact_file", "redact_text"]
