"""A dissection for other programs and for readers: tables, and a page. Free of torch."""
