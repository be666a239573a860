"""What networks are fed with: latents, pictures, labeled pictures, and procedural scenes."""
