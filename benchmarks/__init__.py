"""What ``make bench`` runs. Machines are shared and noisy: quote ratios from one run, with the machine it ran on."""
