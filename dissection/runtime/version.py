"""The version of this program, said here and nowhere else."""

VERSION = "0.1.0"
