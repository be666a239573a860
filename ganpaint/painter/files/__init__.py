"""Projects, recovery files, and exports of pictures and movies."""
