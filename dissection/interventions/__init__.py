"""What units do: brushes tried on held-out latents, units turned off and on, and the effects."""
