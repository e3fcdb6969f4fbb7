"""Competitive value: what makes clients satisfied and loyal, where we stand, and whether it pays."""
