"""Files out: one frozen report, built once and dressed many times. What these rooms show, they were given."""
