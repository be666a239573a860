"""Storybook: procedural outdoor scenes with exact labels for objects, parts and materials."""

from dissection.storybook.book import Scene, Storybook
from dissection.storybook.vocabulary import STORYBOOK

__all__ = ["STORYBOOK", "Scene", "Storybook"]
