"""What follows from how organisations do: complaints, corrective action, the conduct list."""
