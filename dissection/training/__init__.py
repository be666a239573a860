"""Training of the networks that ship: Progressive GAN and segmenter, on a CPU or a GPU."""
