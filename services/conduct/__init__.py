"""What follows from how organisations do: quota and credit."""
