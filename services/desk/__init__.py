"""What people find when they sign in: their workspace, their places, how the platform is doing."""
