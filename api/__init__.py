"""The web: pages rendered on the server, over the same services as everything else."""
