"""What tests share: made-up networks and dissections, damaged files, and a hand on the window."""
