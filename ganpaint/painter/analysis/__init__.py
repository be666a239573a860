"""What the networks tell about the picture on screen, without painting on it."""
