package org.unplug.fs.internal.fat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.unplug.fs.internal.cluster.KnownTimes;

/**
 * FAT's dates and times: local time of the machine, as the specification has it and as Windows, Linux and mtools do by default;
 * the zone is given at mount. Modification counts in 2 s, creation in 10 ms, access in days. What lies outside 1980 to 2107
 * becomes the nearest end; an impossible date on the disk reads as 1980-01-01.
 */
final class FatTime {
    private static final LocalDateTime FIRST = LocalDateTime.of(1980, 1, 1, 0, 0);
    private static final LocalDateTime LAST = LocalDateTime.of(2107, 12, 31, 23, 59, 59, 990_000_000);

    private final ZoneId zone;
    private final KnownTimes known = new KnownTimes();

    FatTime(ZoneId zone) {
        this.zone = zone;
    }

    Instant instant(int date, int time, int hundredths) {
        return known.get((long) date << 16 | time, hundredths, this::decode);
    }

    /** To two seconds, within which no zone changes its clocks. */
    private Instant decode(long stamp) {
        int date = (int) (stamp >>> 16);
        int time = (int) stamp & 0xFFFF;
        LocalDateTime local = FIRST;
        try {
            local = LocalDateTime.of(
                    1980 + (date >>> 9),
                    date >>> 5 & 0xF,
                    date & 0x1F,
                    time >>> 11,
                    time >>> 5 & 0x3F,
                    Math.min(58, (time & 0x1F) * 2));
        } catch (DateTimeException impossible) {
            // A field that nobody ever set, most often.
        }
        return local.atZone(zone).toInstant();
    }

    private LocalDateTime local(Instant instant) {
        LocalDateTime local;
        try {
            local = LocalDateTime.ofInstant(instant, zone);
        } catch (DateTimeException farAway) {
            local = instant.isBefore(Instant.EPOCH) ? FIRST : LAST;
        }
        return local.isBefore(FIRST) ? FIRST : local.isAfter(LAST) ? LAST : local;
    }

    int date(Instant instant) {
        LocalDateTime local = local(instant);
        return local.getYear() - 1980 << 9 | local.getMonthValue() << 5 | local.getDayOfMonth();
    }

    int time(Instant instant) {
        LocalDateTime local = local(instant);
        return local.getHour() << 11 | local.getMinute() << 5 | local.getSecond() / 2;
    }

    /** What the two seconds lack, in units of 10 ms. */
    int hundredths(Instant instant) {
        LocalDateTime local = local(instant);
        return local.getSecond() % 2 * 100 + local.getNano() / 10_000_000;
    }
}
