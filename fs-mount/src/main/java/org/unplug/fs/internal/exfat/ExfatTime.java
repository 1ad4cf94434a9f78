package org.unplug.fs.internal.exfat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.unplug.fs.internal.cluster.KnownTimes;

/**
 * exFAT's times (section 7.4.8): local time in two seconds, what that lacks in 10 ms, and the offset from UTC in quarters of an hour.
 * Without an offset a time is one of the machine's zone. What lies outside 1980 to 2107 becomes the nearest end.
 */
final class ExfatTime {
    private static final LocalDateTime FIRST = LocalDateTime.of(1980, 1, 1, 0, 0);
    private static final LocalDateTime LAST = LocalDateTime.of(2107, 12, 31, 23, 59, 59, 990_000_000);
    private static final int VALID = 0x80;
    private static final int QUARTER_SECONDS = 15 * 60;

    private final ZoneId zone;
    private final KnownTimes known = new KnownTimes();

    ExfatTime(ZoneId zone) {
        this.zone = zone;
    }

    Instant instant(int stamp, int hundredths, int offset) {
        return known.get((long) offset << 32 | stamp & 0xFFFF_FFFFL, hundredths, this::decode);
    }

    /** To two seconds, within which no zone changes its clocks. */
    private Instant decode(long key) {
        int stamp = (int) key;
        int offset = (int) (key >>> 32);
        LocalDateTime local = FIRST;
        try {
            local = LocalDateTime.of(
                    1980 + (stamp >>> 25),
                    stamp >>> 21 & 0xF,
                    stamp >>> 16 & 0x1F,
                    stamp >>> 11 & 0x1F,
                    stamp >>> 5 & 0x3F,
                    Math.min(58, (stamp & 0x1F) * 2));
        } catch (DateTimeException impossible) {
            // A field that nobody ever set, most often.
        }
        if ((offset & VALID) == 0) {
            return local.atZone(zone).toInstant();
        }
        int quarters = (byte) (offset << 1) >> 1;
        return local.toInstant(ZoneOffset.UTC).minusSeconds((long) quarters * QUARTER_SECONDS);
    }

    private OffsetDateTime local(Instant instant) {
        int quarters = zone.getRules().getOffset(instant).getTotalSeconds() / QUARTER_SECONDS;
        ZoneOffset offset = ZoneOffset.ofTotalSeconds(quarters * QUARTER_SECONDS);
        LocalDateTime local;
        try {
            local = LocalDateTime.ofInstant(instant, offset);
        } catch (DateTimeException farAway) {
            local = instant.isBefore(Instant.EPOCH) ? FIRST : LAST;
        }
        local = local.isBefore(FIRST) ? FIRST : local.isAfter(LAST) ? LAST : local;
        return local.atOffset(offset);
    }

    int stamp(Instant instant) {
        OffsetDateTime local = local(instant);
        int date = local.getYear() - 1980 << 9 | local.getMonthValue() << 5 | local.getDayOfMonth();
        return date << 16 | local.getHour() << 11 | local.getMinute() << 5 | local.getSecond() / 2;
    }

    int hundredths(Instant instant) {
        OffsetDateTime local = local(instant);
        return local.getSecond() % 2 * 100 + local.getNano() / 10_000_000;
    }

    int offset(Instant instant) {
        return VALID | local(instant).getOffset().getTotalSeconds() / QUARTER_SECONDS & 0x7F;
    }
}
