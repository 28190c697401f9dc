"""TimesGMT off: the host's time zone, kept where there is no zone file any more."""

import datetime
import os
import time
import zoneinfo

import pytest

from test_listing import LINE

# Some place on earth has changed its clocks in the last half year, of which listings show hours.
ZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Sydney', 'America/Santiago',
         'Australia/Lord_Howe', 'Africa/Cairo']


def offset(zone, at):
    return datetime.datetime.fromtimestamp(at, zone).utcoffset()


def last_change(zone):
    """The second from which the zone has had another offset, within the last 160 days."""
    now = int(time.time()) // 3600 * 3600 - 86400
    for day in range(160):
        late, early = now - day * 86400, now - (day + 1) * 86400
        if offset(zone, late) != offset(zone, early):
            while late - early > 1:
                middle = (late + early) // 2
                if offset(zone, middle) == offset(zone, late):
                    late = middle
                else:
                    early = middle
            return late
    return None


@pytest.fixture
def zone():
    for name in ZONES:
        try:
            zone = zoneinfo.ZoneInfo(name)
        except zoneinfo.ZoneInfoNotFoundError:
            continue
        change = last_change(zone)
        if change is not None:
            return name, zone, change
    pytest.skip('there are no time zones here')


def shown(c, name):
    return LINE.match(c.names(f'LIST {name}')[0])[6]


@pytest.mark.parametrize('how', ['localtime', 'SetEnv'])
def test_faq_4_25b_the_day_the_clocks_change(ftpd, place, zone, how):
    name, info, change = zone
    stamps = {f'f{n}': change + seconds for n, seconds in
              enumerate((-86400, -3600, -60, 0, 60, 3600, 86400))}
    stamps['year'] = change - 3 * 365 * 86400
    for file, at in stamps.items():
        os.utime(place.file(file), (at, at))
    conf = 'TimesGMT off\nDefaultRoot ~\n'
    if how == 'SetEnv':
        s = ftpd(conf + f'SetEnv TZ {name}')
    else:
        s = ftpd(conf, etc={'localtime': None},
                 mounts=f'ln -sf /usr/share/zoneinfo/{name} /etc/localtime')
    c = s.login()
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home())
    for file, at in stamps.items():
        local = datetime.datetime.fromtimestamp(at, info)
        day = local.strftime('%b ') + f'{local.day:2} '
        assert shown(c, file) == day + (local.strftime('%H:%M') if file != 'year' else
                                        f' {local.year}'), (file, at)
        utc = time.strftime('%Y%m%d%H%M%S', time.gmtime(at))
        assert c.cmd(f'MDTM {file}').text == utc
        assert f'modify={utc}' in c.cmd(f'MLST {file}').all.lower()
    # without the zone, what is promised by default
    c = ftpd('DefaultRoot ~' + (f'\nSetEnv TZ {name}' if how == 'SetEnv' else '')).login()
    for file in ('f2', 'f3'):
        at = time.gmtime(stamps[file])
        assert shown(c, file) == time.strftime('%b ', at) + f'{at.tm_mday:2} ' + \
            time.strftime('%H:%M', at)
