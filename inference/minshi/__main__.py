"""`python -m minshi`."""

from minshi.cli import app

app(prog_name="minshi")
