"""What is known of models, machines and software, as data files with the source of every row."""
