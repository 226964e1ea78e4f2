"""Which machines, how many, and bought how: a search over the catalog by what the estimate says of each."""
