"""The Units tab: every unit of a layer, what it means, and what is made with it."""
