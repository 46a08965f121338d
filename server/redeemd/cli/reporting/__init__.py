"""Parts of the command `report`: the parts of time that it counts by, and how it prints its rows."""
