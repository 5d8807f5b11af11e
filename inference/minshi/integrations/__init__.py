"""minshi inside other tools: each module needs the tool that it is named after, known.py none; nothing of minshi imports them."""
