"""Generated notices: lexicons and templates in, annotated documents out. Spans come from the marks, never from a search."""
