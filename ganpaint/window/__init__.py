"""The application, its window, and what belongs to no tab: docks, held keys, screenshots."""
