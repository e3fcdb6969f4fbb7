"""Competitive value over time: which clients were lost and when, and who will be."""
