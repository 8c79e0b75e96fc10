"""Descriptions of networks, layer by layer, and what differs between two of them."""
