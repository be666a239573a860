"""The generator in use and its dissection: chosen, known and described."""
