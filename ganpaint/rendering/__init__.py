"""The render thread: what it can be asked, and the networks that live inside it."""
