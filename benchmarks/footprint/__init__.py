"""What the install without extras costs a device: packages, megabytes, start and memory."""
