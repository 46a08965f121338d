"""What a load needs: a model of the measured costs, and a simulation of the sets that calls form on PostgreSQL."""
