"""Recipes: one YAML file that says what is trained, on what, how, and what is exported."""

from zoo.recipe.catalogue import catalogue
from zoo.recipe.recipe import Recipe
from zoo.schema.problems import InvalidRecipe, Problem

__all__ = ["InvalidRecipe", "Problem", "Recipe", "catalogue"]
