"""The foundation of every other part of the zoo. Needs only numpy."""
