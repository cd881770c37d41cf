"""Programs that measure the zoo against its peers, and write what they find into docs/."""
