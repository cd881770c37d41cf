"""Recipes: one YAML file that says what is trained, on what, how, and what is exported."""

from zoo.recipe.catalogue import catalogue
from zoo.recipe.data import CsvData, DataSpec, SourceData, Split, Task, Tokens
from zoo.recipe.events import Events
from zoo.recipe.layers import LayerSpec
from zoo.recipe.model import Cell, ExportSpec, ModelSpec
from zoo.recipe.problems import InvalidRecipe, Problem
from zoo.recipe.recipe import Recipe
from zoo.recipe.training import EarlyStopping, Plateau, Training

__all__ = [
    "Cell",
    "CsvData",
    "DataSpec",
    "EarlyStopping",
    "Events",
    "ExportSpec",
    "InvalidRecipe",
    "LayerSpec",
    "ModelSpec",
    "Plateau",
    "Problem",
    "Recipe",
    "SourceData",
    "Split",
    "Task",
    "Tokens",
    "Training",
    "catalogue",
]
