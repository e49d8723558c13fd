# tqdm_loop.py: two loops, the first of which prints a line meanwhile.
import sys
import time

from tqdm import tqdm

for step in tqdm(range(20), desc="Load"):
    if step == 10:
        tqdm.write("half way", file=sys.stderr)
    time.sleep(0.05)
for step in tqdm(range(10), desc="Save"):
    time.sleep(0.05)
