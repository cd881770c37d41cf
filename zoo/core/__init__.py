"""What every other part of the zoo stands on. Needs numpy alone."""
