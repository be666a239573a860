"""What a dissection is, in memory and on disk, and what is read off it. Free of torch."""
