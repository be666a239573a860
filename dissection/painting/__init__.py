"""What is painted: strokes, edits, histories, projects and movies. Free of torch."""
