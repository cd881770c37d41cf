"""The generated parts of pages, by the names that the pages call them by (cog: `cog.outl(models_table())`)."""

from docs.writers.data_sets import data_sets
from docs.writers.recipe_keys import recipe_keys
from docs.writers.results import models_table
from docs.writers.speed import speed_table
from docs.writers.verbs import verbs

__all__ = ["data_sets", "models_table", "recipe_keys", "speed_table", "verbs"]
