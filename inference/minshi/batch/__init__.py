"""Tag a dump of files: plan -> chunks -> parts. A part is written whole or not at all, so a job may stop at any instant.

OUT/plan.json                  what the job is, beside its lists files.jsonl and chunks.jsonl; a resumed job is held against it
OUT/findings/part-*            a record a document, or a row a finding; errors/, report/ and done/ beside it
OUT/errors.jsonl               what could not be read, and why; processed + failed + skipped = listed, partial are processed ones
OUT/summary.json, report.html  counts, and who is exposed where; written last
"""

from minshi.batch.job import Outcome, finding_records, run
from minshi.batch.plan import Settings
from minshi.batch.plan_file import begun

__all__ = ["Outcome", "Settings", "begun", "finding_records", "run"]
