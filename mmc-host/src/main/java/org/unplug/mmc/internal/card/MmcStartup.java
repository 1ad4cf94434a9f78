package org.unplug.mmc.internal.card;

import java.nio.ByteBuffer;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.Cid;
import org.unplug.mmc.Csd;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.mmc.spi.TuningBlock;

/** Starts an MMC or eMMC that has power (eMMC, sections 6.4 to 6.6). */
final class MmcStartup {

    private static final int LEGACY_HZ = 20_000_000;
    private static final int HIGH_SPEED_HZ = 52_000_000;
    private static final int HS200_HZ = 200_000_000;
    private static final int TIMING_HIGH_SPEED = 1;
    private static final int TIMING_HS200 = 2;
    private static final int TUNING_COMMAND = 21;
    private static final int RCA = 1;
    private static final int ADDRESS = RCA << 16;
    private static final int VERSION_WITH_EXT_CSD = 4;
    private static final long SWITCH_MS = 500;

    private final StartupLine line;
    private final HostCaps caps;

    MmcStartup(StartupLine line) {
        this.line = line;
        this.caps = line.caps();
    }

    /** From idle to transfer. */
    StartedCard start() throws MmcException {
        line.command(0, 0, ResponseType.NONE);
        int common = conditions(0).voltages() & caps.ocr();
        if (common == 0) {
            throw new MmcException(MmcError.INVALID, "the card and the adapter have no voltage in common");
        }
        Ocr ocr = line.awaitReady(() -> conditions(common | Ocr.HIGH_CAPACITY));
        RegisterBits cid = line.register(2, 0, "CID");
        line.command(3, ADDRESS, ResponseType.R1);
        Csd csd = Csd.decodeMmc(line.register(9, ADDRESS, "CSD"));
        line.select(ADDRESS, ResponseType.R1);
        ExtCsd extCsd = csd.version() >= VERSION_WITH_EXT_CSD ? extCsd() : null;
        drive(MmcIos.Timing.LEGACY, LEGACY_HZ);
        boolean cacheOn = extCsd != null && negotiate(extCsd);
        if (!ocr.isHighCapacity()) {
            line.command(16, StartupLine.BLOCK_BYTES, ResponseType.R1);
        }
        Cid decoded = Cid.decodeMmc(cid, extCsd == null ? 0 : extCsd.revision());
        CardRegisters registers = new CardRegisters(RCA, ocr, decoded, csd, null, null, extCsd);
        return new StartedCard(registers, line.ios(), caps.cmd23(), cacheOn);
    }

    private Ocr conditions(int argument) throws MmcException {
        return new Ocr(line.command(1, argument, ResponseType.R3).word());
    }

    private ExtCsd extCsd() throws MmcException {
        ByteBuffer bytes = ByteBuffer.allocate(ExtCsd.BYTES);
        line.read(8, 0, bytes);
        return ExtCsd.decode(bytes.array());
    }

    /** Erase groups, width, timing, power off notification, cache; whether the cache is on. */
    private boolean negotiate(ExtCsd extCsd) throws MmcException {
        long switchMs = Math.max(SWITCH_MS, extCsd.switchMs());
        line.switchByte(ADDRESS, ExtCsd.ERASE_GROUP_DEF, 1, switchMs);
        widen(extCsd, switchMs);
        if (!hs200(extCsd, switchMs)) {
            highSpeed(extCsd, switchMs);
        }
        if (extCsd.powerOffMs() > 0) {
            line.switchByte(ADDRESS, ExtCsd.POWER_OFF_NOTIFICATION, 1, switchMs);
        }
        return extCsd.cacheBytes() > 0 && line.switchByte(ADDRESS, ExtCsd.CACHE_CTRL, 1, switchMs);
    }

    /** Another voltage is set with the clock stopped. */
    private void drive(MmcIos.Timing timing, int mostHz) {
        if (line.ios().signalMillivolts() != timing.signalMillivolts()) {
            line.setIos(line.ios().withClock(0));
            line.setIos(line.ios().withSignal(timing.signalMillivolts()));
        }
        line.setIos(line.ios().withTiming(timing).withClock(Math.min(caps.maxHz(), mostHz)));
    }

    private void highSpeed(ExtCsd extCsd, long switchMs) throws MmcException {
        if (caps.has(MmcIos.Timing.HIGH_SPEED)
                && extCsd.highSpeed()
                && line.switchByte(ADDRESS, ExtCsd.HS_TIMING, TIMING_HIGH_SPEED, switchMs)) {
            drive(MmcIos.Timing.HIGH_SPEED, HIGH_SPEED_HZ);
        }
    }

    /**
     * The fastest that we have (eMMC, section 6.6.5): four or eight lines, at 1.8 V - which an eMMC takes without being asked, since
     * it is soldered to that supply - and a sampling point, found with CMD21.
     */
    private boolean hs200(ExtCsd extCsd, long switchMs) throws MmcException {
        if (!caps.has(MmcIos.Timing.HS200)
                || !extCsd.hs200()
                || line.ios().widthBits() == 1
                || !line.switchByte(ADDRESS, ExtCsd.HS_TIMING, TIMING_HS200, switchMs)) {
            return false;
        }
        drive(MmcIos.Timing.HS200, HS200_HZ);
        if (line.tune(TUNING_COMMAND, TuningBlock.of(line.ios().widthBits()))) {
            return true;
        }
        drive(MmcIos.Timing.LEGACY, LEGACY_HZ);
        line.switchByte(ADDRESS, ExtCsd.HS_TIMING, 0, switchMs);
        return false;
    }

    /** The most lines over which the card still says the same of itself. */
    private void widen(ExtCsd before, long switchMs) throws MmcException {
        for (int width : new int[] {8, 4}) {
            boolean had = width == 8 ? caps.eightBit() : caps.fourBit();
            if (had && line.switchByte(ADDRESS, ExtCsd.BUS_WIDTH, width == 8 ? 2 : 1, switchMs)) {
                line.setIos(line.ios().withWidth(width));
                if (readsTheSame(before)) {
                    return;
                }
                line.setIos(line.ios().withWidth(1));
                line.switchByte(ADDRESS, ExtCsd.BUS_WIDTH, 0, switchMs);
            }
        }
    }

    private boolean readsTheSame(ExtCsd before) throws MmcException {
        try {
            ExtCsd now = extCsd();
            return now.sectors() == before.sectors() && now.revision() == before.revision();
        } catch (MmcException e) {
            if (e.isFinal()) {
                throw e;
            }
            return false;
        }
    }
}
