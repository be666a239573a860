"""What every part of the window uses: theme, icons, shortcuts, settings and small widgets."""
