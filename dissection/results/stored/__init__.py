"""The parts of a dissection on disk: arrays, sheets of pictures, manifest. Free of torch."""
