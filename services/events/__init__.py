"""What happens, as classes: their facts, their words, whom they are told, and the one writer."""
