"""What makes local nodes: the provider plugin and the folders and processes that it looks after."""
