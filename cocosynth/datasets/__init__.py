"""What people do with finished datasets: merge, split, credit, train."""
