"""What a change of a spec does, before money is spent: two plans in, one review out."""
