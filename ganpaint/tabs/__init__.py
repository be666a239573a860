"""What a tab of the window hands over, and what the tabs share."""
