"""Uploads that somebody else waits for: a program that watches never meets half a file."""

import threading

COUNT = 100


class Watcher(threading.Thread):
    """Looks a thousand times a second at the directory and the transfer log, as a script would."""

    def __init__(self, directory, log):
        super().__init__(daemon=True)
        self.directory, self.log = directory, log
        self.wrong, self.named, self.logged, self.stop = [], set(), set(), threading.Event()

    def run(self):
        while True:
            last = self.stop.is_set()
            self.look()
            if last:
                return
            self.stop.wait(0.001)

    def look(self):
        text = self.log.read_text() if self.log.exists() else ''
        for line in text.split('\n')[:-1]:
            path = line.split(' ')[8]
            self.logged.add(path.rsplit('/', 1)[1])
        for name in [p.name for p in self.directory.iterdir()] + list(self.logged - self.named):
            if name.startswith('.'):
                continue                # not handed over
            try:
                whole = (self.directory / name).read_bytes() == content(name)
            except FileNotFoundError:
                whole = False           # in the log, and not there
            if not whole:
                self.wrong.append(name)
            self.named.add(name)


def content(name):
    return name.encode() * 20000


def test_faq_5_5a_a_watcher_never_sees_half_a_file(ftpd, place):
    s = ftpd('HiddenStores on')
    watcher = Watcher(place.home(), s.xferlog_path)
    watcher.start()
    c = s.login()
    c.cmd('TYPE I')
    for n in range(COUNT):
        name = f'upload{n:03}'
        reply, data = c.open(f'STOR {name}')
        assert reply == 150
        body = content(name)
        data.sendall(body[:len(body) // 2])
        if n % 10 == 0:                 # time to be seen
            assert c.cmd('STAT') == 213
        data.sendall(body[len(body) // 2:])
        data.close()
        assert c.reply() == 226
    s.xferlog(COUNT)
    watcher.stop.set()
    watcher.join()
    assert not watcher.wrong, watcher.wrong
    assert len(watcher.named) == len(watcher.logged) == COUNT


def test_faq_5_5a_what_was_aborted_is_never_handed_over(ftpd, place):
    s = ftpd('HiddenStores on')
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'half')
    assert c.cmd('ABOR') == 426
    assert c.reply() == 226
    data.close()
    line = s.xferlog()[0]
    assert line[-1] == 'i' and line[8].endswith('/f')
    assert not (place.home() / 'f').exists()
