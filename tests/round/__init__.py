"""The finished demo round: what it left in the database, in files, and in its audit."""
