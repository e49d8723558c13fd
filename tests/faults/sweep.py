#!/usr/bin/python3
"""sweep.py: lets each call of each family fail once, and looks at what comes of it.

usage: sweep.py [--each N] [--seconds S] [--seed N] [--jobs N]
                [SCENARIO[/FAMILY[/ERROR[/NUMBER]]] ...]

- A sweep is one scenario, one family and one way to fail: the first call fails in the first
  run, the second in the second, and so on to the last. `-on`: all later ones fail, too.
- --each N: of the calls to which the same way through the program leads, N.
- --seconds S: so long, faults drawn at random; --seed N draws the same.
- With a NUMBER, that fault alone, and what it did.
- Its table counts the faults that did not matter (the call was made again, or what it was for
  could do without), those that ended in an explained refusal, and those that were not met
  since the program went another way; what is wrong follows, with the call that failed.
- Status 0: nothing was wrong.

SPDX-License-Identifier: MIT
"""
import argparse
import collections
import concurrent.futures
import os
import random
import shutil
import sys
import tempfile
import threading
import time

import commands
import database
import pool
import requests
import streams
from fault import CALLS, FAMILIES, Fault, Scene, Wrong, can

WRONG_MOST = 12  # of one sweep, before it is given up


class Phase:
    """A scenario, and which processes fail when; with what they call where nothing fails."""

    def __init__(self, scenario, depth, late):
        self.scenario, self.depth, self.late = scenario, depth, late
        self.calls = None
        self.lock = threading.Lock()

    @property
    def name(self):
        return self.scenario.name + ('' if self.depth is None
                                     else f'@{self.depth}{"+" if self.late else ""}')


class Sweep:
    """One phase, one family, one way to fail."""

    def __init__(self, phase, family, kind):
        self.phase, self.family, self.kind = phase, family, kind
        self.outcomes = collections.Counter()
        self.wrong = []

    @property
    def name(self):
        return f'{self.phase.name}/{self.family}/{self.kind[0]}{"-on" if self.kind[1] else ""}'

    def fault(self, number):
        return Fault(self.family, self.kind, number, self.phase.depth, self.phase.late)

    def enter(self, plan):
        self.phase.calls = [(FAMILIES[call.family], call.traits, call.path)
                            for call in plan.calls[:min(plan.count, CALLS)]]

    def paths(self):
        """Of each call that can fail so, the way that led to it."""
        return [path for family, traits, path in self.phase.calls
                if family == self.family and can(self.kind[0], traits)]


class Driver:
    def __init__(self, home):
        self.home = home
        self.template = os.path.join(home, 'template.db')
        database.make(self.template)

    def once(self, sweep, number):
        """One run. Returns 'clean', 'done' or 'refused'; raises Wrong."""
        folder = tempfile.mkdtemp(dir=self.home)
        scene = Scene(folder, sweep.fault(number))
        try:
            sweep.phase.scenario.prepare(scene, self.template)
            done = sweep.phase.scenario.run(scene)
            if not number:
                sweep.enter(scene.plan)
            elif not scene.struck:
                return 'clean'
            if not number and not done:
                raise Wrong('fails without a fault')
            return 'done' if done else 'refused'
        except Wrong as wrong:
            raise Wrong(f'{sweep.name}/{number}: {wrong}\n{scene.where()}\n'
                        f'said: {scene.errors.decode(errors="replace")[:3000]}') from None
        finally:
            scene.close()
            shutil.rmtree(folder, ignore_errors=True)

    def numbers(self, sweep, each):
        """The calls to let fail: all of them; or of those to which the same way through the
        program leads, the first, the last and some between."""
        with sweep.phase.lock:
            if sweep.phase.calls is None:
                self.once(sweep, 0)
        paths = sweep.paths()
        if not each:
            return list(range(1, len(paths) + 1))
        ways = collections.defaultdict(list)
        for number, path in enumerate(paths, 1):
            ways[path].append(number)
        return sorted({way[i * (len(way) - 1) // max(1, each - 1)]
                       for way in ways.values() for i in range(each)})

    def try_one(self, sweep, number):
        try:
            sweep.outcomes[self.once(sweep, number)] += 1
        except Wrong as wrong:
            sweep.outcomes['wrong'] += 1
            sweep.wrong.append(str(wrong))

    def whole(self, sweep, each):
        for number in self.numbers(sweep, each):
            self.try_one(sweep, number)
            if len(sweep.wrong) == WRONG_MOST:
                return

    def some(self, sweep, dice):
        """One fault, each way through the program as likely as another."""
        numbers = self.numbers(sweep, 1)
        if numbers:
            self.try_one(sweep, dice.choice(numbers))


def sweeps(scenarios):
    return [Sweep(phase, family, kind)
            for scenario in scenarios
            for phase in [Phase(scenario, depth, late) for depth, late in scenario.phases]
            for family in FAMILIES for kind in scenario.kinds[family]]


def all_scenarios():
    return (commands.all_commands() + requests.all_requests() + streams.all_streams()
            + pool.all_pools())


def matches(sweep, patterns):
    return not patterns or any(
        all(part in ('', have, have.split('@')[0])
            for part, have in zip(pattern.split('/'), sweep.name.split('/')))
        for pattern in patterns)


def tell(sweep):
    o = sweep.outcomes
    print(f'{sweep.name:32} {o.total():6} {o["done"]:9} {o["refused"]:9} {o["clean"]:9} '
          f'{o["wrong"]:6}', flush=True)
    for text in sweep.wrong:
        print(text, flush=True)


def sweep_all(driver, chosen, args):
    """Each sweep whole, and a line of the table for each."""
    print(f'{"scenario/family/error":32} {"faults":>6} {"no matter":>9} {"explained":>9} '
          f'{"not met":>9} {"wrong":>6}')

    def one(sweep):
        driver.whole(sweep, args.each)
        if sweep.outcomes:
            tell(sweep)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as threads:
        list(threads.map(one, chosen))


def draw(driver, chosen, args):
    """For so many seconds, faults drawn at random; what is wrong is told."""
    seed = random.randrange(1 << 32) if args.seed is None else args.seed
    print(f'seed {seed}')
    end_s = time.monotonic() + args.seconds

    def one(number):
        dice = random.Random(seed + number)
        while time.monotonic() < end_s:
            phase = dice.choice(sorted({sweep.phase.name for sweep in chosen}))
            driver.some(dice.choice([s for s in chosen if s.phase.name == phase]), dice)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as threads:
        list(threads.map(one, range(args.jobs)))
    for sweep in chosen:
        if sweep.wrong:
            tell(sweep)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--each', type=int, default=0)
    parser.add_argument('--seconds', type=int, default=0)
    parser.add_argument('--seed', type=int)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('patterns', nargs='*')
    args = parser.parse_args()
    chosen = [s for s in sweeps(all_scenarios()) if matches(s, args.patterns)]
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='faults-') as home:
        driver = Driver(home)
        single = [p.split('/')[3] for p in args.patterns if p.count('/') == 3]
        for sweep in {sweep.phase.scenario.name: sweep for sweep in chosen}.values():
            driver.once(sweep, 0)
        if single:
            print(driver.once(chosen[0], int(single[0])))
            return 0
        (draw if args.seconds else sweep_all)(driver, chosen, args)
    total = sum((s.outcomes for s in chosen), collections.Counter())
    wrong = total['wrong']
    print(f'{total.total()} faults in {time.monotonic() - begun_s:.0f} s: {total["done"]} did not '
          f'matter, {total["refused"]} were explained, {total["clean"]} were not met')
    print(f'# pass {total.total() - wrong}\n# fail {wrong}')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
