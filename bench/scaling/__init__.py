"""The capacity that a load needs: a model of measured costs, and a simulation of the sets that calls form."""
