"""A web service over the shop in which every endpoint exists twice, to be put under load and to be read."""
