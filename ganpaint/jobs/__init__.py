"""Everything that takes time: what runs it, what is told of it, and the panel that shows it."""
