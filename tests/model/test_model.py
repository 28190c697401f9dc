"""
in.ftpd -T against the model, on random configurations and questions.
MODEL_CASES=n asks for about n of them (100,000 if not set), MODEL_SEED=s starts at another seed.
    test_model.py SEED      shows one configuration, the questions and both answers
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from generate import Generator, Site
from model import Session, parse

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get('BINARY') or TOP / (
    'build-san/in.ftpd' if os.environ.get('SAN') else 'in.ftpd'))
SESSIONS, COMMANDS = 12, 20
CASES = int(os.environ.get('MODEL_CASES') or (10000 if os.environ.get('SAN') else 100000))
FIRST = int(os.environ.get('MODEL_SEED') or 1)
PARTS = 10


def questions(generator, config, site):
    for _ in range(SESSIONS):
        who = generator.who()
        session = Session(config, site, who)
        for _ in range(COMMANDS):
            query = who | generator.what(session.jail if session.open else '')
            yield query, session.decide(query)


def quoted(value):
    if any(c in ' ,"\\' for c in value):
        return '"' + value.replace('\\', '\\\\').replace('"', '\\"') + '"'
    return value


def ask(site, lines, queries):
    """What in.ftpd answers to each query."""
    conf = site.top / 'conf'
    conf.write_text('\n'.join(lines) + '\n')
    conf.chmod(0o600)
    text = ''.join(','.join(f'{key}={quoted(value)}' for key, value in query.items()) + '\n'
                   for query in queries)
    run = subprocess.run([BINARY, '-T', '-c', conf, '-o', 'json', '-C', '-'], input=text,
                         text=True, capture_output=True, check=False)
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{')]
    if len(answers) != len(queries) or run.returncode != 0:
        raise AssertionError(f'{len(queries)} queries, {len(answers)} answers, status '
                             f'{run.returncode}\n{run.stdout[-500:]}\n{run.stderr[-2000:]}')
    return answers


def agree(mine, answer):
    """The same verdict, from a line within the section that the model names, or from none."""
    verdict, section = mine
    decided = answer['decided_by']
    if answer['cmd'].upper() == 'RNFR' and 'lose the name' in str(decided):
        return True         # what a section that forbids something is about is never renamed
    if answer['verdict'] != verdict:
        return False
    if not section or not decided:
        # an account that does not exist may be refused for that or by a LOGIN, whichever is told
        return not section and (not decided or verdict == 'no-login')
    line = int(decided['where'].rsplit(':', 1)[1])
    return section.line <= line <= section.last


def still_differs(site, lines, query, verdicts):
    """Whether the two still give these verdicts, the model's and in.ftpd's."""
    try:
        mine = Session(parse('\n'.join(lines)), site, query).decide(query)
        answer = ask(site, lines, [query])[0]
    except (AssertionError, IndexError, KeyError, TypeError, AttributeError):
        return False
    return not agree(mine, answer) and (mine[0], answer['verdict']) == verdicts


def chunks(lines):
    """Where each directive or whole section starts and ends."""
    open_sections = []
    for number, line in enumerate(lines):
        if line.startswith('</'):
            yield open_sections.pop(), number + 1
        elif line.startswith('<'):
            open_sections.append(number)
        else:
            yield number, number + 1


def shrink(site, lines, query, verdicts):
    """Drop lines and parts of the query as long as the two still differ."""
    needed = site.base()
    dropped = True
    while dropped:
        dropped = False
        for first, end in sorted(chunks(lines), key=lambda c: c[0] - c[1]):
            if lines[first] in needed or lines[first].startswith(('User ', 'Group ')):
                continue
            fewer = lines[:first] + lines[end:]
            if still_differs(site, fewer, query, verdicts):
                lines, dropped = fewer, True
                break
        for key in query if not dropped else ():
            fewer = {k: v for k, v in query.items() if k != key}
            if key not in ('user', 'cmd', 'path') and still_differs(site, lines, fewer, verdicts):
                query, dropped = fewer, True
                break
    return lines, query


def difference(site, seed, lines, query, verdicts):
    lines, query = shrink(site, lines, query, verdicts)
    verdict, section = Session(parse('\n'.join(lines)), site, query).decide(query)
    numbered = '\n'.join(f'{n:4} {line}' for n, line in enumerate(lines, 1))
    return (f'\nseed {seed}\n{numbered}\n{query}\nmodel: {verdict}'
            + (f', by line {section.line}' if section else '')
            + f'\nin.ftpd: {json.dumps(ask(site, lines, [query])[0])}')


def run_seed(site, seed):
    """(how many cases, what is to be told of the first that differs or None)"""
    generator = Generator(seed, site)
    lines = generator.configuration()
    asked = list(questions(generator, parse('\n'.join(lines)), site))
    try:
        answers = ask(site, lines, [query for query, mine in asked])
    except AssertionError as error:
        return len(asked), f'seed {seed}: {error}\n' + '\n'.join(
            f'{n:4} {line}' for n, line in enumerate(lines, 1))
    for (query, mine), answer in zip(asked, answers):
        if not agree(mine, answer):
            return len(asked), difference(site, seed, lines, query, (mine[0], answer['verdict']))
    return len(asked), None


def make_site(path):
    path.chmod(0o755)
    os.umask(0o022)
    site = Site(path.resolve())
    site.make()
    return site


@pytest.fixture
def site():
    path = pathlib.Path(tempfile.mkdtemp(prefix='in.ftpd-model-'))
    yield make_site(path)
    shutil.rmtree(path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize('part', range(PARTS))
def test_in_ftpd_decides_as_the_model_does(site, part):
    cases, wrong, seed = 0, [], FIRST + part * 1000000
    while cases < CASES / PARTS and len(wrong) < 3:
        count, complaint = run_seed(site, seed)
        cases, seed = cases + count, seed + 1
        wrong += [complaint] if complaint else []
    assert not wrong, '\n'.join(wrong)


def show(seed):
    with tempfile.TemporaryDirectory(prefix='in.ftpd-model-') as directory:
        site = make_site(pathlib.Path(directory))
        generator = Generator(seed, site)
        lines = generator.configuration()
        for number, line in enumerate(lines, 1):
            print(f'{number:4} {line}')
        asked = list(questions(generator, parse('\n'.join(lines)), site))
        for (query, mine), answer in zip(asked, ask(site, lines, [query for query, _ in asked])):
            print('  ' if agree(mine, answer) else '! ', mine[0], mine[1].line if mine[1] else '-',
                  answer['verdict'], answer['decided_by'], query)


if __name__ == '__main__':
    show(int(sys.argv[1]))
