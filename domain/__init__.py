"""Pure rules of the open call, standard library only. Everything above calls them."""
