"""What networks are fed with: latents, pictures, labelled pictures, and procedural scenes."""
