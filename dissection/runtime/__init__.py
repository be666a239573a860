"""What every program needs: files, progress, processes, memory. It knows nothing of networks."""
