"""How fast exported recurrent models run, ours beside those of other exporters and runtimes."""
