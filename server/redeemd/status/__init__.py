"""What replicas record of themselves and of imports of the console, for people to see."""
