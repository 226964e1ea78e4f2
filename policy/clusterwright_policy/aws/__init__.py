"""The rules of AWS."""
