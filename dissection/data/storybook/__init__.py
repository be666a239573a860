"""Storybook: procedural outdoor scenes with exact labels for objects, parts and materials."""

from dissection.data.storybook.book import Scene, Storybook
from dissection.data.storybook.vocabulary import STORYBOOK

__all__ = ["STORYBOOK", "Scene", "Storybook"]
